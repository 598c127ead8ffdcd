"""Tells which passages of a message aren't the user's own telling: quotations, code, quoted mail, pasted
pages, the text that a task is to be done with, and what is invented.

Form is looked at before words, since it is the same in every language: Markdown's blocks, lines of programs,
rows of data, quotation marks, headers of mails. What remains is read by its sentences (told.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from nowprint.language.own_words import code, quoted, told
from nowprint.language.own_words.lines import Line, lines
from nowprint.language.phrases import phrases
from nowprint.language.sentences import Span
from nowprint.markdown.blocks import blocks

_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|/\*.*?(?:\*/|\Z)", re.DOTALL)


@lru_cache(32)
def borrowed(text: str) -> tuple[Span, ...]:
    """The passages that aren't the user's own telling, in order, none touching another. What stands in
    quotation marks is among them."""
    listed = lines(text)
    quotes = quoted.quotations(text)
    taken = told.merged(_by_form(text, listed))
    read = told.read(text, listed, taken)
    mails = [_without_own_end(text, read, span) for span in quoted.mail(listed)]
    if mails:
        taken = told.merged([*taken, *mails])
        read = told.read(text, listed, taken)
    words = [
        *told.material(text, read, quotes),
        *told.pasted(text, listed, read),
        *told.invented(text, read),
    ]
    return tuple(told.merged([*taken, *words, *quotes]))


def share_borrowed(span: Span, text: str) -> float:
    """The share of a span that isn't the user's own telling."""
    return told.covered_by_merged(span, borrowed(text))


def _by_form(text: str, listed: Sequence[Line]) -> list[Span]:
    found = [
        Span(listed[first].start, listed[min(after, len(listed)) - 1].end)
        for _, first, after in blocks(text)
    ]
    found += [Span(*match.span()) for match in _HIDDEN.finditer(text)]
    found += code.code(listed)
    found += code.data(text)
    found += code.tables(listed)
    found += quoted.dialogue(listed)
    found += quoted.verse(listed)
    return found


def _without_own_end(text: str, read: Sequence[told.Paragraph], mail: Span) -> Span:
    """A mail that goes on to the end of the text, without the paragraphs in which the user speaks again."""
    after = [p for p in read if mail.start < p.span.start and p.span.end <= mail.end]
    signed = [n for n, p in enumerate(after) if _is_signed(p.span.of(text))]
    end = mail.end
    for n in reversed(range(len(after))):
        first = after[n].sentences[0].of(text)
        ours = told.is_task(first) or told.is_aside(first)
        if signed and n > signed[-1]:
            ours = ours or told.speaks_to_the_model(first)
        if not ours or n in signed:
            break
        end = after[n].span.start
    return Span(mail.start, end)


def _is_signed(paragraph: str) -> bool:
    """Whether a mail's last words stand in the paragraph."""
    closings = phrases("mail.closings")
    return any(closings.fullmatch(line.strip(" ,.!，。\t>")) for line in paragraph.split("\n"))
