"""Echoes: parts of a message that only repeat what the prompt held already, and so are no news."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from nowprint.language.sentences import Span
from nowprint.language.words import words

ECHO_WORDS = 6
"""This many words in a row that the prompt held already are a quotation, not a coincidence."""

_WORD = re.compile(r"\w+", re.UNICODE)

Run = tuple[str, ...]


def runs(texts: Iterable[str]) -> set[Run]:
    """Every run of ``ECHO_WORDS`` successive words of each text, case-folded."""
    return {run for text in texts for run in _runs([w.casefold() for w in words(text)])}


def echoes(text: str, *known: Collection[Run]) -> list[Span]:
    """The spans of the text that consist of runs in ``known``: at least ``ECHO_WORDS`` words each."""
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
