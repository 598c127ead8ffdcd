"""The Markdown of answers, cut into segments, one for each widget.

Segments are bounded in length, so that while an answer streams only its last one is parsed and drawn again:
long prose is cut between blocks, a long list or quote between its parts, a long table between rows (each
piece has the table's head), a very long paragraph after a sentence.
This module is imported after the first paint (markdown_it is slow to load).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nowprint.markdown.reader import reader

LONGEST_PROSE = 2500
"""Characters after which a segment of prose ends at the next block."""
LONGEST_TABLE = 16
"""Rows of one segment of a table."""

_BLOCKS = reader().disable("inline")
"""Finds where blocks begin and end."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
"""Cuts lines as markdown-it does; ``str.splitlines`` also cuts at form feeds and other rare characters."""
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s|(?<=[。！？])|\n")


class Segment(NamedTuple):
    """A stretch of one message's Markdown: ``start`` counts characters from the text's beginning."""

    code: bool
    source: str
    language: str
    start: int
    table: bool = False
    head: str = ""
    """The head of the table that this piece continues; reading on from here needs it."""


def segments(text: str, head: str = "") -> list[Segment]:
    """Cut a text into segments: each fenced or indented code block and each table by itself, the prose
    between in pieces. A text that begins within a table is read with that table's ``head``."""
    text = head + text
    lines = _LINE.findall(text)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    found: list[Segment] = []
    first = 0  # where the prose begins that isn't cut off yet
    container = ""  # the outermost block that is being read

    def cut(end: int) -> None:
        nonlocal first
        if text[first:end].strip():
            found.append(Segment(False, text[first:end], "", first))
        first = end

    for token in _BLOCKS.parse(text):
        if not token.map or token.nesting < 0:
            continue
        begin, end = offsets[token.map[0]], offsets[token.map[1]]
        if token.level == 0:
            container = token.type
        elif token.type == "list_item_open":
            # A list within a list begins anew where it is cut, so only where it is very long.
            longest = LONGEST_PROSE if token.level == 1 else 3 * LONGEST_PROSE
            if begin - first > longest and not text.startswith("    ", begin):
                cut(begin)
            continue
        elif token.level > 1 or container != "blockquote_open" or text[begin] != ">":
            continue
        if token.type in ("fence", "code_block"):
            if token.level == 0:
                cut(begin)
                language = token.info.split()[0] if token.info.split() else ""
                found.append(Segment(True, token.content.rstrip("\n"), language, begin))
                first = end
        elif token.type == "table_open" and token.level == 0:
            cut(begin)
            found += _table_pieces(lines[slice(*token.map)], begin, head)
            first = end
        elif begin - first > LONGEST_PROSE:
            cut(begin)
        if token.type == "paragraph_open" and token.level == 0:
            while end - first > 2 * LONGEST_PROSE:
                cut(_pause(text, first))
    cut(len(text))
    return [one._replace(start=max(0, one.start - len(head))) for one in found]


def _table_pieces(lines: list[str], begin: int, head: str) -> list[Segment]:
    """A table, which begins at ``begin`` with its head, in pieces; ``head`` isn't empty if the first piece
    continues one, too."""
    top = "".join(lines[:2])
    pieces: list[Segment] = []
    for row in range(2, max(len(lines), 3), LONGEST_TABLE):
        source = "".join(lines[row : row + LONGEST_TABLE])
        start = begin + len("".join(lines[:row])) if pieces else begin
        continued = bool(pieces or head)
        pieces.append(Segment(False, top + source, "", start, True, top if continued else ""))
    return pieces


def _pause(text: str, first: int) -> int:
    """Where a very long paragraph may be cut: after a sentence, and not within code or a formula if that can
    be helped."""
    least, most = first + LONGEST_PROSE, first + 2 * LONGEST_PROSE
    for end in _SENTENCE_END.finditer(text, least, most):
        piece = text[first : end.end()]
        if piece.count("`") % 2 == 0 and piece.count("$") % 2 == 0:
            return end.end()
    return text.find(" ", least, most) + 1 or most
