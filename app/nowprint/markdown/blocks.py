"""Where the blocks of a Markdown text stand that aren't prose: code, HTML and tables."""

from __future__ import annotations

from typing import Literal

from markdown_it import MarkdownIt

Block = Literal["code", "html", "table"]

_KINDS: dict[str, Block] = {
    "fence": "code",
    "code_block": "code",
    "html_block": "html",
    "table_open": "table",
}
_READER = MarkdownIt("commonmark").enable("table")


def blocks(text: str) -> tuple[tuple[Block, int, int], ...]:
    """The kind of each such block, its first line, and the line after it; lines count from 0 and end at a
    line feed. Code that is never closed goes on to the end."""
    return tuple(
        (_KINDS[token.type], token.map[0], token.map[1])
        for token in _READER.parse(text)
        if token.type in _KINDS and token.map
    )
