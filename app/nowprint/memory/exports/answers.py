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

from nowprint.memory.exports import lists, tables
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.settings import resources

REMEMBERS_NOTHING = "The assistant says that it remembers nothing about you."
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_RULE = re.compile(r"^[\s|:-]+$")


@cache
def _phrases(kind: str) -> re.Pattern[str]:
    """The phrases of all languages: "around" a list, or for remembering "nothing"."""
    written = tomllib.loads((resources() / "answers.toml").read_text(encoding="utf-8"))[kind]
    return re.compile("|".join(written), re.IGNORECASE)


def facts_of(text: str, told: LeftOut) -> Iterator[Fact]:
    """The facts of a list, or of what an assistant answered when it was asked what it remembers."""
    inside, around = _fenced(lists.lines_of(text))
    if inside and not lists.has_items(around):
        _leave_out(around, told)
    else:
        inside = [*around, *inside] if inside and lists.has_items(around) else lists.lines_of(text)
        if _refuses(inside):
            told.say(REMEMBERS_NOTHING)
            told.add(
                "sentence of an answer without memories", "sentences of an answer without memories"
            )
            return iter(())
        inside = _without_words_around(inside, told)
    rows = [line for line in inside if line.lstrip().startswith("|")]
    if len(rows) > 1:
        cells = [
            [cell.strip() for cell in row.strip().strip("|").split("|")]
            for row in rows
            if not _RULE.match(row)
        ]
        return tables.from_rows(cells)
    return lists.from_text("\n".join(inside), told)


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


def _leave_out(lines: list[str], told: LeftOut) -> None:
    told.add(
        "line before or after the list",
        "lines before and after the list",
        sum(bool(line.strip()) for line in lines),
    )


def _refuses(lines: list[str]) -> bool:
    """Whether the first paragraph says that nothing is remembered, and nothing else follows."""
    said: list[str] = []
    for line in lines:
        if said and (not line.strip() or lists.is_item(line)):
            break
        if line.strip():
            said.append(line.strip())
    first = " ".join(said)
    if not first or lists.is_item(said[0]) or first.endswith((":", "：")):
        return False
    return len(first) < 1500 and _phrases("nothing").search(first.replace("’", "'")) is not None


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
    asks = line.rstrip().endswith(("?", "？", ":", "："))
    return asks or _phrases("around").search(line.replace("’", "'")) is not None
