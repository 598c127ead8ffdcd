"""Finds the words that a user searches for: in the full-text index, and their places in a text.

A word is found whole, wherever it stands; the last one, which may still be being typed, by its beginning.
Chinese, Japanese, Thai, Lao, Burmese and Khmer put no spaces between words, so the index would take a whole
sentence for one word. ``spaced`` sets their characters apart, in what is indexed and in what is searched for:
a word within a run is then a phrase of single characters. (An index of trigrams can't find a word of one or
two characters, and most Chinese words have two.)
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

Places = tuple[tuple[int, int], ...]
"""Start and end of each stretch of a text, in code points."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_UNSPACED}]")
_BEFORE, _AROUND = 48, 180
"""How many characters an excerpt has before its first place, and in all."""


def spaced(text: str) -> str:
    """The text with spaces around each character of a script that puts none between words."""
    return text if text.isascii() else _RUN.sub(r" \g<0> ", text)


def pairs(word: str) -> list[str]:
    """The word itself; of one in a script without spaces, each two characters that stand side by side."""
    if word.isascii() or len(word) < 3 or not _RUN.search(word):
        return [word]
    return [two for a, b in itertools.pairwise(word) if _RUN.search(two := a + b)]


def phrase(word: str) -> str:
    """The full-text query for a word, or for a word within a run."""
    return '"' + spaced(word).replace('"', '""') + '"'


def prefix_query(words: Sequence[str]) -> str:
    """The full-text query for texts that hold all these words, the last one as a prefix. A single letter
    must match whole, since half of all words begin with it."""
    return " ".join(map(phrase, words)) + ("*" if _is_begun(words[-1]) else "")


class WordSearch:
    """What the user searches for: ``query`` is for the full-text index, "" if there is no word in it."""

    def __init__(self, text: str) -> None:
        self._words = [word for word in text.replace("\0", " ").split() if _has_letters(word)]
        self.query = prefix_query(self._words) if self._words else ""
        patterns = [_pattern(word, last=word is self._words[-1]) for word in self._words]
        self._pattern = re.compile("|".join(sorted(patterns, key=len, reverse=True)) or "(?!)")

    def places(self, text: str) -> Places:
        """Where the words stand in a text."""
        return _places(self._pattern, text)

    def matches(self, text: str) -> bool:
        """Whether a short text, such as a title, has each of the words, also within another word."""
        folded = text.translate(_FOLDED)
        return all(word.translate(_FOLDED) in folded for word in self._words)


def literal_places(wanted: str, text: str) -> Places:
    """Where a text holds what the user typed, whatever its case and accents, also within a word."""
    parts = [re.escape(part.translate(_FOLDED)) for part in wanted.split()]
    return _places(re.compile(r"\s+".join(parts)), text) if any(parts) else ()


def excerpt(text: str, places: Places) -> tuple[str, Places]:
    """A piece of a text around the first of ``places``, on one line, and the places within it."""
    first = places[0][0] if places else 0
    start = max(0, first - _BEFORE)
    if start and (space := text.find(" ", start, first)) >= 0:
        start = space + 1
    end = min(len(text), start + _AROUND)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    inside = tuple((s + shift, min(e, end) + shift) for s, e in places if start <= s < end)
    line = "".join(" " if sign.isspace() else sign for sign in text[start:end])
    return before + line + after, inside


def _pattern(word: str, *, last: bool) -> str:
    """The regular expression that finds a word in a folded text where the index finds it."""
    signs = word.translate(_FOLDED).strip("".join(s for s in word if not _is_letter(s)))
    parts: list[str] = []
    for before, sign in zip(" " + signs, signs, strict=False):
        if not _is_letter(sign):
            parts += [r"[\W_]+"] if _is_letter(before) else []
        else:
            apart = parts and _is_letter(before) and (_RUN.match(before) or _RUN.match(sign))
            parts += [r"[\W_]*", re.escape(sign)] if apart else [re.escape(sign)]
    begins = "" if _RUN.match(signs) else r"(?<![^\W_])"
    open_end = _RUN.match(signs[-1:]) or (last and _is_begun(word))
    return begins + "".join(parts) + ("" if open_end else r"(?![^\W_])")


def _places(pattern: re.Pattern[str], text: str) -> Places:
    folded = text.translate(_FOLDED)
    found = [match.span() for match in pattern.finditer(folded) if match.end() > match.start()]
    if len(folded) == len(text):
        return tuple(found)
    kept = [n for n, sign in enumerate(text) if _FOLDED[ord(sign)]]
    kept.append(len(text))
    return tuple((kept[start], kept[end]) for start, end in found)


class _Folded(dict[int, str]):
    """For ``str.translate``: small letters without accents, as the index folds them; one sign for each, or
    none for an accent that stands alone."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        base = "".join(
            c for c in unicodedata.normalize("NFD", sign) if not "\u0300" <= c <= "\u036f"
        )
        self[code] = (base if len(base) < 2 else sign).lower()[:1]
        return self[code]


_FOLDED = _Folded()


def _is_begun(word: str) -> bool:
    return len(word) > 1 or not word.isascii()


def _is_letter(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign) in ("Mn", "Mc")


def _has_letters(word: str) -> bool:
    return any(sign.isalnum() for sign in word)
