"""The episodic head: is this span worth keeping? A logistic model whose score is a sum of explained parts.

``python -m nowprint.bench.fitting.fit_head`` fits its starting weights (``resources/head.json``); what
the user does moves them a little (learning.py).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from nowprint.records import Contribution
from nowprint.salience.features import MEANING
from nowprint.settings import resources


@dataclass(frozen=True, slots=True)
class Head:
    """The weights by feature; ``worth`` and ``not_worth`` count the spans that the user labelled so.
    ``without`` is the head for a span whose meaning nothing read, if that is another one."""

    bias: float
    weights: Mapping[str, float]
    worth: int = 0
    not_worth: int = 0
    without: Head | None = None

    def of(self, values: Mapping[str, float]) -> Head:
        """The head that judges a span with these features."""
        return self if self.without is None or MEANING in values else self.without

    def score(self, values: Mapping[str, float]) -> tuple[float, tuple[Contribution, ...]]:
        """The salience, 0..1, and the contributions; their sum plus the bias is the salience's logit."""
        if (other := self.of(values)) is not self:
            return other.score(values)
        contributions = tuple(
            Contribution(name, value, self.weights[name] * value)
            for name, value in values.items()
            if value and name in self.weights
        )
        logit = self.bias + sum(c.contribution for c in contributions)
        return 1 / (1 + math.exp(-logit)), contributions


@cache
def starting_head() -> Head:
    """The head as it was fitted, before it learned anything from the user."""
    return replace(_head(_stored()), without=ablated_heads()["without meaning"])


@cache
def ablated_heads() -> dict[str, Head]:
    """Heads that were fitted without some of the features, by the name of what is missing; for ``bench
    capture``, and for spans whose meaning nothing read."""
    return {name: _head(stored) for name, stored in _stored().get("ablated", {}).items()}


@cache
def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((resources() / "head.json").read_text(encoding="utf-8"))
    return stored


def _head(stored: Mapping[str, Any]) -> Head:
    return Head(float(stored["bias"]), {k: float(v) for k, v in stored["weights"].items()})
