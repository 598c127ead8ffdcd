"""What a message only repeats of the prompt: an echo is no news."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from nowprint.language.sentences import Span
from nowprint.language.words import words

ECHO_WORDS = 6
"""So many words in a row that the prompt already held are a quotation, not a coincidence."""

_WORD = re.compile(r"\w+", re.UNICODE)

Run = tuple[str, ...]


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
