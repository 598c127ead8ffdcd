"""Tells whether a text looks back at a time that it names, or ahead."""

from __future__ import annotations

import re

from nowprint.language.times.lexicon import Lexicon

_SENTENCE = re.compile(r"[.!?](?=\s|$)|[;\n。！？；]")
_CLAUSE = re.compile(r"[,，、:：()]|(?<=\s)[-–—](?=\s)|[.!?](?=\s|$)|[;\n。！？；]")
_WORD = re.compile(r"\w")


def looks_back(text: str, start: int, end: int, words: Lexicon, *, asks: bool) -> bool:
    """Whether what the text, in lower case, says at a time is past. The verbs of its clause decide, or of the
    sentence if the clause has nothing but the time; where they say nothing, a question looks back and a
    telling ahead."""
    begin, stop = _around(_CLAUSE, text, start, end)
    if asks or not _WORD.search(text[begin:start] + text[end:stop]):
        begin, stop = _around(_SENTENCE, text, start, end)
    said = text[begin:stop]
    past = words.past is not None and words.past.search(said) is not None
    ahead = words.ahead is not None and words.ahead.search(said) is not None
    return asks if past == ahead else past


def _around(bound: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    begin = max((match.end() for match in bound.finditer(text, 0, start)), default=0)
    following = bound.search(text, end)
    return begin, following.start() if following else len(text)
