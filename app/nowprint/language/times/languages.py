"""Tells which of the languages with words of time a text may be in."""

from __future__ import annotations

import re

from nowprint.language.times.lexicon import LANGUAGES, lexicon

MOST = 3
"""How many languages are tried."""
_LATIN = tuple(name for name in LANGUAGES if name not in ("russian", "chinese", "japanese"))
_NUMBERS = ("english", "german")
"""Dates in numbers alone are read as in these."""
_BEGINNING = 5
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
    letters = set(lower)
    scores = {
        name: sum(word in lexicon(name).marks for word in said)
        + len(letters & lexicon(name).letters)
        for name in _LATIN
    }
    best = max(scores.values())
    if not best:
        begun = {word[:_BEGINNING] for word in said}
        inflected = [name for name in _LATIN if begun & lexicon(name).beginnings]
        return tuple(inflected[:MOST]) or _NUMBERS
    ranked = sorted(_LATIN, key=lambda name: -scores[name])
    return tuple(name for name in ranked if scores[name] >= max(1, best * 0.7))[:MOST]
