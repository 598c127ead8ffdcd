"""Reads a table of facts: the column whose head names it as the text, otherwise the one with the most
text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from nowprint.memory.exports.lists import check_lines
from nowprint.memory.exports.programs.facts import TEXT_KEYS, TIME_KEYS
from nowprint.memory.exports.records import Fact
from nowprint.memory.exports.shown_times import shown_time
from nowprint.memory.formats.validation import fault

MOST_CELLS = 2_000_000
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n|\Z)")
_LOOKED_AT = 50
_SHORT = 30
"""The cells of a table's head have no more characters than this, on average."""


def from_table(text: str) -> Iterator[Fact]:
    """The facts of a table; one without text for a row that has none. MemoryFileError for a damaged or too
    large table."""
    check_lines(text)
    between = max(",;\t|", key=text.split("\n", 1)[0].count)
    if text.count(between) > MOST_CELLS:
        raise fault(f"its table has more than {MOST_CELLS:,} cells")
    try:
        reader = csv.reader((line[0] for line in _LINE.finditer(text)), delimiter=between)
        rows = [row for row in reader if len(row) > 1 or any(row)]
    except csv.Error:
        raise fault("its table is damaged, or has a cell that is far too long") from None
    yield from from_rows(rows)


def from_rows(rows: list[list[str]]) -> Iterator[Fact]:
    if not rows:
        return
    head = [cell.strip().lower() for cell in rows[0]]
    column = next((head.index(key) for key in TEXT_KEYS if key in head), None)
    at = next((head.index(key.lower()) for key in TIME_KEYS if key.lower() in head), None)
    body = rows[1:] if column is not None else rows
    if at is None:
        at = _of_times(body, column)
    if column is None:
        width = max(map(len, rows))
        column = _longest(rows, width)
        is_head = column < len(head) and head[column].isalpha()
        if len(rows) > 1 and len("".join(head)) <= _SHORT * width and is_head:
            body = rows[1:]
    for row in body:
        when = shown_time(row[at]) if at is not None and at < len(row) else 0.0
        yield Fact(row[column] if column < len(row) else "", when)


def _of_times(rows: list[list[str]], text: int | None) -> int | None:
    """The column in which most cells are times, seen in the first rows."""
    some = rows[:_LOOKED_AT]
    for column in range(max(map(len, some), default=0)):
        cells = [row[column] for row in some if column < len(row) and row[column].strip()]
        times = sum(shown_time(cell) > 0 for cell in cells)
        if column != text and times and 2 * times >= len(cells):
            return column
    return None


def _longest(rows: Iterable[list[str]], width: int) -> int:
    """The column with the most characters."""
    sizes = [0] * width
    for row in rows:
        for column, cell in enumerate(row):
            sizes[column] += len(cell)
    return sizes.index(max(sizes))
