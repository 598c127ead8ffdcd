"""The Markdown of answers, cut into segments, one for each widget; prose becomes HTML, code gets coloured
spans.

Raw HTML stays text, and an image becomes a link: nothing is ever loaded from anywhere. Segments are bounded
in length, so that while an answer streams only its last one is parsed and drawn again: long prose is cut
between blocks, a long list or quote between its parts, a long table between rows (each piece has the
table's head), a very long paragraph after a sentence.
This module is imported after the first paint (markdown_it and pygments are slow to load). The
highlighter's thread calls ``code_spans``, which may have to import a language's lexer first.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from nowprint.gui.chat.reading.formula_syntax import DrawFormula, add_formulas

LONGEST_PROSE = 2500
"""Characters after which a segment of prose ends at the next block."""
LONGEST_TABLE = 16
"""Rows of one segment of a table."""
LONGEST_COLOURED = 20_000
"""Characters; longer code isn't coloured."""
CodeKind = str
"""``keyword``, ``string``, ``number``, ``comment`` or ``name``: names of theme colours."""


def _reader() -> MarkdownIt:
    reader = (
        MarkdownIt("commonmark", {"html": False, "breaks": True})
        .enable(["table", "strikethrough"])
        .disable("image")
        .use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    )
    reader.add_render_rule("footnote_ref", _footnote_mark)
    reader.add_render_rule("footnote_reference_open", _footnote)
    reader.add_render_rule("footnote_reference_close", lambda *_: "")
    add_formulas(reader)
    return reader


def _footnote_mark(_: Any, tokens: Any, at: int, options: Any, env: Any) -> str:
    """A number is a footnote's, wherever that stands; a word only if its footnote is in the same segment: it
    may be a regular expression."""
    label = str(tokens[at].meta["label"])
    if label.isdigit() or label in env["defined"]:
        return f"<sup>{escapeHtml(label)}</sup>"
    return escapeHtml(f"[^{label}]")


def _footnote(_: Any, tokens: Any, at: int, options: Any, env: Any) -> str:
    """A footnote stands where it is defined, which is at the end for most models."""
    if at + 1 < len(tokens) and tokens[at + 1].type == "paragraph_open":
        label = Token("text", "", 0, content=f"{tokens[at].meta['label']}. ")
        tokens[at + 2].children.insert(0, label)
    return ""


_BLOCKS = _reader().disable("inline")
"""Finds where blocks begin and end."""
_MARKDOWN = _reader().use(tasklists_plugin)
_TASK = re.compile(
    r'<li class="task-list-item">(\s*(?:<p>)?)<input class="[^"]*" (checked="checked")?[^>]*>\s*'
)
_ALIGNED = re.compile(r'<(t[hd]) style="text-align:(\w+)">')
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


def prose_html(source: str, draw: DrawFormula | None = None) -> str:
    """HTML of a segment; ``draw`` shows its formulas, which else stay as they are written."""
    env: dict[str, Any] = {"draw": draw}
    tokens = _MARKDOWN.parse(source, env)
    env["defined"] = {t.meta["label"] for t in tokens if t.type == "footnote_reference_open"}
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env).strip()
    html = _TASK.sub(
        lambda found: f'<li class="{"" if found[2] else "un"}checked">{found[1]}', html
    )
    html = _ALIGNED.sub(r'<\1 align="\2">', html)  # a cell with a style of its own has no border
    return html.replace("<table>", '<table cellspacing="0" cellpadding="0">')


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
