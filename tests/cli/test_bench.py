"""The benches' arithmetic and faults; the figures themselves come from real windows and cores."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nowprint.cli import bench
from nowprint.service.protocol import BenchOverhead, LoadModel

WINDOW = """
import json, sys, time
time.sleep({delay})
print("a line that is not the report")
print(json.dumps({{"painted": time.monotonic(), **{extra}}}))
"""


def test_overhead(core, run) -> None:
    core.replies[BenchOverhead] = {"decode_ratio": 0.98, "prefill_ratio": 0.97}
    assert json.loads(
        run("bench", "overhead", "--json", "--model", "m.gguf", "--rounds", "2")[1]
    ) == {
        "decode_ratio": 0.98,
        "prefill_ratio": 0.97,
    }
    assert core.requests == [LoadModel("m.gguf"), BenchOverhead(2)]
    assert run("bench", "overhead")[1].split() == [
        "decode_ratio",
        "0.980",
        "prefill_ratio",
        "0.970",
    ]


def test_overhead_beside_busy_programs(core, run, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    @contextlib.contextmanager
    def busy(count: int) -> Iterator[None]:
        started.append(count)
        yield

    monkeypatch.setattr(bench, "busy", busy)
    core.replies[BenchOverhead] = {"tokens_per_second": {"Nowprint": {"decode": 30.0}}}
    assert run("bench", "overhead", "--beside", "2")[1].split() == [
        "tokens_per_second",
        "decode",
        "Nowprint",
        "30.000",
    ]
    assert core.requests[-1] == BenchOverhead(9, 2)
    assert started == [2]


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two programs that report a first paint: the second one takes about half a second longer."""
    stalls = {"max_stall_ms": 12.5, "phases": {"answer": 8.5}}
    for name, delay, extra in (
        ("bare_one", 0.0, {}), ("our_one", 0.5, {}), ("whole_one", 0.0, stalls),
    ):  # fmt: skip
        (tmp_path / f"{name}.py").write_text(WINDOW.format(delay=delay, extra=extra))
    monkeypatch.setattr(bench, "BARE_WINDOW", ("bare_one",))
    monkeypatch.setattr(bench, "NOWPRINT_WINDOW", ("our_one", "--only-paint"))
    monkeypatch.setattr(bench, "WHOLE_START", ("whole_one",))
    monkeypatch.chdir(tmp_path)


def test_startup_compares_medians(windows, run) -> None:
    begun = time.monotonic()
    status, out, _ = run("bench", "startup", "--json", "--rounds", "1")
    report = json.loads(out)
    assert status == 0
    assert 0.5 < report["startup_seconds"] < time.monotonic() - begun
    assert report["bare_seconds"] < report["startup_seconds"]
    ratio = report["startup_seconds"] / report["bare_seconds"]
    assert report["startup_ratio"] == pytest.approx(ratio)
    assert report["max_stall_ms"] == 12.5
    assert "painted" not in report


def test_figures_are_readable(windows, run) -> None:
    lines = run("bench", "startup", "--rounds", "1")[1].splitlines()
    assert lines[0].split()[0] == "startup_ratio"
    assert lines[-3].split() == ["max_stall_ms", "12.500"]
    assert lines[-2:] == ["phases", f"  {'answer':<36}8.500"]


def test_a_window_that_cannot_open_is_one_line(windows, run, tmp_path: Path) -> None:
    (tmp_path / "our_one.py").write_text("raise SystemExit('could not connect to display')")
    status, out, err = run("bench", "startup")
    assert (status, out) == (1, "")
    assert err.startswith(
        "nowprint: The bench could not open a window (could not connect to display)"
    )
    assert len(err.splitlines()) == 1
