"""Lives as people tell them to an assistant, message by message: what some benches and fits read.

Each line of such a file is one person's life: ``told``, messages in order of time, each with the number of
the earlier one that it ``changes``, if it does; ``asks``, questions with the numbers of the messages that
each ``needs``; and ``misses``, questions that nothing told answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Life:
    """``changed``, per message: the earlier one that it changes, or None. ``asks``: a question and the
    messages that it needs."""

    language: str
    told: tuple[str, ...]
    changed: tuple[int | None, ...]
    asks: tuple[tuple[str, tuple[int, ...]], ...]
    misses: tuple[str, ...]

    def matter(self, number: int) -> set[int]:
        """The message with this number and all that it changes or is changed by, also indirectly."""
        found = {number}
        for newer, older in enumerate(self.changed):  # an older one comes before a newer one
            if older in found:
                found.add(newer)
        while (older := self.changed[min(found)]) is not None:
            found |= self.matter(older)
        return found


def read_lives(rows: Sequence[dict[str, Any]]) -> list[Life]:
    """Raises KeyError, TypeError, ValueError or IndexError if they have another form."""
    return [_life(row) for row in rows]


def _life(row: dict[str, Any]) -> Life:
    told = tuple(str(one["text"]) for one in row["told"])
    changed = tuple(one.get("changes") for one in row["told"])
    for newer, older in enumerate(changed):
        if older is not None and not 0 <= older < newer:
            raise ValueError(older)
    asks = tuple((str(one["question"]), tuple(one["needs"])) for one in row["asks"])
    for _, needs in asks:
        if not needs or not all(0 <= number < len(told) for number in needs):
            raise IndexError(needs)
    return Life(str(row["language"]), told, changed, asks, tuple(map(str, row["misses"])))
