"""Requests about episodes of which it is unclear whether one changes the other."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.inspection import Doubt, Holds
from nowprint.records import Episode
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class GetDoubts(Request[tuple[Doubt, ...]]):
    """The pairs with this episode of which the user is to say which holds, the likeliest change first."""

    id: int


@dataclass(frozen=True, slots=True)
class SettleDoubt(Request[tuple[Episode, ...]]):
    """One of two episodes takes the other's place, or both hold; nobody asks again. Reply with the newer and
    the older one, as they are now."""

    newer: int
    older: int
    holds: Holds
