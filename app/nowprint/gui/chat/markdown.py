"""The Markdown of answers, cut into segments, one for each widget; prose becomes HTML, code gets coloured
spans.

Raw HTML stays text, and an image becomes a link: nothing is ever loaded from anywhere. Segments of
prose are bounded in length, so that while an answer streams only its last one is parsed and drawn again.
This module is imported after the first paint (markdown_it and pygments are slow to load). The
highlighter's thread calls ``code_spans``, which may have to import a language's lexer first.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown_it import MarkdownIt

LONGEST_PROSE = 2500
"""Characters after which a segment of prose ends at the next block."""
LONGEST_COLOURED = 20_000
"""Characters; longer code isn't coloured."""
CodeKind = str
"""``keyword``, ``string``, ``number``, ``comment`` or ``name``: names of theme colours."""

_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable("image")
)


_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
"""Cuts lines as markdown-it does; ``str.splitlines`` also cuts at form feeds and other rare characters."""


class Segment(NamedTuple):
    """A stretch of one message's Markdown: ``start`` counts characters from the text's beginning."""

    code: bool
    source: str
    language: str
    start: int


def segments(text: str) -> list[Segment]:
    """Cut a text into segments: each fenced or indented code block by itself, the prose between in pieces of
    whole blocks."""
    lines = _LINE.findall(text)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    found: list[Segment] = []
    first = 0  # the first line of the prose that isn't cut off yet

    def cut(end: int) -> None:
        source = "".join(lines[first:end])
        if source.strip():
            found.append(Segment(False, source, "", offsets[first]))

    for token in _MARKDOWN.parse(text):
        if token.level or not token.map or token.nesting < 0:
            continue
        begin, end = token.map
        if token.type in ("fence", "code_block"):
            cut(begin)
            language = token.info.split()[0] if token.info.split() else ""
            found.append(Segment(True, token.content.rstrip("\n"), language, offsets[begin]))
            first = end
        elif offsets[begin] - offsets[first] > LONGEST_PROSE:
            cut(begin)
            first = begin
    cut(len(lines))
    return found


def prose_html(source: str) -> str:
    html: str = _MARKDOWN.render(source).strip()
    return re.sub(r"<table>", '<table cellspacing="0" cellpadding="0">', html)


def code_spans(code: str, language: str) -> list[tuple[int, int, CodeKind]]:
    """Start, end (in code points) and colour of each coloured stretch; empty if the language is unknown or
    the code very long."""
    from pygments.lexers import get_lexer_by_name
    from pygments.token import Comment, Keyword, Name, Number, String
    from pygments.util import ClassNotFound

    if not language or len(code) > LONGEST_COLOURED:
        return []
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return []
    kinds = (
        (Keyword, "keyword"), (Name.Tag, "keyword"), (String, "string"), (Number, "number"),
        (Comment, "comment"), (Name.Function, "name"), (Name.Class, "name"), (Name.Builtin, "name"),
        (Name.Decorator, "name"), (Name.Attribute, "name"),
    )  # fmt: skip
    spans = []
    for start, token, value in lexer.get_tokens_unprocessed(code):
        for kind, colour in kinds:
            if token in kind:
                spans.append((start, start + len(value), colour))
                break
    return spans
