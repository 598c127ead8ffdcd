"""Statistics of next-token distributions, read from raw logits that never leave the engine.

With logits x over a vocabulary of V tokens and p = softmax(x), all in nats:

- surprisal of token t: -ln p[t];
- entropy: logsumexp(x) - p·x;
- KL(p ‖ q) against the distribution q one token before, over the tokens with p > 1e-4 and one bucket
  for all others. This is a lower bound, on average 2 % below the full sum, for a fraction of its
  memory traffic.

After a decode step the processor's caches are full of weights, so the cost is the number of arrays of
length V that a reading touches: two.
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
"""The probability below which a token is left out of the top-k, as noise."""
SUPPORT = 1e-4
"""The probability above which a token's id and probability are kept."""
_FAR = 1e-7
"""The probability that is used instead when SUPPORT gives fewer tokens than are needed."""
_LEAST = float(np.finfo(np.float32).tiny)
"""Stands for a probability that float32 can't tell from 0, so that no surprisal is above 87.5 nats. It is
the least normal number: a library may have told the processor to take smaller ones for 0."""

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.intp]


def quietly() -> np.errstate:
    """The context manager in which to call ``DistributionReader.read``. Enter it once for many readings:
    entering takes a tenth of the time of one."""
    return np.errstate(over="ignore", invalid="ignore")


class DistributionReader:
    """Reads one distribution after another and compares each with the one before."""

    def __init__(self, vocabulary: int) -> None:
        self._p = np.empty(vocabulary, np.float32)  # exp(x), not normalised
        self._q = np.empty(vocabulary, np.float32)  # the same, one token before
        self._likely = np.empty(vocabulary, np.bool_)
        self.reset()

    def reset(self) -> None:
        """Forget the last distribution: the next one is compared with none (its KL and shift are 0)."""
        self._total = 0.0
        self._entropy = 0.0
        self._ids: IntArray = np.empty(0, np.intp)
        self._probabilities: FloatArray = np.empty(0, np.float32)
        self._before: FloatArray | None = None

    def read(self, logits: FloatArray) -> None:
        """Read the logits of one position, shape (V,), float32; the array may be overwritten afterwards.

        Call it within ``quietly``: this method notices an overflow itself and computes again.
        """
        total_before = self._total
        self._p, self._q = self._q, self._p
        p, q = self._p, self._q
        highest = 0.0
        np.exp(logits, out=p)
        total = float(np.add.reduce(p))
        if not 1e-30 < total < 1e30:  # rare: compute again, shifted so that the greatest exp is 1
            highest = float(logits.max())
            np.exp(np.subtract(logits, np.float32(highest), out=p), out=p)
            total = float(p.sum())
        self._total = total
        mean = float(p @ logits) / total
        if math.isnan(mean):  # 0 * -inf, for tokens that the model rules out
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
        """Ids of at least ``count`` tokens of the distribution last read, all likelier than every token
        that is left out; None if fewer than ``count`` have a probability above ``_FAR``."""
        ids = self._ids
        if len(ids) < count:
            ids = self._above(_FAR)
        return ids if len(ids) >= count else None

    @property
    def distribution(self) -> Distribution:
        """The distribution last read."""
        return Distribution(self._entropy, self._ids, self._probabilities)

    def take(self, token: int, text: str, start: int, end: int) -> TokenReading:
        """The reading of the token that followed the distribution last read; ``text``, ``start`` and
        ``end`` (code points) are its place in the message or answer."""
        surprisal = -math.log(max(self._p.item(token) / self._total, _LEAST))
        place = (token, text, start, end)
        return TokenReading(
            place, surprisal, self._entropy, self._ids, self._probabilities, self._before
        )


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution before a token is drawn from it: its entropy in nats, and the ids and probabilities
    of the tokens with p > SUPPORT, shape (S,) each."""

    entropy: float
    ids: IntArray
    p: FloatArray


@dataclass(frozen=True, slots=True)
class TokenReading:
    """A token and the distribution before it, as they were read.

    ``place`` is (token, text, start, end); surprisal and entropy are in nats. ``ids``, ``p`` and
    ``before`` are the tokens with p > SUPPORT, their probabilities, and their probabilities one token
    earlier, shape (S,) each; ``before`` is None if no distribution was read there.
    """

    place: tuple[int, str, int, int]
    surprisal: float
    entropy: float
    ids: IntArray
    p: FloatArray
    before: FloatArray | None

    def top(self) -> tuple[list[int], list[float]]:
        """Ids and probabilities of the top-k, likeliest first: at most TOP_K, all above FLOOR."""
        ids, p = self.ids, self.p
        if len(ids) > TOP_K:
            likely = p.argpartition(-TOP_K)[-TOP_K:]
            ids, p = ids[likely], p[likely]
        order = (-p).argsort(kind="stable")[: int((p > FLOOR).sum())]
        return ids[order].tolist(), p[order].tolist()


def scores_of(
    readings: Sequence[TokenReading], text_of: Callable[[int], str]
) -> tuple[TokenScore, ...]:
    """The scores of consecutive tokens. They are worked out together after all were read: between two
    decode steps the same work takes five times as long, because the processor's caches are full of
    weights."""
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
    """KL(p ‖ q) in nats over the given tokens, shape (S,) each, and one bucket for all others."""
    q = np.maximum(q, np.float32(_LEAST))
    p_rest, q_rest = 1 - float(p.sum()), 1 - float(q.sum())
    rest = p_rest * math.log(p_rest / max(q_rest, _LEAST)) if p_rest > 1e-6 else 0.0
    return max(0.0, float(p @ np.log(p / q)) + rest)
