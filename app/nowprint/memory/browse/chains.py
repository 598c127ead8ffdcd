"""Reads the episodes connected with an episode, and the texts it had before the user edited it."""

from __future__ import annotations

from collections.abc import Callable

from nowprint.inspection import Chain, OldText
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes
from nowprint.records import Episode

AROUND = 5
"""How many episodes before and after it in its conversation."""
MOST_CHANGES = 100


class Chains:
    """Reads how episodes are connected."""

    def __init__(self, database: Database, episodes: Episodes) -> None:
        self._database = database
        self._episodes = episodes

    def chain(self, id: int) -> Chain:
        """The episodes connected with an episode, which may be one that was merged or split."""
        with self._database.lock:
            self._episodes.get(id)
            return Chain(
                before=self._follow(id, lambda at: self._episodes.neighbours([at])[at][0], AROUND),
                after=self._follow(id, lambda at: self._episodes.neighbours([at])[at][1], AROUND),
                older=self._follow(id, lambda at: self._episodes.get(at).replaces, MOST_CHANGES),
                newer=self._follow(id, lambda at: self._episodes.get(at).replaced_by, MOST_CHANGES),
                made_from=self._made(id, "SELECT parent FROM made_from WHERE child = ?"),
                made_into=self._made(id, "SELECT child FROM made_from WHERE parent = ?"),
            )

    def old_texts(self, id: int) -> tuple[OldText, ...]:
        """The texts before each edit, the newest first."""
        self._episodes.get(id)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT at, text FROM old_text WHERE episode_id = ? ORDER BY at DESC", [id]
            )
            return tuple(OldText(*row) for row in rows)

    def _follow(self, id: int, step: Callable[[int], int | None], most: int) -> tuple[Episode, ...]:
        """The episodes that ``step`` leads to, one after the other, ``most`` at most. An imported file may
        link episodes in a ring; the walk ends there."""
        found: dict[int, Episode] = {}
        at = step(id)
        while at is not None and at != id and at not in found and len(found) < most:
            found[at] = self._episodes.get(at)
            at = step(at)
        return tuple(found.values())

    def _made(self, id: int, sql: str) -> tuple[Episode, ...]:
        with self._database.reading() as connection:
            ids = [row[0] for row in connection.execute(sql, [id])]
        there = self._episodes.many(ids)
        return tuple(there[other] for other in sorted(there))
