"""What the reranker is fitted to after the corpus of single facts: ``resources/corpus/lives.jsonl``.

Each life (bench/lives.py) has everything that one person told, so that the wrong ones of a list are what
recall and capture really find beside the right one: the same people, things and matters. A question is listed
with the message that it needs and with others of its life; what that one has changed is left out. A message
changes at most one matter, and none of the others, however near they are.

Every sixth life is held out of the fitting, to measure it and to fit what stands on it (fit_changes.py).
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.fitting.reranker_corpus import Embed, Listed
from nowprint.bench.lives import Life, read_lives

NEAR = 8
"""Wrong messages are drawn from this many of the nearest."""
UNCHANGED = 2
"""How many near messages of other matters each message is paired with, drawn anew in each epoch."""
BACKWARDS = 0.25
"""The share of changes that are also paired the other way round: an older message changes no newer one."""
AFTER_MISS = 2
"""How many near messages a question that nothing answers is paired with."""
_FOLDS = 6

Floats = npt.NDArray[np.float32]


def is_held_out(life: Life) -> bool:
    return zlib.crc32(life.told[0].encode()) % _FOLDS == 0


def corpus_lives(folder: Path) -> list[Life]:
    files = sorted(folder.glob("lives*.jsonl"))
    return read_lives([row for file in files for row in json_lines(file)])


@dataclass(frozen=True, slots=True)
class _Embedded:
    """The vectors of what is told in a life, of its asks and of its misses."""

    life: Life
    told: Floats
    asks: Floats
    misses: Floats

    def near(self, vector: Floats, left_out: set[int]) -> list[int]:
        order = np.argsort(-(self.told @ vector), kind="stable").tolist()
        return [n for n in order if n not in left_out][:NEAR]


class Lives:
    """The lives, and what is near to each other in them for the encoder."""

    def __init__(self, lives: Sequence[Life], embed: Embed) -> None:
        self._lives = [
            _Embedded(
                life,
                embed(life.told),
                embed([question for question, _ in life.asks]),
                embed(life.misses),
            )
            for life in lives
        ]

    def of_help(
        self, chance: random.Random, near: int, others: int, *, held_out: bool = False
    ) -> list[Listed]:
        """Questions, each with what it needs, ``near`` messages and ``others`` of its life; and questions
        that nothing answers."""
        made = []
        for one in self._side(held_out):
            told = one.life.told
            for (question, needs), vector in zip(one.life.asks, one.asks, strict=True):
                matter = {n for need in needs for n in one.life.matter(need)}
                close = one.near(vector, matter)
                far = [n for n in range(len(told)) if n not in matter and n not in close]
                wrong = close[:near] if held_out else _some(close, near, chance)
                wrong += _some(far, others, chance)
                for need in needs:
                    pairs = tuple((question, told[n]) for n in (need, *wrong))
                    made.append(Listed(pairs, (True, *(False for _ in wrong)), ordered=True))
            for question, vector in zip(one.life.misses, one.misses, strict=True):
                wrong = _some(one.near(vector, set()), AFTER_MISS, chance)
                pairs = tuple((question, told[n]) for n in wrong)
                made.append(Listed(pairs, (False,) * len(pairs)))
        return made

    def of_change(self, chance: random.Random, *, held_out: bool = False) -> list[Listed]:
        """Newer messages with the one that each changes, and with near ones that it doesn't."""
        made = []
        for one in self._side(held_out):
            told = one.life.told
            for new, old in enumerate(one.life.changed):
                matter = one.life.matter(new)
                later = set(range(new, len(told)))
                same = [] if old is None else [(old, new, True)]
                if old is not None and chance.random() < BACKWARDS:
                    same.append((new, old, False))
                close = _some(one.near(one.told[new], matter | later), UNCHANGED, chance)
                for older, newer, right in (*same, *((n, new, False) for n in close)):
                    made.append(Listed(((told[newer], told[older]),), (right,)))
        return made

    def _side(self, held: bool) -> list[_Embedded]:
        return [one for one in self._lives if is_held_out(one.life) == held]


def _some(numbers: Sequence[int], most: int, chance: random.Random) -> list[int]:
    return chance.sample(numbers, min(most, len(numbers)))
