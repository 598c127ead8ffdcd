"""A bench's report as a single HTML page without external files: figures, tables, charts.

Charts are plain SVG: bars for a table's rows, lines for a curve. Only figures between 0 and 1 (rates)
are drawn; others appear only in the tables. Colours follow the reader's light or dark setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from nowprint.cli.report_text import Table, as_table, figure
from nowprint.saving import replacing

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2126; --paper: #fcfcfa; --line: #d9dbd6; --soft: #6b7278;
  --c0: #2f6f9f; --c1: #d08a2e; --c2: #4f9a6b; --c3: #a4558c; --c4: #7b7fb8; --c5: #b0504a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --paper: #16191c; --line: #363c41;
  --soft: #98a1a8; --c0: #6fb0dd; --c1: #e5ad5f; --c2: #7fc79a; --c3: #d48fc0; --c4: #a9adE0;
  --c5: #e08a84; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { color: var(--soft); font-weight: 600; }
figure { margin: 1rem 0; overflow-x: auto; } figcaption { color: var(--soft); }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
"""
_COLOURS = 6
_BAR, _GAP, _LABEL, _WIDTH = 12, 10, 260, 360


def write_page(file: Path, title: str, command: str, report: Mapping[str, Any]) -> None:
    """Write the report as an HTML page. UserError if the file can't be written."""
    with replacing(file, private=False) as opened:
        opened.write(page(title, command, report).encode("utf-8"))


def page(title: str, command: str, report: Mapping[str, Any]) -> str:
    """The HTML page. ``command`` is the command line that prints the same figures."""
    figures = [
        (name, value) for name, value in report.items() if not isinstance(value, list | dict)
    ]
    body = [f"<h1>{escape(title)}</h1>", f"<p><code>{escape(command)}</code></p>"]
    body.append(_table((["", "figure"], [[name, value] for name, value in figures])))
    for name, value in report.items():
        if not isinstance(value, list | dict) or not value:
            continue
        body.append(f"<h2>{escape(name)}</h2>")
        table = as_table(value)
        if table is None:
            rows = value.items() if isinstance(value, dict) else enumerate(value)
            body.append(_table((["", ""], [[str(n), v] for n, v in rows])))
            continue
        body.append(_lines(table) if isinstance(value, list) else _bars(table))
        body.append(_table(table))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _table(table: Table) -> str:
    head, rows = table
    lines = ["<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"]
    for row in rows:
        lines.append("<tr>" + "".join(f"<td>{escape(figure(c))}</td>" for c in row) + "</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _rates(table: Table, first: int) -> list[tuple[int, str]]:
    """Number and name of the columns from ``first`` on that hold only rates; at most ``_COLOURS``."""
    head, rows = table
    found = []
    for column in range(first, len(head)):
        cells = [row[column] for row in rows if row[column] is not None]
        if cells and all(isinstance(c, float) and 0 <= c <= 1 for c in cells):
            found.append((column, head[column]))
    return found[:_COLOURS]


def _legend(columns: list[tuple[int, str]]) -> str:
    marks = (
        f'<span style="color:var(--c{i})">■</span> {escape(name)}'
        for i, (_, name) in enumerate(columns)
    )
    return f"<figcaption>{' &nbsp; '.join(marks)}</figcaption>"


def _bars(table: Table) -> str:
    columns, rows = _rates(table, 1), table[1]
    if not columns:
        return ""
    parts = []
    y = 4
    for row in rows:
        middle = y + _BAR * len(columns) / 2 + 4
        parts.append(
            f'<text x="{_LABEL - 8}" y="{middle:.0f}" text-anchor="end">{escape(row[0])}</text>'
        )
        for i, (column, name) in enumerate(columns):
            if row[column] is not None:
                rate = row[column]
                parts.append(
                    f'<rect x="{_LABEL}" y="{y}" width="{rate * _WIDTH:.1f}" height="{_BAR - 2}"'
                    f' fill="var(--c{i})"><title>{escape(name)}: {rate:.3f}</title></rect>'
                    f'<text x="{_LABEL + rate * _WIDTH + 5:.1f}" y="{y + _BAR - 2}">{rate:.2f}</text>'
                )
            y += _BAR
        y += _GAP
    return _figure(_LABEL + _WIDTH + 50, y, parts, columns)


def _lines(table: Table) -> str:
    """A line chart of a curve; its first column is the horizontal axis."""
    columns = _rates(table, 1)
    points = [row for row in table[1] if isinstance(row[0], int | float)]
    if not columns or len(points) < 2:
        return ""
    least, most = min(p[0] for p in points), max(p[0] for p in points)
    if least == most:
        return ""
    height, left = 240, 40

    def place(x: float, y: float) -> str:
        across = left + (x - least) / (most - least) * 1.5 * _WIDTH
        return f"{across:.1f},{10 + (1 - y) * height:.1f}"

    parts = []
    for rate in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = 10 + (1 - rate) * height
        parts.append(
            f'<line x1="{left}" x2="{left + 1.5 * _WIDTH:.0f}" y1="{y:.0f}" y2="{y:.0f}"'
            f' stroke="var(--line)"/><text x="4" y="{y + 4:.0f}">{rate:.2f}</text>'
        )
    for x, anchor in ((least, "start"), (most, "end")):
        across = place(x, 0).split(",")[0]
        parts.append(
            f'<text x="{across}" y="{height + 28}" text-anchor="{anchor}">{figure(x)}</text>'
        )
    for i, (column, _) in enumerate(columns):
        line = " ".join(place(p[0], p[column]) for p in points if p[column] is not None)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="var(--c{i})" stroke-width="2"/>'
        )
    parts.append(
        f'<text x="{left + 0.75 * _WIDTH:.0f}" y="{height + 28}" text-anchor="middle">'
        f"{escape(table[0][0])}</text>"
    )
    return _figure(left + 1.5 * _WIDTH + 20, height + 40, parts, columns)


def _figure(width: float, height: float, parts: list[str], columns: list[tuple[int, str]]) -> str:
    inside = "\n".join(parts)
    return (
        f'<figure><svg width="{width:.0f}" height="{height:.0f}" role="img">\n{inside}\n</svg>'
        f"{_legend(columns)}</figure>"
    )
