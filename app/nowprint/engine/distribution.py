"""Statistics of next-token distributions, read from raw logits that never leave the engine.

With logits x over a vocabulary of V and p = softmax(x):
surprisal of token t: -ln p[t]; entropy: logsumexp(x) - p·x; KL(p ‖ q) against the distribution q
one token before, over the tokens with p > 1e-4 and one bucket for all others: a lower bound, 2 %
below the full sum on average, for a fraction of its memory traffic. All in nats. After a decode
step every cache is full of weights, so what counts is how many arrays of V a step touches: two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nowprint.records import Alternative, TokenScore

TOP_K = 16
FLOOR = 1e-3
"""Tokens under a probability of 0.001 are in no top-k: they would be noise."""
SUPPORT = 1e-4
_FAR = 1e-7
"""Where SUPPORT leaves fewer tokens than are wanted, those above this are found."""
_LEAST = 1e-38
"""Stands for a probability that float32 can't tell from 0: no surprisal is above 87.5 nats."""

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.intp]


def quietly() -> np.errstate:
    """What ``DistributionReader.read`` runs in; entering it costs as much as a tenth of a reading."""
    return np.errstate(over="ignore", invalid="ignore")


class DistributionReader:
    """Reads one distribution after another; each is compared with the one before it."""

    def __init__(self, vocabulary: int) -> None:
        self._p = np.empty(vocabulary, np.float32)  # exp(x), not normalised
        self._q = np.empty(vocabulary, np.float32)  # the same, one token before
        self._likely = np.empty(vocabulary, np.bool_)
        self.reset()

    def reset(self) -> None:
        """Forget the distribution before: the next one has no neighbour (KL and shift are 0)."""
        self._total = 0.0
        self._entropy = 0.0
        self._ids: IntArray = np.empty(0, np.intp)
        self._probabilities: FloatArray = np.empty(0, np.float32)
        self._before: FloatArray | None = None

    def read(self, logits: FloatArray) -> None:
        """Take in the logits of one position, shape (V,); the array may be overwritten afterwards.

        To be called within ``quietly``: an overflow is seen here and done again.
        """
        total_before = self._total
        self._p, self._q = self._q, self._p
        p, q = self._p, self._q
        highest = 0.0
        np.exp(logits, out=p)
        total = float(np.add.reduce(p))
        if not 1e-30 < total < 1e30:  # rare: then once more, moved so that the greatest is 1
            highest = float(logits.max())
            np.exp(np.subtract(logits, np.float32(highest), out=p), out=p)
            total = float(p.sum())
        self._total = total
        mean = float(p @ logits) / total
        if math.isnan(mean):  # 0 * -inf, where a model rules tokens out
            possible = p > 0
            mean = float(p[possible] @ logits[possible]) / total
        self._entropy = max(0.0, highest + math.log(total) - mean)
        support = self._above(SUPPORT)
        self._ids = support
        self._probabilities = p[support] / np.float32(total)
        self._before = q[support] / np.float32(total_before) if total_before else None

    def _above(self, probability: float) -> IntArray:
        least = np.float32(self._total * probability)
        return np.greater(self._p, least, out=self._likely).nonzero()[0]

    def likeliest(self, count: int) -> IntArray | None:
        """Ids of ``count`` tokens or more, each likelier than all that are left out; None where that
        many don't stand out. Of the distribution last read."""
        ids = self._ids
        if len(ids) < count:
            ids = self._above(_FAR)
        return ids if len(ids) >= count else None

    @property
    def distribution(self) -> Distribution:
        """The one last read."""
        return Distribution(self._entropy, self._ids, self._probabilities)

    def take(self, token: int, text: str, start: int, end: int) -> TokenReading:
        """The token that came out of the distribution last read, with its place in the text."""
        surprisal = -math.log(max(self._p.item(token) / self._total, _LEAST))
        place = (token, text, start, end)
        return TokenReading(
            place, surprisal, self._entropy, self._ids, self._probabilities, self._before
        )


@dataclass(frozen=True, slots=True)
class Distribution:
    """What is known of a distribution before a token comes out of it: its entropy in nats, the ids
    of the tokens with p > SUPPORT and their probabilities, shape (S,) both."""

    entropy: float
    ids: IntArray
    p: FloatArray


@dataclass(frozen=True, slots=True)
class TokenReading:
    """What was read at one token: its place (token, text, start, end), and of the tokens with
    p > SUPPORT their ids, their probabilities, and those one token before (None without one),
    shape (S,) each."""

    place: tuple[int, str, int, int]
    surprisal: float
    entropy: float
    ids: IntArray
    p: FloatArray
    before: FloatArray | None

    def top(self) -> tuple[list[int], list[float]]:
        """Ids and probabilities of the top-k, the likeliest first."""
        ids, p = self.ids, self.p
        if len(ids) > TOP_K:
            likely = p.argpartition(-TOP_K)[-TOP_K:]
            ids, p = ids[likely], p[likely]
        order = (-p).argsort(kind="stable")[: int((p > FLOOR).sum())]
        return ids[order].tolist(), p[order].tolist()


def scores_of(
    readings: Sequence[TokenReading], text_of: Callable[[int], str]
) -> tuple[TokenScore, ...]:
    """The scores of neighbouring tokens. Worked out together, after they were read: between two
    decode steps the same work takes five times as long, because every cache is full of weights."""
    scores = []
    known: set[int] = set()
    for reading in readings:
        token, text, start, end = reading.place
        ids, probabilities = reading.top()
        kl = shift = 0.0
        if reading.before is not None:
            kl = _divergence(reading.p, reading.before)
            shift = sum(i not in known for i in ids) / max(1, len(ids))
        top = tuple(Alternative(i, text_of(i), p) for i, p in zip(ids, probabilities, strict=True))
        scores.append(
            TokenScore(token, text, start, end, reading.surprisal, reading.entropy, kl, shift, top)
        )
        known = set(ids)
    return tuple(scores)


def _divergence(p: FloatArray, q: FloatArray) -> float:
    """KL(p ‖ q) in nats over the tokens given, each shape (S,), and one bucket for the rest."""
    q = np.maximum(q, np.float32(_LEAST))
    p_rest, q_rest = 1 - float(p.sum()), 1 - float(q.sum())
    rest = p_rest * math.log(p_rest / max(q_rest, _LEAST)) if p_rest > 1e-6 else 0.0
    return max(0.0, float(p @ np.log(p / q)) + rest)
