"""A text as lines and paragraphs with their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from nowprint.language.sentences import Span


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; ``number`` counts from 0, ``start`` is its place in the text."""

    number: int
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def lines(text: str) -> list[Line]:
    found: list[Line] = []
    start = 0
    for number, line in enumerate(text.split("\n")):
        found.append(Line(number, start, line))
        start += len(line) + 1
    return found


def paragraphs(listed: Sequence[Line]) -> Iterator[list[Line]]:
    """The runs of lines that aren't blank."""
    for blank, run in groupby(listed, lambda line: line.blank):
        if not blank:
            yield list(run)


def covering(run: Sequence[Line]) -> Span:
    return Span(run[0].start, run[-1].end)
