"""Finds messages that repeat a text that is to be forgotten.

A message repeats a text if it holds

- five words of the text in a row, two of them distinctive, or, if it has no such five, the whole text, or
- a word of the text that nobody writes by chance: a long number, or letters mixed with digits, or
- most of the distinctive words of the text, two at least: those that carry evidence and few episodes hold.

For a message that had the text before it (in its prompt, or further up in its conversation) less is
enough, since it can hardly have the words from elsewhere: a third of the distinctive words, or one name,
number or long word that no remaining episode holds. Every CJK character counts as a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from functools import lru_cache

from nowprint.language.stems import singular
from nowprint.language.words import COMMON, names

RUN = 5
"""Words in a row."""
MOST = 0.6
"""The share of distinctive words that makes any message a repetition."""
SOME = 1 / 3
"""The share that is enough for a message that had the text before it."""
_RARE_SHARE = 0.003
"""The share of episodes; a word that more of them hold is not distinctive."""
_LEAST_RARE = 3
_FEW = 60
"""Searching a message for fewer stems than this, one by one, is quicker than splitting it into words."""

_LONG = 8
"""A word with so many characters, if no remaining episode holds it, is hardly written by chance."""

_CJK = "\u2e80-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_TELLING = re.compile(r"\d{4,}|(?=\w*\d)(?=\w*[^\W\d])\w{5,}")


def spoken(text: str) -> list[str]:
    """The words of a text in their order, case-folded."""
    return _WORD.findall(text.casefold())


def weighty(words: Iterable[str]) -> frozenset[str]:
    """The stems of the words that carry evidence."""
    return frozenset(filter(None, map(_weight, words)))


@lru_cache(1 << 16)
def _weight(word: str) -> str:
    """The word's stem; empty if the word is no evidence."""
    carries = len(word) > 1 or word.isdigit() or ord(word) > 0x2E7F
    return singular(word) if carries and word not in COMMON else ""


class Rarity:
    """Knows which stems few episodes hold, and which ones no remaining episode holds. ``texts`` are the texts
    of episodes, each with whether it stays."""

    def __init__(self, texts: Iterable[tuple[str, bool]] = ()) -> None:
        self._holding: Counter[str] = Counter()
        self._staying: set[str] = set()
        count = 0
        for text, stays in texts:
            stems = weighty(spoken(text))
            self._holding.update(stems)
            if stays:
                self._staying |= stems
            count += 1
        self._most = max(_LEAST_RARE, count * _RARE_SHARE)

    def rare(self, word: str) -> bool:
        """Whether few episodes hold this stem."""
        return self._holding[word] <= self._most

    def alone(self, word: str) -> bool:
        """Whether no remaining episode holds this stem."""
        return word not in self._staying


class Quoted:
    """The texts of episodes, prepared for finding messages that repeat them."""

    def __init__(
        self,
        texts: Mapping[int, Collection[str]],
        rarity: Rarity,
        *,
        everything: bool = False,
    ) -> None:
        """``texts`` by episode id. ``everything``: any message counts as a repetition."""
        self._everything = everything
        self._runs: set[tuple[str, ...]] = set()
        self._whole: set[tuple[str, ...]] = set()
        self._telling: set[str] = set()
        self._holding: dict[str, list[int]] = {}
        self._own: dict[str, list[int]] = {}
        self._distinctive: list[int] = []
        self._episodes: list[int] = []
        self._words: set[str] = set()
        for episode, said in texts.items():
            for text in said:
                if words := spoken(text):
                    self._add(episode, words, rarity, names(text))
        self._lengths = {len(run) for run in self._whole}
        self._stems = weighty(self._words)
        self._few = len(self._stems) < _FEW and all(map(weighty, self._whole))

    def _add(self, episode: int, words: list[str], rarity: Rarity, called: Collection[str]) -> None:
        self._words.update(words)
        distinctive = frozenset(filter(rarity.rare, weighty(words)))
        runs = {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
        runs = {run for run in runs if len(weighty(run) & distinctive) > 1}
        self._runs |= runs
        if not runs:
            self._whole.add(tuple(words))
        self._telling.update(word for word in words if _is_telling(word))
        for word in distinctive:
            self._holding.setdefault(word, []).append(len(self._episodes))
        for word in set(words):
            striking = word in called or word.isdigit() or len(word) >= _LONG
            if striking and rarity.alone(singular(word)):
                self._own.setdefault(word, []).append(episode)
        self._episodes.append(episode)
        self._distinctive.append(len(distinctive))

    @property
    def everything(self) -> bool:
        return self._everything

    def repeated(self, text: str, known: Callable[[int], bool] = lambda _: False) -> bool:
        """Whether a message repeats one of the texts; ``known`` says which episodes' texts stood before
        it."""
        if self._everything:
            return True
        if self._few:
            folded = text.casefold()
            if not any(word in folded for word in self._stems):
                return False
        words = spoken(text)
        if not self._telling.isdisjoint(words) or self._has(self._whole, self._lengths, words):
            return True
        own = self._own.keys() & set(words)
        if any(known(episode) for word in own for episode in self._own[word]):
            return True
        shared = weighty(words) & self._holding.keys()
        return (len(shared) > 1 and self._has(self._runs, (RUN,), words)) or self._most_of(
            shared, known
        )

    def _most_of(self, shared: Iterable[str], known: Callable[[int], bool]) -> bool:
        counts: dict[int, int] = {}
        for word in shared:
            for place in self._holding[word]:
                counts[place] = counts.get(place, 0) + 1
        for place, count in counts.items():
            share = count / self._distinctive[place]
            if share >= MOST and count > 1:
                return True
            if share >= SOME and known(self._episodes[place]):
                return True
        return False

    @staticmethod
    def _has(runs: Set[tuple[str, ...]], lengths: Iterable[int], words: list[str]) -> bool:
        return bool(runs) and any(
            tuple(words[at : at + length]) in runs
            for length in lengths
            for at in range(len(words) - length + 1)
        )

    def touched(self, text: str) -> bool:
        """Whether ``text`` has a distinctive word of any of the texts."""
        return self._everything or not self._holding.keys().isdisjoint(weighty(spoken(text)))

    def begun(self, word: str) -> bool:
        """Whether a word of the texts begins with ``word``."""
        return self._everything or any(other.startswith(word) for other in self._words)


def _is_telling(word: str) -> bool:
    return bool(_TELLING.fullmatch(word)) and not _YEAR.fullmatch(word)
