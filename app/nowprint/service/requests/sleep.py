"""Requests about what the memory does with itself when nothing else happens."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.service.request import Request
from nowprint.sleep_records import NightReport, SleepState


@dataclass(frozen=True, slots=True)
class GetSleepState(Request[SleepState]):
    """The nights of the last week, and how full the memory is."""


@dataclass(frozen=True, slots=True)
class GetNight(Request[NightReport]):
    """All that a night changed."""

    night: int


@dataclass(frozen=True, slots=True)
class UndoNightChanges(Request[NightReport]):
    """Take back changes of a night; those that can't be (an episode was forgotten or changed since) stay.
    Reply with the night as it is now."""

    night: int
    changes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SleepNow(Request[None]):
    """Do that work as soon as nothing else is to be done, also without power. Only for this once."""


@dataclass(frozen=True, slots=True)
class ArchiveEpisodes(Request[int]):
    """Archive episodes: they are no longer recalled, and still found by a search. With ``archived`` False
    bring them back. Reply with how many changed."""

    ids: tuple[int, ...]
    archived: bool = True
