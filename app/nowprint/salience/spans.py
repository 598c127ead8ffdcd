"""Readable spans of a message: whole sentences, never cut inside a word; and what is only an echo."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

LONGEST = 1000
"""Characters; an episode must leave room for others in a prompt."""
ECHO_WORDS = 6
"""So many words in a row that the prompt already held are a quotation, not a coincidence."""

_END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+|\n+)\s*")
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|no|approx)\.$", re.IGNORECASE
)
_WORD = re.compile(r"\w+", re.UNICODE)

Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Code points ``start`` to ``end`` of a message."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


def sentences(text: str) -> list[Span]:
    """The sentences and lines of a text, without the white space around them. What goes on for
    longer than ``LONGEST`` without an end is cut between two words."""
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if _ABBREVIATION.search(text[start : match.end()].rstrip()) and "\n" not in match.group():
            continue
        spans.append(_trimmed(text, start, match.end()))
        start = match.end()
    spans.append(_trimmed(text, start, len(text)))
    return [part for span in spans for part in _cut(text, span) if part.end > part.start]


def _cut(text: str, span: Span) -> Iterator[Span]:
    while span.end - span.start > LONGEST:
        space = max(text.rfind(white, span.start, span.start + LONGEST) for white in " \t")
        if space <= span.start:
            break  # one endless word
        yield _trimmed(text, span.start, space)
        span = _trimmed(text, space, span.end)
    yield span


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def runs(texts: Iterable[str]) -> set[Run]:
    """Every ``ECHO_WORDS`` words in a row of each text, in one case."""
    return {run for text in texts for run in _runs([w.casefold() for w in words(text)])}


def echoes(text: str, *known: Collection[Run]) -> list[Span]:
    """Where the text repeats ``ECHO_WORDS`` or more words in a row of a text whose ``runs`` are known."""
    found = list(_WORD.finditer(text))
    spans: list[Span] = []
    for i, run in enumerate(_runs([m.group().casefold() for m in found])):
        if not any(run in seen for seen in known):
            continue
        start, end = found[i].start(), found[i + ECHO_WORDS - 1].end()
        if spans and start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, end)
        else:
            spans.append(Span(start, end))
    return spans


def _runs(listed: Sequence[str]) -> list[Run]:
    return [tuple(listed[i : i + ECHO_WORDS]) for i in range(len(listed) - ECHO_WORDS + 1)]


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
