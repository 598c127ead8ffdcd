"""The episodic head learns on the device from what the user does. Pinning an episode or asking for one
means "worth keeping"; forgetting it or saying "not worth keeping" means the opposite.

This is online logistic regression on the features that were stored with the episodes, with one step
for each action: forgetting hundreds of episodes at once is one opinion, not hundreds. Learning is
bounded: no weight moves further than ``RANGE`` from its starting value, so that many labels of one kind
can't teach the head to keep everything, or nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nowprint.records import HeadState, HeadWeight
from nowprint.salience.head import Head, starting_head

RATE = 0.3
RANGE = 1.5
BIAS = "bias"
"""The name of the bias in the inspector."""


def learned(
    head: Head, spans: Sequence[Mapping[str, float]], *, worth: bool, weight: float = 1.0
) -> Head:
    """The head after one step, with one label for all these spans.

    ``spans``, at least one, are values by feature, as in ``Why.contributions``; the step is made for
    their mean. ``weight`` (0..1) is less than 1 for a label that is only a hint.
    """
    start = starting_head()
    sums = {name: sum(values.get(name, 0.0) for values in spans) for name in start.weights}
    known = {name: total / len(spans) for name, total in sums.items() if total}
    error = float(worth) - head.score(known)[0]
    step = weight * RATE * error / (1 + sum(value * value for value in known.values()))
    weights = {
        name: _near(start.weights[name], weight + step * known.get(name, 0.0))
        for name, weight in head.weights.items()
    }
    return _with_other(
        replace(
            head,
            bias=_near(start.bias, head.bias + step),
            weights=weights,
            worth=head.worth + worth * len(spans),
            not_worth=head.not_worth + (not worth) * len(spans),
        )
    )


def state_of(head: Head) -> HeadState:
    """For the inspector: the starting value and the present value of every weight."""
    start = starting_head()
    weights = [HeadWeight(BIAS, start.bias, head.bias)]
    weights += [HeadWeight(name, start.weights[name], head.weights[name]) for name in start.weights]
    return HeadState(tuple(weights), head.worth, head.not_worth)


def dump(head: Head) -> bytes:
    """The bytes that the store keeps (JSON): the differences from the starting weights, so that what was
    learned survives new starting weights."""
    start = starting_head()
    moved = {name: head.weights[name] - weight for name, weight in start.weights.items()}
    state = {
        "bias": head.bias - start.bias,
        "weights": {name: change for name, change in moved.items() if change},
        "worth": head.worth,
        "not_worth": head.not_worth,
    }
    return json.dumps(state).encode()


def load(stored: bytes | None) -> Head:
    """Reads ``dump``'s bytes; the starting head if there are none or they are damaged."""
    start = starting_head()
    try:
        state = json.loads(stored or b"")
        changes = {str(name): float(change) for name, change in state["weights"].items()}
        bias, worth, not_worth = float(state["bias"]), int(state["worth"]), int(state["not_worth"])
        if not all(map(math.isfinite, (bias, *changes.values()))):
            raise ValueError("damaged")
    except (ValueError, KeyError, TypeError, AttributeError):
        return start
    weights = {
        name: _near(weight, weight + changes.get(name, 0.0))
        for name, weight in start.weights.items()
    }
    return _with_other(Head(_near(start.bias, start.bias + bias), weights, worth, not_worth))


def _with_other(head: Head) -> Head:
    """The head, and what it learned also in the one for spans whose meaning nothing read."""
    start = starting_head()
    other = start.without
    if other is None:
        return head
    weights = {
        name: weight + (head.weights.get(name, 0.0) - start.weights.get(name, 0.0))
        for name, weight in other.weights.items()
    }
    return replace(head, without=Head(other.bias + (head.bias - start.bias), weights))


def _near(start: float, value: float) -> float:
    return min(max(value, start - RANGE), start + RANGE)
