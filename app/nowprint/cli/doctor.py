"""``nowprint doctor``: is everything as it should be, in the profile and among the bundled models?

The core examines the profile, which only it may open; the models are files that anyone may read.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from nowprint.cli import json_forms
from nowprint.cli.options import Options
from nowprint.cli.session import Session
from nowprint.cli.terminal import bold, one_line, print_json
from nowprint.records import Finding
from nowprint.service.protocol import Doctor
from nowprint.settings import resources


def doctor(options: Options) -> int:
    with Session(options.profile) as session:
        of_profile: tuple[Finding, ...] = session.ask(Doctor(options.repair))
    findings = (*of_profile, *model_findings(resources()))
    well = all(finding.ok for finding in findings)
    if options.json:
        print_json({"ok": well, "findings": [json_forms.finding(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = "ok " if finding.ok else bold("BAD")
            print(f"{mark}  {one_line(finding.check)}: {one_line(finding.detail)}")
    return 0 if well else 1


def model_findings(folder: Path) -> tuple[Finding, ...]:
    """Whether each bundled model's files are those that ``models.toml`` names."""
    with open(folder / "models.toml", "rb") as file:
        models = tomllib.load(file)["model"]
    findings = []
    for model in models:
        states = {entry["path"]: _state(folder / entry["path"], entry) for entry in model["file"]}
        wrong = "; ".join(f"{path} {state}" for path, state in states.items() if state)
        detail = f"{wrong}: get it again with packaging/dev.py" if wrong else "whole"
        findings.append(Finding(f"model {model['name']}", not wrong, detail))
    return tuple(findings)


def _state(path: Path, entry: dict[str, str]) -> str:
    """What is wrong with a file, empty if nothing."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        return f"can't be read ({fault.strerror})"
    return "" if digest == entry["sha256"] else "is damaged"
