"""Even samples and means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def even(every: Sequence[T], count: int) -> list[T]:
    """``count`` items at equal distances, in their order; all if there are fewer, or if ``count`` is 0."""
    count = min(count or len(every), len(every))
    return [every[i * len(every) // count] for i in range(count)]


def mean(values: Iterable[float]) -> float:
    """The mean; 0 for no values."""
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0


def trade_off(
    answerable: Sequence[float], unanswerable: Sequence[float], floors: Sequence[float]
) -> list[dict[str, float]]:
    """For each floor the share of answerable messages that find their episode ("found"), and of unanswerable
    ones that recall something ("false_recall").

    ``answerable`` has for each message the evidence of the right episode, or -inf if it wasn't ranked high
    enough; ``unanswerable`` has for each the best evidence of any episode.
    """

    def share(evidence: Sequence[float], least: float) -> float:
        return sum(one >= least for one in evidence) / max(1, len(evidence))

    return [
        {
            "floor": least,
            "found": share(answerable, least),
            "false_recall": share(unanswerable, least),
        }
        for least in floors
    ]
