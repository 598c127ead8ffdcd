"""The episodic head: is this span worth keeping? A logistic model that can explain itself.

Its starting weights (``resources/head.json``) are fitted by ``python -m
nowprint.bench.fitting.fit_head``; what the user does moves them a little (learning.py).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nowprint.records import Contribution
from nowprint.settings import resources


@dataclass(frozen=True, slots=True)
class Head:
    """Weights by feature; ``worth`` and ``not_worth`` count what the user taught it."""

    bias: float
    weights: Mapping[str, float]
    worth: int = 0
    not_worth: int = 0

    def score(self, values: Mapping[str, float]) -> tuple[float, tuple[Contribution, ...]]:
        """Salience in 0..1, and the contributions whose sum with the bias is its logit."""
        contributions = tuple(
            Contribution(name, value, self.weights[name] * value)
            for name, value in values.items()
            if value and name in self.weights
        )
        logit = self.bias + sum(c.contribution for c in contributions)
        return 1 / (1 + math.exp(-logit)), contributions


@cache
def starting_head() -> Head:
    """The head as it was fitted, before the user taught it anything."""
    return _head(_stored())


@cache
def ablated_heads() -> dict[str, Head]:
    """Heads that were fitted without a part of the features, by name: for ``bench capture``."""
    return {name: _head(stored) for name, stored in _stored().get("ablated", {}).items()}


@cache
def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((resources() / "head.json").read_text(encoding="utf-8"))
    return stored


def _head(stored: Mapping[str, Any]) -> Head:
    return Head(float(stored["bias"]), {k: float(v) for k, v in stored["weights"].items()})
