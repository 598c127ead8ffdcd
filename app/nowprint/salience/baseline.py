"""What is usual for a speaker under a model: running mean and deviation of each statistic.

The window is exponential: a token counts e^(-age/WINDOW), so that the state is two numbers a
statistic and a language or a topic that lasts becomes the new usual. It starts warm, from defaults
measured with the starter model over everyday messages and answers, which weigh as much as ``WARM``
tokens.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nowprint.records import Role, TokenScore

Measure = Literal["surprisal", "entropy", "kl", "shift"]
MEASURES: tuple[Measure, ...] = ("surprisal", "entropy", "kl", "shift")
WINDOW = 1024
WARM = 256.0

_DEFAULTS: dict[str, dict[Measure, tuple[float, float]]] = {
    "user": {
        "surprisal": (3.7, 3.2),
        "entropy": (3.0, 1.5),
        "kl": (7.3, 4.2),
        "shift": (0.85, 0.2),
    },
    "assistant": {
        "surprisal": (0.9, 1.2),
        "entropy": (1.5, 1.4),
        "kl": (8.5, 4.5),
        "shift": (0.87, 0.16),
    },
}
"""Mean and standard deviation."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Running mean and standard deviation of one statistic, over ``weight`` tokens."""

    mean: float
    deviation: float
    weight: float

    @property
    def usable(self) -> bool:
        figures = (self.mean, self.deviation, self.weight)
        return all(map(math.isfinite, figures)) and self.deviation >= 0 and self.weight > 0

    def after(self, values: Sequence[float]) -> Usual:
        """With these values taken in, oldest first."""
        mean, variance, weight = self.mean, self.deviation**2, self.weight
        for value in values:
            weight = weight * (1 - 1 / WINDOW) + 1
            delta = value - mean
            mean += delta / weight
            variance += (delta * (value - mean) - variance) / weight
        return Usual(mean, math.sqrt(max(variance, 0.0)), weight)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The usual values of every statistic for one speaker under one model."""

    usual: dict[Measure, Usual]

    @classmethod
    def warm(cls, speaker: Role) -> Baseline:
        defaults = _DEFAULTS["assistant" if speaker == "assistant" else "user"]
        return cls({m: Usual(mean, deviation, WARM) for m, (mean, deviation) in defaults.items()})

    @classmethod
    def load(cls, state: bytes | None, speaker: Role) -> Baseline:
        """From ``dump``'s bytes; the warm start when there are none or they are damaged."""
        try:
            stored = json.loads(state or b"")
            usual = {m: Usual(*map(float, stored[m])) for m in MEASURES}
            if not all(u.usable for u in usual.values()):
                raise ValueError("a model that wrote NaN, or a damaged row")
            return cls(usual)
        except (ValueError, KeyError, TypeError):
            return cls.warm(speaker)

    def dump(self) -> bytes:
        state = {m: (u.mean, u.deviation, u.weight) for m, u in self.usual.items()}
        return json.dumps(state).encode()

    def after(self, tokens: Sequence[TokenScore]) -> Baseline:
        """With these tokens taken in."""
        return Baseline(
            {m: usual.after([getattr(t, m) for t in tokens]) for m, usual in self.usual.items()}
        )
