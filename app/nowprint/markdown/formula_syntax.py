"""Formulas in Markdown: $…$ and \\(…\\) within a line, $$…$$ and \\[…\\] also by themselves.

A formula begins to be one when its end is there. A dollar sign that stands before a space, or beside a digit
outside, is money: "costs $5 and $7".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

DrawFormula = Callable[[str, str, bool], str]
"""HTML that shows a formula: its LaTeX, that with its delimiters, and whether it is set large. Empty if it
can't be shown."""

LONGEST = 2000
"""Characters within which the end of a formula is looked for; as many lines would be no formula."""
MOST_LINES = 60
CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}


def add_formulas(reader: MarkdownIt) -> None:
    """Teach ``reader`` formulas; its ``env`` may have a ``DrawFormula`` as ``draw``."""
    reader.inline.ruler.before("escape", "formula", _within_text)
    reader.block.ruler.before(
        "fence",
        "formula_block",
        _by_itself,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    reader.add_render_rule("formula", _show)
    reader.add_render_rule("formula_block", _show)


def _within_text(state: StateInline, silent: bool) -> bool:
    src, at = state.src, state.pos
    opening = src[at : at + 2]
    closing = CLOSING.get(opening)
    if closing is None:
        opening = closing = "$"
        if (
            src[at] != "$"
            or src[at + 1 : at + 2].strip() == ""
            or src[max(0, at - 1) : at].isdigit()
        ):
            return False
    begin = at + len(opening)
    end = src.find(closing, begin, begin + LONGEST)
    while end > 0 and _escaped(src, end) and closing[0] == "$":
        end = src.find(closing, end + 1, begin + LONGEST)
    if end < 0 or not src[begin:end].strip():
        return False
    after = end + len(closing)
    if opening == "$" and (src[end - 1].isspace() or src[after : after + 1].isdigit()):
        return False
    if "`" in src[begin:end]:  # it ends within code
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.markup, token.content = opening, src[begin:end]
    state.pos = after
    return True


def _escaped(src: str, at: int) -> bool:
    before = src[max(0, at - 20) : at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _by_itself(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    begin = state.bMarks[first] + state.tShift[first]
    opening = state.src[begin : begin + 2]
    if opening not in ("$$", "\\["):
        return False
    closing = CLOSING[opening]
    content: list[str] = []
    for line in range(first, min(end, first + MOST_LINES)):
        if line > first and not state.isEmpty(line) and state.sCount[line] < state.blkIndent:
            return False  # the list or quote that it is in has ended
        at = begin + 2 if line == first else state.bMarks[line] + state.tShift[line]
        text = state.src[at : state.eMarks[line]].rstrip()
        content.append(text)
        if closing in text:
            break
    else:
        return False
    latex = "\n".join(content)
    if not latex.endswith(closing) or not latex[:-2].strip():
        return False
    if not silent:
        token = state.push("formula_block", "", 0)
        token.block, token.map = True, [first, line + 1]
        token.markup, token.content = opening, latex[:-2]
    state.line = line + 1
    return True


def _show(_: Any, tokens: Any, at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    large = token.markup in ("$$", "\\[")
    written = token.markup + token.content + CLOSING.get(token.markup, "$")
    draw: DrawFormula | None = env.get("draw")
    html = draw(token.content.strip(), written, large) if draw else ""
    html = html or escapeHtml(written).replace("\n", "<br>")
    return f'<p align="center">{html}</p>' if token.block else html
