"""Asks another assistant what it remembers, and reads what it answers.

An answer has a list, often in a code block, and words around it: an opening, an offer at the end. Those are
no facts. An assistant that remembers nothing says so in whole sentences, and nothing of them is a fact
either.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain, takewhile

from nowprint.language.sentences import ends_asking
from nowprint.memory.exports import lists, tables
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.settings import resources

REMEMBERS_NOTHING = "The assistant says that it remembers nothing about you."
MOST_REFUSAL = 1500
"""The most characters of an answer that says that nothing is remembered."""
MOST_HEAD = 50
"""The most lines of a note's head."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_RULE = re.compile(r"^[\s|:-]+$")


@cache
def _phrases(kind: str) -> re.Pattern[str]:
    """The phrases of one kind, in all languages."""
    written = tomllib.loads((resources() / "answers.toml").read_text(encoding="utf-8"))[kind]
    return re.compile("|".join(written), re.IGNORECASE)


def facts_of(text: str, told: LeftOut) -> Iterator[Fact]:
    """The facts of a list, or of what an assistant answered when it was asked what it remembers."""
    inside, around = _fenced(_without_head(lists.lines_of(text), told))
    listed = any(map(lists.is_listed, inside))
    if inside and (listed or all(map(_is_around, filter(str.strip, around)))):
        _leave_out(around, told)
    else:
        told.add(
            "line of a code block", "lines of code blocks", sum(map(bool, map(str.strip, inside)))
        )
        inside = around
        if _refuses(inside):
            told.say(REMEMBERS_NOTHING)
            told.add(
                "sentence of an answer without memories", "sentences of an answer without memories"
            )
            return iter(())
        inside = _without_words_around(inside, told)
    rows = [line for line in inside if line.lstrip().startswith("|")]
    if len(rows) < 2:
        return lists.from_text("\n".join(inside), told)
    cells = [
        [cell.strip() for cell in row.strip().strip("|").split("|")]
        for row in rows
        if not _RULE.match(row)
    ]
    rest = [line for line in inside if not line.lstrip().startswith("|")]
    return chain(tables.from_rows(cells), lists.from_text("\n".join(rest), told))


def json_in(text: str) -> str:
    """The JSON that a text, or a code block in it, may be; empty if it isn't any."""
    if text.lstrip()[:1] not in ("[", "{"):
        text = "\n".join(_fenced(lists.lines_of(text))[0])
    return text if text.lstrip()[:1] in ("[", "{") else ""


def _fenced(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines within code blocks, and those around them."""
    inside: list[str] = []
    around: list[str] = []
    within = False
    for line in lines:
        if _FENCE.match(line):
            within = not within
        else:
            (inside if within else around).append(line)
    return ([], lines) if not any(map(str.strip, inside)) else (inside, around)


def _without_head(lines: list[str], told: LeftOut) -> list[str]:
    """The lines without what some programs write about a note at its beginning, between lines of hyphens."""
    if lines[0].strip() != "---" or "---" not in map(str.rstrip, lines[1:MOST_HEAD]):
        return lines
    end = [line.rstrip() for line in lines].index("---", 1)
    told.add("line of the note's head", "lines of the note's head", end - 1)
    return lines[end + 1 :]


def _leave_out(lines: list[str], told: LeftOut) -> None:
    told.add(
        "line before or after the list",
        "lines before and after the list",
        sum(bool(line.strip()) for line in lines),
    )


def _refuses(lines: list[str]) -> bool:
    """Whether a sentence before the first item says that nothing is remembered, and no list is announced,
    unless one of what the user can do."""
    said = list(takewhile(lambda line: not lists.is_item(line), lines))
    first = " ".join(" ".join(said).replace("’", "'").split())
    sentences = _SENTENCE.split(first)
    listed = first.endswith((":", "：")) and len(said) < len(lines)
    if not first or (listed and not _phrases("offer").search(sentences[-1])):
        return False
    if len(first) > MOST_REFUSAL or not _phrases("spoken").search(first):
        return False
    return any(
        all(_phrases(kind).search(one) for kind in kinds)
        for one in sentences
        for kinds in (("not", "history"), ("speaker", "not", "thing"))
    )


def _without_words_around(lines: list[str], told: LeftOut) -> list[str]:
    """The lines without what is said before the first item of the list and after the last one."""
    items = [at for at, line in enumerate(lines) if lists.is_item(line)]
    if not items:
        return lines
    kept: list[str] = []
    left_out: list[str] = []
    for at, line in enumerate(lines):
        outside = not items[0] <= at <= items[-1] and bool(line.strip()) and line[:1] not in " \t>|"
        said = outside and not lists.is_heading(line) and _is_around(line)
        (left_out if said else kept).append(line)
    _leave_out(left_out, told)
    return kept


def _is_around(line: str) -> bool:
    asks = ends_asking(line) or line.rstrip().endswith((":", "："))
    said = line.replace("’", "'")
    return asks or any(_phrases(kind).search(said) for kind in ("around", "offer"))
