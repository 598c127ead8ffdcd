"""Pairs of episodes of which it is unclear whether the newer changes the older: the table ``doubt``.

It is only a probability until the user says which holds. What the user said is kept, so that nobody asks
again. A row goes with either of its episodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, id_array

ASKED = 0.3
"""From this probability on the user is asked which holds."""


class DoubtRow(NamedTuple):
    newer: int
    older: int
    probability: float


class Doubts:
    """Reads and writes the table. The caller of a writing method holds the transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, newer: int, older: Mapping[int, float]) -> None:
        """``older`` maps each episode that ``newer`` may change to the probability of that."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO doubt (newer, older, probability) VALUES (?, ?, ?)",
                [(newer, id, round(p, 3)) for id, p in older.items()],
            )

    def asked(self, id: int) -> tuple[DoubtRow, ...]:
        """What the user is to be asked about this episode, the most probable change first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT newer, older, probability FROM doubt WHERE ? IN (newer, older)
                AND {OPEN} AND probability >= ? ORDER BY probability DESC, newer, older""",
                [id, ASKED],
            )
            return tuple(DoubtRow(*row) for row in rows)

    def settle(self, newer: int, older: int) -> None:
        """The user has said which of the two holds."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO doubt VALUES (?, ?, 1, 1)", [newer, older])

    def settled(self, newer: int, older: int) -> bool:
        """Whether the user has said that of the two."""
        sql = "SELECT 1 FROM doubt WHERE newer = ? AND older = ? AND settled"
        return self._database.value(sql, [newer, older]) is not None

    def newer_of(self, ids: Iterable[int]) -> dict[int, list[DoubtRow]]:
        """For each of ``ids`` that episodes may have changed, the doubts about these."""
        found: dict[int, list[DoubtRow]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT newer, older, probability FROM doubt WHERE older {THESE} AND {OPEN}",
                [id_array(ids)],
            )
            for row in map(DoubtRow._make, rows):
                found.setdefault(row.older, []).append(row)
        return found


OPEN = """NOT settled
    AND NOT EXISTS (SELECT 1 FROM episode e WHERE e.id IN (newer, older)
        AND (e.forgotten IS NOT NULL OR e.merged OR e.held_back != ''))
    AND NOT EXISTS (SELECT 1 FROM episode e WHERE e.replaces IN (newer, older)
        AND e.forgotten IS NULL AND e.held_back = '')"""
"""The condition for a doubt that still stands: both may be recalled, and nothing replaced either since."""
