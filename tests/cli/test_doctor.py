"""``nowprint doctor``: the core's findings and the models', and an exit code that sums them up."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from nowprint.cli import doctor
from nowprint.records import Finding
from nowprint.service.protocol import Doctor


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Resources with one model of two files."""
    lines = ['[[model]]\nname = "Tiny"']
    for name in ("a.gguf", "b.json"):
        (tmp_path / name).write_text(name)
        digest = hashlib.sha256(name.encode()).hexdigest()
        lines.append(f'[[model.file]]\npath = "{name}"\nsha256 = "{digest}"')
    (tmp_path / "models.toml").write_text("\n".join(lines))
    monkeypatch.setattr(doctor, "resources", lambda: tmp_path)
    return tmp_path


def test_all_is_well(core, run, folder: Path) -> None:
    core.replies[Doctor] = (Finding("database", True, "whole"),)
    assert run("doctor") == (0, "ok   database: whole\nok   model Tiny: whole\n", "")
    assert core.requests == [Doctor(False)]


def test_a_finding_is_told_and_ends_in_1(core, run, folder: Path) -> None:
    core.replies[Doctor] = (Finding("database", True, "whole"), Finding("index", False, "stale"))
    status, out, _ = run("doctor", "--repair")
    assert status == 1
    assert out.splitlines()[1] == "BAD  index: stale"
    assert core.requests == [Doctor(True)]
    status, out, _ = run("--json", "doctor")
    assert status == 1
    assert json.loads(out)["ok"] is False
    assert json.loads(out)["findings"][1] == {"check": "index", "ok": False, "detail": "stale"}


def test_damaged_and_missing_models_are_found(core, run, folder: Path) -> None:
    core.replies[Doctor] = ()
    (folder / "a.gguf").write_text("b.ggug")
    (folder / "b.json").unlink()
    status, out, _ = run("doctor")
    assert status == 1
    assert "BAD  model Tiny: a.gguf is damaged; b.json can't be read (No such file" in out
    assert "packaging/dev.py" in out
