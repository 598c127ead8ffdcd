"""Which messages repeat a text that is to be forgotten.

A message repeats a text if it holds

- a run of five of its words that says something (all of them, if it has fewer), or
- a word that nobody writes by chance: a long number, letters and digits mixed, or
- most of its distinctive words: those that carry evidence and that few episodes hold.

For an answer that had the text before it (in its prompt, or further up in its conversation) a third
of the distinctive words is enough, since it didn't get them from anywhere else. Every CJK character
counts as a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from nowprint.memory.words import COMMON, stem

RUN = 5
MOST = 0.6
SOME = 1 / 3
_RARE_SHARE = 0.003
"""Of the episodes; a word that more of them hold is not distinctive."""
_LEAST_RARE = 3
_FEW = 60
"""So many stems are quicker looked for one by one than a message is split into words."""

_CJK = "\u2e80-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_TELLING = re.compile(r"\d{4,}|(?=\w*\d)(?=\w*[^\W\d])\w{5,}")


def spoken(text: str) -> list[str]:
    """The words of a text in their order, without case."""
    return _WORD.findall(text.casefold())


def weighty(words: Iterable[str]) -> frozenset[str]:
    """The stems of those that carry evidence."""
    return frozenset(
        stem(word)
        for word in words
        if word not in COMMON and (len(word) > 1 or word.isdigit() or ord(word) > 0x2E7F)
    )


def rarity(texts: Iterable[str]) -> Callable[[str], bool]:
    """Whether few of ``texts`` hold a stem."""
    holding: Counter[str] = Counter()
    count = 0
    for text in texts:
        holding.update(weighty(spoken(text)))
        count += 1
    most = max(_LEAST_RARE, count * _RARE_SHARE)
    return lambda word: holding[word] <= most


class Quoted:
    """Texts by the episodes that they are of, made ready to look for in messages."""

    def __init__(self, texts: Mapping[int, Collection[str]], rare: Callable[[str], bool]) -> None:
        self._runs: set[tuple[str, ...]] = set()
        self._telling: set[str] = set()
        self._holding: dict[str, list[int]] = {}
        self._distinctive: list[int] = []
        self._episodes: list[int] = []
        self.words: set[str] = set()
        """Every word of the texts."""
        for episode, said in texts.items():
            for text in said:
                if words := spoken(text):
                    self._add(episode, words, rare)
        self._lengths = sorted({len(run) for run in self._runs})
        self._stems = weighty(self.words)

    def _add(self, episode: int, words: list[str], rare: Callable[[str], bool]) -> None:
        self.words.update(words)
        length = min(RUN, len(words))
        for at in range(len(words) - length + 1):
            run = tuple(words[at : at + length])
            if len(weighty(run)) >= min(2, length):
                self._runs.add(run)
        self._telling.update(word for word in words if _is_telling(word))
        distinctive = [word for word in weighty(words) if rare(word)]
        for word in distinctive:
            self._holding.setdefault(word, []).append(len(self._episodes))
        self._episodes.append(episode)
        self._distinctive.append(len(distinctive))

    def repeated(self, text: str, known: Callable[[int], bool] = lambda _: False) -> bool:
        """``known`` says of which episodes a message had the text before it."""
        if len(self._stems) < _FEW:
            folded = text.casefold()
            if not any(word in folded for word in self._stems):
                return False
        words = spoken(text)
        if not self._telling.isdisjoint(words) or self._has_run(words):
            return True
        counts: Counter[int] = Counter()
        for word in weighty(words) & self._holding.keys():
            counts.update(self._holding[word])
        for place, count in counts.items():
            share = count / self._distinctive[place]
            if share >= MOST and count > 1:
                return True
            if share >= SOME and known(self._episodes[place]):
                return True
        return False

    def touched(self, text: str) -> bool:
        """Whether it names something distinctive of any of the texts."""
        return not self._holding.keys().isdisjoint(weighty(spoken(text)))

    def _has_run(self, words: list[str]) -> bool:
        return any(
            tuple(words[at : at + length]) in self._runs
            for length in self._lengths
            for at in range(len(words) - length + 1)
        )


def _is_telling(word: str) -> bool:
    return bool(_TELLING.fullmatch(word)) and not _YEAR.fullmatch(word)
