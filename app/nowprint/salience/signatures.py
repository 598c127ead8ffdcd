"""Which stored signatures the present distribution resembles: an inverted index over their tokens.

Two distributions a and q resemble each other by ``ln 2 - JS(a, q)``, a sum over the tokens that both
hold: those that only one of them holds add nothing to it. So a look-up reads the lists of the
tokens that the present distribution expects, and no other signature. In bits, token by token:

    w · ½ (a log2(1 + q/a) + q log2(1 + a/q))

Left as it is, function words dominate and the nearest signature is an accident. The weight w is the
token's rarity among the stored signatures in nats, counted from ``COMMON`` on: what is in more than
half a percent of them weighs nothing. A distribution whose rare tokens don't amount to ``SALIENT``
isn't looked up: most tokens of an answer cost a few microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

COMMON = 0.005
"""The share of all signatures from which on a token is too common to say anything…"""
COMMON_LEAST = 4
"""…or, while there are few signatures, this many of them."""
SALIENT = 0.25
"""Nats of rarity that a distribution must expect to be looked up."""
HEAVIEST = 8
"""Tokens of a distribution that are looked up while an answer is written, the heaviest first."""
NEAREST = 32
"""Entries of a token's list that are read then: the signatures in which it is likeliest."""
LIST = 128
"""The longest list of a token."""
_NONE = np.float32(1e-9)
"""Stands for the probability of an empty place in a list; its strength rounds to nothing."""

Ids = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Match:
    """Stored signature ``row`` of an episode. ``strength`` is in nats of rarity that both expect;
    ``similarity`` is its share of what the two expect on average (0..1)."""

    row: int
    episode: int
    strength: float
    similarity: float


class SignatureIndex:
    """Built once over arrays: signature i belongs to ``episodes[i]`` and expects
    ``tokens[starts[i]:starts[i + 1]]`` with these probabilities. Not thread-safe."""

    def __init__(
        self, episodes: Ids, starts: npt.NDArray[np.int64], tokens: Ids, probabilities: Floats
    ) -> None:
        count = len(episodes)
        self.episodes = np.asarray(episodes, np.int64)
        ids = np.asarray(tokens, np.int64)
        p = np.asarray(probabilities, np.float32)
        rows = np.repeat(np.arange(count, dtype=np.int32), np.diff(starts))
        self._weights, self._slots = _weights(ids, count)
        self._mass = np.bincount(rows, self._weights[ids] * p, count).astype(np.float32)
        self._rows, self._p = _lists(self._slots[ids], rows, p, count)
        self._sums = np.zeros(count + 1, np.float32)

    def __len__(self) -> int:
        return len(self.episodes)

    def nearest(self, ids: Ids, p: Floats) -> Match | None:
        """The stored signature most like a distribution: ``ids`` and ``p`` are its likely tokens,
        shape (S,). None if they aren't salient, or nothing stored shares one of weight."""
        masses = self._weights.take(ids, mode="clip")
        masses *= p
        mass = float(np.add.reduce(masses))
        if mass < SALIENT:
            return None
        if len(masses) > HEAVIEST:
            heavy = masses.argpartition(-HEAVIEST)[-HEAVIEST:]
            ids, p = ids[heavy], p[heavy]
        rows, strengths = self._shared(ids, p, NEAREST)
        sums = self._sums
        np.add.at(sums, rows, strengths)
        found = sums.take(rows)
        sums[rows] = 0
        at = int(found.argmax())
        row, strength = int(rows[at]), float(found[at])
        if row == len(self):
            return None
        union = (mass + float(self._mass[row])) / 2
        return Match(row, int(self.episodes[row]), strength, min(1.0, strength / union))

    def scores(self, readings: Iterable[tuple[Ids, Floats]]) -> dict[int, float]:
        """How strongly each episode resonates with a whole text, of which ``readings`` are the
        distributions: the sum over them of the strongest of the episode's signatures."""
        owners, places = np.unique(self.episodes, return_inverse=True)
        total = np.zeros(len(owners), np.float32)
        for ids, p in readings:
            rows, strengths = self._shared(ids, p, LIST)
            np.add.at(self._sums, rows, strengths)
            strongest = np.zeros(len(owners), np.float32)
            np.maximum.at(strongest, places, self._sums[:-1])
            self._sums[rows] = 0
            total += strongest
        found = (total > 0).nonzero()[0]
        return dict(zip(owners[found].tolist(), total[found].tolist(), strict=True))

    def _shared(
        self, ids: Ids, p: Floats, depth: int
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Signatures that expect one of these tokens too, and how strongly: one of each a pair, S
        times ``depth`` at most. Row ``len(self)`` is no signature and has no strength."""
        slots = self._slots.take(ids, mode="clip")
        q = self._p[slots, :depth]
        a = p[:, None]
        ratio = q / a
        strengths = np.log2(1 + 1 / ratio)
        strengths *= q
        ratio += 1
        strengths += a * np.log2(ratio)
        strengths *= (self._weights.take(ids, mode="clip") * np.float32(0.5))[:, None]
        return self._rows[slots, :depth].ravel(), strengths.ravel()


def _weights(
    ids: npt.NDArray[np.int64], count: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """By token id its rarity in nats and the number of its list (0 for those without weight). The
    last one stands for every token that is in no signature."""
    holding = np.append(np.bincount(ids, minlength=1), 0)
    common = max(COMMON * count, COMMON_LEAST)
    weights = np.maximum(0.0, np.log((common + 1) / (holding + 1)))
    weights[holding == 0] = 0.0
    told = weights > 0
    slots = np.where(told, told.cumsum(), 0)
    return weights.astype(np.float32), slots.astype(np.int32)


def _lists(
    slots: npt.NDArray[np.int32],
    rows: npt.NDArray[np.int32],
    p: npt.NDArray[np.float32],
    count: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Of each list the signatures in it and their probabilities, likeliest first, shape (lists,
    length of the longest); empty places are row ``count``."""
    told = slots > 0
    slots, rows, p = slots[told], rows[told], p[told]
    order = np.lexsort((-p, slots))
    slots, rows, p = slots[order], rows[order], p[order]
    lists = int(slots[-1]) + 1 if len(slots) else 1
    place = np.arange(len(slots)) - np.searchsorted(slots, np.arange(lists))[slots]
    length = min(LIST, int(place.max(initial=0)) + 1)
    kept = place < length
    all_rows = np.full((lists, length), count, np.int32)
    all_p = np.full((lists, length), _NONE)
    all_rows[slots[kept], place[kept]] = rows[kept]
    all_p[slots[kept], place[kept]] = np.maximum(p[kept], _NONE)
    return all_rows, all_p
