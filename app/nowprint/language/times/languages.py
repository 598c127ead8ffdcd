"""Tells which of the languages with words of time a text may be in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

from nowprint.language.times.lexicon import BEGINNING, LANGUAGES, lexicon

MOST = 3
"""How many languages are tried."""
CLOSE = 0.7
"""A language is tried if it has this share of the marks of the likeliest."""
_LATIN = tuple(name for name in LANGUAGES if name not in ("russian", "chinese", "japanese"))
_NUMBERS = ("english", "german")
"""Dates in numbers alone are read as in these."""
_KANA = re.compile(r"[\u3041-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_WORD = re.compile(r"[^\W\d_]+")


def spoken(plain: str, lower: str) -> tuple[str, ...]:
    """The languages that a text may be in, the likeliest first; it is given folded and in lower case."""
    if _KANA.search(plain):
        return ("japanese",)
    if _HAN.search(plain):
        return ("chinese", "japanese")
    if _CYRILLIC.search(plain):
        return ("russian",)
    said = _WORD.findall(plain)
    scores = _scores(_by_mark(), [*said, *{c for c in lower if not c.isascii()}])
    if not scores:
        scores = _scores(_by_beginning(), [word[:BEGINNING] for word in said])
    if not scores:
        return _NUMBERS
    least = max(1, CLOSE * max(scores.values()))
    ranked = sorted(scores, key=lambda name: (-scores[name], _LATIN.index(name)))
    return tuple(name for name in ranked if scores[name] >= least)[:MOST]


def _scores(known: Mapping[str, tuple[str, ...]], said: list[str]) -> Counter[str]:
    return Counter(name for word in said for name in known.get(word, ()))


@cache
def _by_mark() -> Mapping[str, tuple[str, ...]]:
    """The languages in which a word is frequent, or that have a letter which others lack."""
    marks = {name: lexicon(name).marks | lexicon(name).letters for name in _LATIN}
    return _inverted(marks)


@cache
def _by_beginning() -> Mapping[str, tuple[str, ...]]:
    """The languages with a word of time that begins so; it may be inflected."""
    return _inverted({name: lexicon(name).beginnings for name in _LATIN})


def _inverted(words: Mapping[str, frozenset[str]]) -> Mapping[str, tuple[str, ...]]:
    every = frozenset().union(*words.values())
    return {word: tuple(name for name in words if word in words[name]) for word in every}
