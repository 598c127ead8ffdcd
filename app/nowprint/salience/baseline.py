"""Baselines: the running mean and deviation of each statistic for one speaker under one model.

The window is exponential: a token of age n tokens counts e^(-n/WINDOW). So the state is three numbers
per statistic, and a lasting language or topic becomes the new usual. A baseline starts with defaults
that were measured with the starter model over everyday messages and answers; they weigh as much as
``WARM`` tokens.

The baseline of framed surprise is fixed (``FRAMED``): facts don't become less of a fact because the
user tells facts all day. It was measured with the starter model and serves every model, because the
difference of two likelihoods under one model cancels most of that model's own bias.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nowprint.records import Role, TokenScore

Measure = Literal["surprisal", "entropy", "kl", "shift", "rarity"]
MEASURES: tuple[Measure, ...] = ("surprisal", "entropy", "kl", "shift", "rarity")
WINDOW = 1024
WARM = 256.0

_DEFAULTS: dict[str, dict[Measure, tuple[float, float]]] = {
    "user": {
        "surprisal": (3.7, 3.2),
        "entropy": (3.0, 1.5),
        "kl": (7.3, 4.2),
        "shift": (0.85, 0.2),
        "rarity": (7.4, 2.1),
    },
    "assistant": {
        "surprisal": (0.9, 1.2),
        "entropy": (1.5, 1.4),
        "kl": (8.5, 4.5),
        "shift": (0.87, 0.16),
        "rarity": (7.4, 2.1),
    },
}
"""Mean and standard deviation: surprisal, entropy and kl in nats, shift 0..1, rarity as below."""

_LEAST_DEVIATION = 0.1


def rarity(token: TokenScore) -> float:
    """ln(1 + the token's id). Vocabularies are learned commonest first, so that this approximates -ln of
    the token's frequency: an inverse document frequency without a word list."""
    return math.log1p(token.token)


@dataclass(frozen=True, slots=True)
class RunningStatistic:
    """Running mean and standard deviation of one statistic, over ``weight`` tokens."""

    mean: float
    deviation: float
    weight: float

    @property
    def usable(self) -> bool:
        figures = (self.mean, self.deviation, self.weight)
        return all(map(math.isfinite, figures)) and self.deviation >= 0 and self.weight > 0

    def z(self, value: float) -> float:
        """How many standard deviations the value is above the mean."""
        return (value - self.mean) / max(self.deviation, _LEAST_DEVIATION)

    def after(self, values: Sequence[float]) -> RunningStatistic:
        """The statistic after these values, oldest first."""
        mean, variance, weight = self.mean, self.deviation**2, self.weight
        for value in values:
            weight = weight * (1 - 1 / WINDOW) + 1
            delta = value - mean
            mean += delta / weight
            variance += (delta * (value - mean) - variance) / weight
        return RunningStatistic(mean, math.sqrt(max(variance, 0.0)), weight)


FRAMED = (RunningStatistic(0.3, 1.4, WARM), RunningStatistic(0.7, 1.4, WARM))
"""For framed surprise, in the order of ``frames.contrasts``."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The running mean and deviation of every statistic for one speaker under one model."""

    usual: dict[Measure, RunningStatistic]

    @classmethod
    def warm(cls, speaker: Role) -> Baseline:
        defaults = _DEFAULTS["assistant" if speaker == "assistant" else "user"]
        return cls(
            {
                m: RunningStatistic(mean, deviation, WARM)
                for m, (mean, deviation) in defaults.items()
            }
        )

    @classmethod
    def load(cls, state: bytes | None, speaker: Role) -> Baseline:
        """Reads ``dump``'s bytes; the defaults (``warm``) if there are none or they are damaged."""
        try:
            stored = json.loads(state or b"")
            warm = cls.warm(speaker)
            usual = {
                m: RunningStatistic(*map(float, stored[m])) if m in stored else warm.usual[m]
                for m in MEASURES
            }
            if not all(u.usable for u in usual.values()):
                raise ValueError("a model that wrote NaN, or a damaged row")
            return cls(usual)
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls.warm(speaker)

    def dump(self) -> bytes:
        return json.dumps({m: _row(u) for m, u in self.usual.items()}).encode()

    def after(self, tokens: Sequence[TokenScore]) -> Baseline:
        """The baseline after these tokens."""
        return Baseline({m: u.after([_value(m, t) for t in tokens]) for m, u in self.usual.items()})


def _value(measure: Measure, token: TokenScore) -> float:
    return rarity(token) if measure == "rarity" else float(getattr(token, measure))


def _row(usual: RunningStatistic) -> tuple[float, float, float]:
    return usual.mean, usual.deviation, usual.weight
