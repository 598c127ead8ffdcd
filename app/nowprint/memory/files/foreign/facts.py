"""Reads lists of facts from other programs: text, Markdown, a table, or the JSON of mem0 and Claude.

In a text each list item is a fact. Without list items each paragraph is one, if blank lines separate
paragraphs of several lines; otherwise each line is. A fact that a list has twice is taken once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

from nowprint.language.prompt_injection import suspicion
from nowprint.memory.files.staging import Staged
from nowprint.memory.formats.validation import MOST_TEXT, fault, time_of
from nowprint.memory.storage.conversations import clean

MOST_LIST_BYTES = 16 * 2**20
MOST_LINES = 500_000
MOST_CELLS = 2_000_000
MOST_FACTS = 200_000

Fact = tuple[str, float]
"""A text, and when the other program kept it (0: unknown)."""

_ITEM = re.compile(r"^\s{0,12}(?:[-*+•‣◦·–—]|\(?\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?(?=\S)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s|^\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*$|^```")
_DATED = re.compile(r"^\[(\d{4}-\d\d-\d\d|unknown)\]\s*[-–—:]?\s*")
"""The date before a fact ("[2025-03-01] - …"), as assistants write when a user asks for all they remember."""
_TEXT_KEYS = ("memory", "text", "fact", "content", "data", "value")
_TIME_KEYS = ("created_at", "createdAt", "created", "timestamp", "date", "updated_at")
_LISTS = ("results", "memories", "facts", "items", "data", "entries")
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n|\Z)")
_SHORT = 30
"""The cells of a table's head have no more characters than this, on average."""


def staged(facts: Iterable[Fact], now: float) -> list[Staged]:
    """The facts as staged episodes, each once, numbered from 1; those without a time get ``now``.
    MemoryFileError for a fact that is far too long, or too many."""
    told: dict[str, float] = {}
    for written, created in facts:
        text = clean(written).strip()
        if len(text) > MOST_TEXT:
            raise fault(f"one of its facts has {len(text):,} characters")
        if text:
            told.setdefault(text, created or now)
        if len(told) > MOST_FACTS:
            raise fault(f"it has more than {MOST_FACTS:,} facts")
    return [
        Staged(id, at, text, held_back=suspicion(text))
        for id, (text, at) in enumerate(told.items(), 1)
    ]


# --- text and Markdown -------------------------------------------------------------------------


def from_text(text: str) -> Iterator[Fact]:
    """The facts of a text or of Markdown."""
    _check_lines(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(_ITEM.match(line) for line in lines):
        yield from map(_dated, _items(lines))
    elif sum(not line.strip() for line in lines[:-1]) and _paragraphs(lines):
        yield from map(_dated, (" ".join(part) for part in _blocks(lines)))
    else:
        yield from map(_dated, (line for line in lines if not _HEADING.match(line)))


def _check_lines(text: str) -> None:
    """Refuse too many lines before each becomes a string of its own."""
    if max(text.count("\n"), text.count("\r")) > MOST_LINES:
        raise fault(f"it has more than {MOST_LINES:,} lines")


def _paragraphs(lines: list[str]) -> bool:
    """Whether a block has several lines, as in wrapped text."""
    return any(len(block) > 1 for block in _blocks(lines))


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*lines, ""]:
        if not line.strip() or _HEADING.match(line):
            if block:
                yield block
            block = []
        else:
            block.append(line.strip())


def _items(lines: list[str]) -> Iterator[str]:
    """The items of a list. Indented lines continue an item; other lines are items of their own, but not
    headings or lines that end with a colon. Some are empty."""
    item = ""
    for line in lines:
        mark = _ITEM.match(line)
        goes_on = not mark and item and line[:1] in (" ", "\t") and line.strip()
        if goes_on:
            item += f" {line.strip()}"
            continue
        yield item
        item = ""
        if mark:
            item = line[mark.end() :].strip()
        elif line.strip() and not _HEADING.match(line) and not line.rstrip().endswith(":"):
            item = line.strip()
    yield item


def _dated(line: str) -> Fact:
    line = line.strip()
    mark = _DATED.match(line)
    return (line[mark.end() :], time_of(mark[1])) if mark else (line, 0.0)


# --- tables ------------------------------------------------------------------------------------


def from_table(text: str) -> Iterator[Fact]:
    """The facts of a table: the column whose head names it as the text, otherwise the one with the most text.
    MemoryFileError for a damaged or too large table."""
    _check_lines(text)
    between = max(",;\t|", key=text.split("\n", 1)[0].count)
    if text.count(between) > MOST_CELLS:
        raise fault(f"its table has more than {MOST_CELLS:,} cells")
    try:
        reader = csv.reader((line[0] for line in _LINE.finditer(text)), delimiter=between)
        rows = [row for row in reader if any(row)]
    except csv.Error:
        raise fault("its table is damaged, or has a cell that is far too long") from None
    if not rows:
        return
    head = [cell.strip().lower() for cell in rows[0]]
    column = next((head.index(key) for key in _TEXT_KEYS if key in head), None)
    at = next((head.index(key.lower()) for key in _TIME_KEYS if key.lower() in head), None)
    body = rows[1:] if column is not None else rows
    if column is None:
        width = max(map(len, rows))
        column = _longest(rows, width)
        if len(rows) > 1 and len("".join(head)) <= _SHORT * width and head[column].isalpha():
            body = rows[1:]
    for row in body:
        if column < len(row):
            when = time_of(row[at].strip()) if at is not None and at < len(row) else 0.0
            yield row[column], when


def _longest(rows: Iterable[list[str]], width: int) -> int:
    """The column with the most characters."""
    sizes = [0] * width
    for row in rows:
        for column, cell in enumerate(row):
            sizes[column] += len(cell)
    return sizes.index(max(sizes))


# --- JSON --------------------------------------------------------------------------------------


def from_json(value: Any) -> Iterator[Fact]:
    """The facts in parsed JSON: mem0's ``{"results": [{"memory": …}]}``, lists of such objects or of texts,
    or Claude's memory text."""
    if isinstance(value, dict):
        memory = value.get("conversations_memory")
        if isinstance(memory, str):
            yield from from_text(memory)
            projects = value.get("project_memories")
            for text in projects.values() if isinstance(projects, dict) else ():
                if isinstance(text, str):
                    yield from from_text(text)
            return
        for key in _LISTS:
            if isinstance(value.get(key), list):
                yield from from_json(value[key])
                return
        yield from _fact(value)
    elif isinstance(value, list):
        for one in value:
            yield from _fact(one)


def _fact(one: Any) -> Iterator[Fact]:
    if isinstance(one, str):
        yield one, 0.0
    elif isinstance(one, dict):
        if isinstance(one.get("conversations_memory"), str):
            yield from from_json(one)
            return
        text = next((one[key] for key in _TEXT_KEYS if isinstance(one.get(key), str)), None)
        at = next((time_of(one[key]) for key in _TIME_KEYS if key in one), 0.0)
        if text is not None:
            yield text, at
