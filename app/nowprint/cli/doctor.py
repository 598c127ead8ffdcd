"""``nowprint doctor``: prints what the core finds out about the profile and the machine."""

from __future__ import annotations

from nowprint.cli import json_forms
from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import bold, one_line, print_json
from nowprint.records import DoctorFinding
from nowprint.service.protocol import Doctor


def doctor(options: Options) -> int:
    """Print the findings; return 1 if one of them is bad, else 0."""
    with CommandSession(options.profile) as session:
        findings: tuple[DoctorFinding, ...] = session.ask(Doctor(options.repair, options.prove))
    well = all(finding.ok for finding in findings)
    if options.json:
        print_json({"ok": well, "findings": [json_forms.finding(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = "ok " if finding.ok else bold("BAD")
            print(f"{mark}  {one_line(finding.check)}: {one_line(finding.detail)}")
    return 0 if well else 1
