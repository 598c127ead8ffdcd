"""Cuts texts between sentences and lines, otherwise between clauses, but not inside a word."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1000
"""The most code points of a sentence: an episode must leave room for others in a prompt."""
_END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+|\n+)\s*")
_QUESTION_MARKS = ("?", "？", "؟")
_AFTER_MARK = " \t\r\n\u3000\"'”’»«」)]"
_CLAUSE = re.compile(r"(?<=[,;:])\s+|\s+[–—]\s+|\s+(?=(?:and|but|because|so)\s)")
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|no|approx)\.$", re.IGNORECASE
)
_BEFORE = 8
"""One more character than the longest of these has before its point."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text: the code points from ``start`` to ``end``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


def sentences(text: str) -> list[Span]:
    """The sentences and lines of a text, without the white space around them. A sentence longer than
    ``LONGEST`` is cut between two words."""
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        before = text[max(start, match.start() - _BEFORE) : match.end()]
        if _ABBREVIATION.search(before.rstrip()) and "\n" not in match.group():
            continue
        spans.append(_trimmed(text, start, match.end()))
        start = match.end()
    spans.append(_trimmed(text, start, len(text)))
    return [part for span in spans for part in _cut(text, span) if part.end > part.start]


def first_sentence(text: str, longest: int = 160) -> str:
    """The first line of a text that isn't blank, or as many of its sentences as fit into ``longest`` code
    points, verbatim.

    This is the gist of a text that the user edited in the inspector: the model never read it, so there is no
    surprisal by which to choose a sentence.
    """
    line = text.strip().splitlines()[0]
    if len(line) <= longest:
        return line
    ends = [span.end for span in sentences(line) if span.end <= longest]
    cut = max(ends, default=0) or line.rfind(" ", 0, longest)
    return line[: cut if cut > 0 else longest].rstrip()


def ends_asking(text: str) -> bool:
    """Whether a text ends with a question mark; quotation marks and brackets may follow it."""
    return text.rstrip(_AFTER_MARK).endswith(_QUESTION_MARKS)


def cut_places(text: str) -> tuple[int, ...]:
    """The places, in code points, at which the user may split a text: the beginnings of its sentences, or of
    its clauses if it has only one sentence. Empty for a text of one clause."""
    if found := tuple(span.start for span in sentences(text)[1:]):
        return found
    return tuple(
        match.end()
        for match in _CLAUSE.finditer(text)
        if text[: match.start()].strip() and text[match.end() :].strip()
    )


def pieces(text: str, at: tuple[int, ...]) -> list[str]:
    """The parts of the text between these places, without the white space around them."""
    return [text[a:b].strip() for a, b in itertools.pairwise((0, *at, len(text)))]


def _cut(text: str, span: Span) -> Iterator[Span]:
    while span.end - span.start > LONGEST:
        space = max(text.rfind(white, span.start, span.start + LONGEST) for white in " \t")
        if space <= span.start:
            break  # one endless word stays whole
        yield _trimmed(text, span.start, space)
        span = _trimmed(text, space, span.end)
    yield span


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
