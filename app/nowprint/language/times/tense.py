"""Tells whether a text looks back at a time that it names, or ahead."""

from __future__ import annotations

import re

from nowprint.language.times.lexicon import Lexicon

_SENTENCE = re.compile(r"[.!?](?=\s|$)|[;\n。！？；]")
_CLAUSE = re.compile(r"[,，、:：()]|(?<=\s)[-–—](?=\s)|[.!?](?=\s|$)|[;\n。！？；]")
_WORD = re.compile(r"\w")


def looks_back(text: str, start: int, end: int, words: Lexicon, *, asks: bool) -> bool:
    """Whether what the text, in lower case, says at a time is past. The nearest verb of its clause decides,
    or of the sentence if the clause has nothing but the time; where none says anything, a question looks
    back and a telling ahead."""
    begin, stop = _around(_CLAUSE, text, start, end)
    if asks or not _WORD.search(text[begin:start] + text[end:stop]):
        begin, stop = _around(_SENTENCE, text, start, end)
    past = _distance(words.past, text, begin, stop, start, end)
    ahead = _distance(words.ahead, text, begin, stop, start, end)
    if asks:
        return ahead is None or past is not None
    return past is not None and (ahead is None or past < ahead)


def _around(bound: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    begin = max((match.end() for match in bound.finditer(text, 0, start)), default=0)
    following = bound.search(text, end)
    return begin, following.start() if following else len(text)


def _distance(
    cue: re.Pattern[str] | None, text: str, begin: int, stop: int, start: int, end: int
) -> int | None:
    """How many characters lie between a time and the nearest cue; None if there is none."""
    if cue is None:
        return None
    found = cue.finditer(text, begin, stop)
    return min((max(0, start - m.end(), m.start() - end) for m in found), default=None)
