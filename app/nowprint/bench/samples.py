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
