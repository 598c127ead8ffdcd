"""Markdown and CSV: to be read elsewhere, where text may be taken for more than text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from ..conftest import Profiled
from .conftest import CAT, export, fill, tell

STRANGE = [
    "<script>alert(1)</script>",
    "![x](http://203.0.113.1/x.png)",
    "**bold** and `code`",
    "# no heading",
    "[a](javascript:x) &amp; <http://203.0.113.1>",
]


def test_markdown_shows_every_text_as_it_is(home: Profiled, tmp_path: Path) -> None:
    tell(home, *STRANGE)
    export(home, tmp_path / "a.md", format="markdown")
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    parser = MarkdownIt("commonmark", {"html": True})
    kinds: set[str] = set()
    shown: list[str] = []
    for token in parser.parse(text):
        for child in token.children or ():
            kinds.add(child.type)
        if token.type == "inline":
            shown.append("".join(child.content for child in token.children or ()))
    assert kinds <= {"text", "softbreak"}
    # after the title and the day; what could be an attack is marked
    assert [one.removesuffix(" (held back)") for one in shown[2:]] == STRANGE


def test_markdown_of_everything(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    done = export(home, tmp_path / "a.md", format="markdown")
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert done.bytes == len(text.encode())
    assert text.count("\n- ") == 8  # not what stands behind a merged one
    assert f"- {CAT.replace('.', chr(92) + '.')} (pinned)\n" in text


def test_the_table_has_a_row_an_episode(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    export(home, tmp_path / "a.csv", format="csv")
    data = (tmp_path / "a.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfnumber,text,")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 8
    assert rows[0]["text"] == CAT
    assert rows[0]["pinned"] == "yes"
    assert {row["project"] for row in rows} == {"", "Home"}


def test_what_is_plainly_said_is_a_table(home: Profiled, tmp_path: Path) -> None:
    tell(home, "It rained. My sister Hannah lives in Leeds.", "I like tea.")
    export(home, tmp_path / "a.csv", format="facts")
    rows = list(
        csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"), newline=""))
    )
    assert [(row["whose"], row["fact"], row["value"]) for row in rows] == [
        ("Hannah", "lives in", "Leeds"), ("Your sister", "called", "Hannah")
    ]  # fmt: skip
    assert rows[0]["sentence"] == "My sister Hannah lives in Leeds."
    assert rows[0]["no longer so"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1+1", "＝1+1", "\t=1"])
def test_no_cell_is_a_formula(text: str, home: Profiled, tmp_path: Path) -> None:
    tell(home, text)
    export(home, tmp_path / "a.csv", format="csv")
    (row,) = csv.DictReader(io.StringIO((tmp_path / "a.csv").read_bytes().decode("utf-8-sig")))
    assert row["text"] == f"'{text}"
