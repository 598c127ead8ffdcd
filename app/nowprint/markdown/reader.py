"""Markdown of answers as HTML, and the colours of code, for the window and for files of chats.

Raw HTML stays text, and an image becomes a link: nothing is ever loaded from anywhere. The window imports
this after the first paint (markdown_it and pygments are slow to load); its highlighter's thread calls
``code_spans``, which may have to import a language's lexer first.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from nowprint.markdown.formula_syntax import DrawFormula, add_formulas

LONGEST_COLOURED = 20_000
"""Characters; longer code isn't coloured."""
CodeKind = str
"""``keyword``, ``string``, ``number``, ``comment`` or ``name``: names of theme colours."""


def reader() -> MarkdownIt:
    """A new reader of Markdown, as all of them read it."""
    made = (
        MarkdownIt("commonmark", {"html": False, "breaks": True})
        .enable(["table", "strikethrough"])
        .disable("image")
        .use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    )
    made.add_render_rule("footnote_ref", _footnote_mark)
    made.add_render_rule("footnote_reference_open", _footnote)
    made.add_render_rule("footnote_reference_close", lambda *_: "")
    add_formulas(made)
    return made


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


_MARKDOWN = reader().use(tasklists_plugin)
_COLOURED = reader().use(tasklists_plugin)
_TASK = re.compile(
    r'<li class="task-list-item">(\s*(?:<p>)?)<input class="[^"]*" (checked="checked")?[^>]*>\s*'
)
_ALIGNED = re.compile(r'<(t[hd]) style="text-align:(\w+)">')


def prose_html(source: str, draw: DrawFormula | None = None) -> str:
    """HTML of a segment; ``draw`` shows its formulas, which else stay as they are written."""
    return _html(_MARKDOWN, source, draw)


def whole_html(source: str) -> str:
    """HTML of a whole message. Each coloured stretch of code is a ``span`` with the class that ``CodeKind``
    names; formulas stay as they are written."""
    return _html(_COLOURED, source, None)


def _html(markdown: MarkdownIt, source: str, draw: DrawFormula | None) -> str:
    env: dict[str, Any] = {"draw": draw}
    tokens = markdown.parse(source, env)
    env["defined"] = {t.meta["label"] for t in tokens if t.type == "footnote_reference_open"}
    html = markdown.renderer.render(tokens, markdown.options, env).strip()
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


def _coloured(code: str, language: str, _: str) -> str:
    """A block of code as HTML, for markdown-it."""
    parts, at = [], 0
    for start, end, kind in code_spans(
        code, language.split(maxsplit=1)[0] if language.split() else ""
    ):
        parts.append(escapeHtml(code[at:start]))
        parts.append(f'<span class="{kind}">{escapeHtml(code[start:end])}</span>')
        at = end
    return f"<pre><code>{''.join(parts)}{escapeHtml(code[at:])}</code></pre>"


_COLOURED.options["highlight"] = _coloured
