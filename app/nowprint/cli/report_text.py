"""A bench's report as text: one line per figure, tables and curves in columns.

A table is a mapping of a row's name to the row's figures, a curve is a list of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nowprint.cli.terminal import bold, one_line, print_table

Table = tuple[list[str], list[list[Any]]]


def print_report(report: Mapping[str, Any]) -> None:
    for name, value in report.items():
        if (table := as_table(value)) is not None:
            head, rows = table
            print(bold(one_line(name)))
            print_table(head, [[figure(cell) for cell in row] for row in rows])
            print()
    print_figures({name: value for name, value in report.items() if as_table(value) is None})


def print_figures(figures: Mapping[str, Any], indent: str = "") -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            print_figures(value, indent + "  ")
        else:
            print(f"{indent}{one_line(name):<36}{one_line(figure(value))}")


def as_table(value: object) -> Table | None:
    """The head and the rows of a table or curve, each row as long as the head; None for other values."""
    rows: list[tuple[str | None, Mapping[str, Any]]]
    if isinstance(value, Mapping):
        rows = list(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        rows = [(None, row) for row in value]
    else:
        return None
    if not rows or not all(isinstance(row, Mapping) for _, row in rows):
        return None
    columns = list(dict.fromkeys(column for _, row in rows for column in row))
    named = rows[0][0] is not None
    return (
        ["", *columns] if named else columns,
        [[*([name] if named else []), *(row.get(c) for c in columns)] for name, row in rows],
    )


def figure(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
