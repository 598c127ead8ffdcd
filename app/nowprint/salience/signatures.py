"""Finding the stored signature that resembles the present distribution: an inverted index over tokens.

The similarity of two distributions a and q is ``ln 2 - JS(a, q)`` (JS: Jensen-Shannon divergence). It
is a sum over the tokens that both contain: a token that only one of them contains adds nothing. So a
look-up reads only the lists of the tokens in the present distribution. In bits, each token adds

    w · ½ (a log2(1 + q/a) + q log2(1 + a/q))

Without the weight w, function words would dominate and the nearest signature would be an accident. w
is the token's rarity among the stored signatures in nats, relative to ``COMMON``: a token in more than
half a percent of the signatures weighs nothing. A distribution whose rare tokens add up to less than
``SALIENT`` isn't looked up, so that most tokens of an answer cost only a few microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

COMMON = 0.005
"""A token in at least this share of the signatures is too common to say anything…"""
COMMON_LEAST = 4
"""…or, while there are few signatures, a token in at least this many of them."""
SALIENT = 0.25
"""The least mean rarity of a distribution's tokens, in nats weighted by probability, for a look-up."""
HEAVIEST = 8
"""How many tokens of a distribution ``nearest`` looks up: those with the most rarity × probability."""
NEAREST = 32
"""How many entries of a token's list ``nearest`` reads: the signatures in which it is likeliest."""
LIST = 128
"""The most entries in a token's list."""
_NONE = np.float32(1e-9)
"""The probability in an empty place of a list; the strength that comes of it rounds to nothing."""

Ids = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Match:
    """The stored signature ``row``, which belongs to ``episode``. ``strength`` is the weighted sum above,
    in nats of rarity; ``similarity`` (0..1) is its share of the mean rarity of both distributions."""

    row: int
    episode: int
    strength: float
    similarity: float


class SignatureIndex:
    """An index over N stored signatures, built once. Not thread-safe."""

    def __init__(
        self, episodes: Ids, starts: npt.NDArray[np.int64], tokens: Ids, probabilities: Floats
    ) -> None:
        """Signature i belongs to ``episodes[i]``, shape (N,). Its tokens and their probabilities are those
        from ``starts[i]`` to ``starts[i + 1]``, shape (N + 1,), of ``tokens`` and ``probabilities``,
        shape (T,) each."""
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
        """The stored signature that resembles a distribution most.

        ``ids`` and ``p`` are the distribution's likely tokens and their probabilities, shape (S,) each.
        None if these tokens are too common (``SALIENT``), or no signature shares a rare one.
        """
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
        """Episode id -> how strongly it resonates with a whole text, in nats of rarity.

        ``readings`` are the text's distributions, as (ids, p) of shape (S,) each. For each of them an
        episode counts with the strongest of its signatures; the result is the sum. Episodes that don't
        resonate at all are left out.
        """
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
        """The signatures that share a token with the distribution, and the strength that each token adds:
        one row and one strength per pair, at most S × ``depth``, flattened. Row ``len(self)`` stands for
        an empty place and has no strength."""
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
    """For each token id its rarity in nats and the number of its list (0 for a token without weight),
    shape (highest id + 2,) each. The last entry stands for every token that is in no signature."""
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
    """For each list the rows of its signatures and their probabilities, likeliest first; shape (lists,
    length of the longest) each. Empty places hold row ``count``."""
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
