"""``nowprint doctor``: the core's findings, and an exit code that sums them up."""

from __future__ import annotations

import json

from nowprint.records import DoctorFinding
from nowprint.service.protocol import Doctor


def test_all_is_well(core, run) -> None:
    core.replies[Doctor] = (DoctorFinding("database", True, "whole"),)
    assert run("doctor") == (0, "ok   database: whole\n", "")
    assert core.requests == [Doctor(False)]


def test_a_finding_is_told_and_ends_in_1(core, run) -> None:
    core.replies[Doctor] = (
        DoctorFinding("database", True, "whole"),
        DoctorFinding("index", False, "stale"),
    )
    status, out, _ = run("doctor", "--repair")
    assert status == 1
    assert out.splitlines()[1] == "BAD  index: stale"
    assert core.requests == [Doctor(True)]
    status, out, _ = run("--json", "doctor")
    assert status == 1
    assert json.loads(out)["ok"] is False
    assert json.loads(out)["findings"][1] == {"check": "index", "ok": False, "detail": "stale"}
