"""A report as text and as a page: tables, curves, and text that can't become markup."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import pytest

from nowprint.cli.report_page import page
from nowprint.cli.report_text import as_table
from nowprint.service.protocol import Bench, LoadModel

REPORT = {
    "n": 12,
    "any@10": 0.75,
    "ablations": {"all": {"any@10": 0.75, "n": 12}, "words <alone>": {"any@10": 0.5, "kept": None}},
    "floor": [{"floor": 0.1, "found": 0.9}, {"floor": 0.3, "found": 0.6}],
}


def test_the_core_runs_a_bench_over_a_file(core, run, tmp_path: Path) -> None:
    core.replies[Bench] = REPORT
    page_file = tmp_path / "report.html"
    status, out, _ = run(
        "bench", "recall", "talk.json", "--keep", "0.5", "--limit", "300", "--json",
        "--html", str(page_file),
    )  # fmt: skip
    assert (status, json.loads(out)) == (0, REPORT)
    file = str(Path("talk.json").absolute())
    assert core.requests == [LoadModel(""), Bench("recall", file, keep=0.5, limit=300)]
    assert "nowprint bench recall talk.json --keep 0.5 --limit 300" in page_file.read_text()


def test_text_has_tables_and_figures(core, run) -> None:
    core.replies[Bench] = REPORT
    lines = run("bench", "dialogue", "pairs.json")[1].splitlines()
    assert core.requests[-1] == Bench("dialogue", str(Path("pairs.json").absolute()))
    assert lines[:4] == [
        "ablations",
        f"{'':<13}  any@10  n   kept",
        f"{'all':<13}  0.750   12  –",
        f"{'words <alone>':<13}  0.500   –   –",
    ]
    assert lines[5:9] == ["floor", "floor  found", "0.100  0.900", "0.300  0.600"]
    assert [line.split() for line in lines[10:]] == [["n", "12"], ["any@10", "0.750"]]


def test_the_page_stands_alone() -> None:
    html = page("nowprint bench recall", "nowprint bench recall a.json", REPORT)
    assert "<td>words &lt;alone&gt;</td>" in html
    assert "<alone>" not in html
    assert not re.search(r"(?:src|href|url\()", html), "nothing is fetched"
    bars = re.findall(r'<rect [^>]*width="([\d.]+)"', html)
    assert [float(bar) for bar in bars] == [270.0, 180.0], "as long as the rates, at 360 for 1"
    (line,) = re.findall(r'<polyline points="([^"]*)"', html)
    assert line == "40.0,34.0 580.0,106.0"


def test_what_is_a_table() -> None:
    assert as_table({"a": {"x": 1}, "b": {"y": 2}}) == (
        ["", "x", "y"],
        [["a", 1, None], ["b", None, 2]],
    )
    assert as_table([{"x": 1}, {"x": 2}]) == (["x"], [[1], [2]])
    for value in ({}, {"a": 1}, {"a": {"x": 1}, "b": 2}, "text", 3, [1, 2]):
        assert as_table(value) is None


def test_a_page_that_cannot_be_written_is_one_line(core, run, tmp_path: Path) -> None:
    core.replies[Bench] = REPORT
    status, out, err = run("bench", "recall", "a.json", "--html", str(tmp_path))
    assert (status, out) == (1, "")
    assert err.startswith(f"nowprint: {tmp_path} can't be written")
    assert len(err.splitlines()) == 1


def test_a_page_that_did_not_reach_the_disk_is_not_said_to_be_written(
    core, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    core.replies[Bench] = REPORT
    page_file = tmp_path / "report.html"
    page_file.write_text("the old one")
    monkeypatch.setattr("os.fsync", full)
    status, out, err = run("bench", "recall", "a.json", "--html", str(page_file))
    assert (status, out) == (1, "")
    assert err == (
        f"nowprint: The disk is full: free some space for {page_file}; nothing was written.\n"
    )
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the old one"]
