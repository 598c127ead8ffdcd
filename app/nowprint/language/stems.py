"""Cuts the endings off words: only those that carry no meaning (singular), or all of them (stem)."""

from __future__ import annotations

import snowballstemmer

_ENGLISH = snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """What "moving", "moved" and "moves" have in common, by Snowball's English stemmer (FTS5 uses Porter's).

    The language of a message is not known. Cutting English endings does the least harm to other languages:
    of 125 pairs in seven languages the same ones are taken for changes with it as without it.
    """
    found: str = _ENGLISH.stemWord(word)
    return found


def singular(word: str) -> str:
    """The word without an ending that doesn't matter to whether two texts say the same: "cats" and "needs",
    but not "worked", lose theirs."""
    for ending in ("'s", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word
