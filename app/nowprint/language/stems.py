"""Words without their endings: as far as no meaning is lost, or down to what they are about."""

from __future__ import annotations

import snowballstemmer

_ENGLISH = snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """What "moving", "moved" and "moves" have in common (Snowball's English, as FTS5 takes Porter's).

    It is not known in which language a message is written, and the English endings harm the others
    least: of 125 pairs in seven languages the same are taken for changes with and without it.
    """
    found: str = _ENGLISH.stemWord(word)
    return found


def singular(word: str) -> str:
    """Without the endings that change no meaning where two texts are to say the same: cats and cat,
    needs and need; but not worked and work."""
    for ending in ("'s", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word
