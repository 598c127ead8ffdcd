"""Frozen values of what the memory does with itself when nothing else happens (``memory/sleep``).

A *night* is one such stretch of work, at any time of the day. Its *changes* can be taken back for a week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nowprint.records import Episode

NightKind = Literal["merged", "changed", "archived", "not found"]
"""``merged``: the older of two that tell the same went behind the newer. ``changed``: the newer says what the
older was, and took its place. ``archived``: it is no longer recalled, and still found by a search.
``not found``: a question made of its own words doesn't find it; nothing was done, the user may say it in
other words."""
ArchiveReason = Literal["replaced", "over", "faded"]
"""Why an episode was archived: a newer one took its place, what it tells of is over, or little speaks for its
being needed again."""

TIDYING = "Tidying the memory"
"""The task whose progress is announced while the user waits for that work; its end is, too."""
UNDO_DAYS = 7.0
"""For how long a night's changes can be taken back; then what was noted of them is deleted."""


@dataclass(frozen=True, slots=True)
class NightChange:
    """One change that a night made. ``other`` is the older episode that was merged or replaced; None if the
    kind has none. ``retrievability`` (0..1) and ``reason`` belong to an archived one. ``undone``: the user
    took it back."""

    id: int
    kind: NightKind
    episode: Episode
    other: Episode | None = None
    retrievability: float = 1.0
    reason: ArchiveReason | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Night:
    """A night in numbers: when it began and ended, how many episodes it looked at, how many it asked for
    (``replayed``), how many of these recall ``found``, and of how many changes of each kind it consists
    (those taken back included)."""

    id: int
    begun: float
    ended: float
    looked_at: int
    replayed: int
    found: int
    changes: tuple[tuple[NightKind, int], ...]


@dataclass(frozen=True, slots=True)
class NightReport:
    """All that a night changed, the newest first, and until when it can be taken back."""

    night: Night
    changes: tuple[NightChange, ...]
    until: float


@dataclass(frozen=True, slots=True)
class SleepState:
    """The nights of the last week, the newest first, and how full the memory is. ``active`` episodes are
    recalled, ``archived`` ones only searched; ``waiting`` ones have not been looked at since they were
    told. ``held_up`` says why no work is being done now, in words for the user; empty if it goes on or is
    done."""

    nights: tuple[Night, ...]
    active: int
    archived: int
    waiting: int
    bytes: int
    held_up: str = ""
