"""Where it is unclear which of two tellings holds: what the user is asked, and what follows."""

from __future__ import annotations

import time
from collections.abc import Callable

from nowprint.errors import UserError
from nowprint.inspection import Doubt, Holds
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.doubts import Doubts
from nowprint.memory.storage.episodes import Episodes
from nowprint.records import Episode


class Settling:
    """Reads and settles doubts. Thread-safe."""

    def __init__(
        self, database: Database, episodes: Episodes, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._doubts = Doubts(database)
        self._clock = clock

    def doubts(self, id: int) -> tuple[Doubt, ...]:
        """The pairs with this episode of which the user is to say which holds, the likeliest change first."""
        with self._database.lock:
            found = self._doubts.asked(id)
            there = self._episodes.many(id for row in found for id in (row.newer, row.older))
            return tuple(Doubt(there[row.newer], there[row.older]) for row in found)

    def settle(self, newer: int, older: int, holds: Holds) -> tuple[Episode, ...]:
        """Let one of the two take the other's place, or both hold. Returns both, as they are now. UserError
        if one of them was replaced meanwhile."""
        with self._database.lock:
            pair = [self._episodes.get(newer), self._episodes.get(older)]
            if any(episode.replaced_by for episode in pair):
                raise UserError("One of them has changed since: look at the newest one instead.")
            with self._database.writing():
                self._doubts.settle(newer, older)
                if holds != "both":
                    top, under = pair if holds == "newer" else reversed(pair)
                    self._put_above(top, under)
            return tuple(self._episodes.get(episode.id) for episode in pair)

    def _put_above(self, top: Episode, under: Episode) -> None:
        """Let ``top`` replace ``under``; what it replaced so far comes to stand below ``under``'s oldest."""
        oldest, seen = under, {top.id, under.id}
        while (
            oldest.replaces is not None and oldest.replaces not in seen
        ):  # an old profile may hold a ring
            oldest = self._episodes.get(oldest.replaces)
            seen.add(oldest.id)
        if top.replaces is not None:
            self._episodes.replace(oldest.id, top.replaces)
        self._episodes.replace(top.id, under.id)
        self._episodes.note(self._clock(), "changed", [under.id], f"by episode {top.id}")
