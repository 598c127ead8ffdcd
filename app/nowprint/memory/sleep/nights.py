"""What is stored of the nights: the tables ``night``, ``night_change`` and ``slept``.

A night's row is there from the first episode that it looked at, and is never open: ``ended`` is the time of
its last step, so that a kill leaves a true row. A change tells in ``detail``, as JSON, what the way back
needs, and never holds content. Rows go with their episodes; a report leaves a forgotten episode out at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from nowprint.errors import NotFound
from nowprint.language.dates import DAY
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.sleep_records import UNDO_DAYS, Night, NightChange, NightKind, NightReport

CONTINUES = 6 * 3600.0
"""Work that goes on within so many seconds belongs to the same night."""
AGAIN = 30 * DAY
"""After how many seconds an episode is looked at again."""
PIECE = 2048
"""How many rows are read under one hold of the database's lock."""

_MAY_BE_LOOKED_AT = (
    "e.forgotten IS NULL AND NOT e.merged AND e.held_back = '' AND e.archived IS NULL"
)
_THERE = """NOT EXISTS (SELECT 1 FROM episode e WHERE e.id IN (c.episode, c.other)
    AND e.forgotten IS NOT NULL)"""
"""The condition that no episode of a change ``c`` is forgotten."""


class Change(NamedTuple):
    """A row of ``night_change``."""

    id: int
    kind: NightKind
    episode: int
    other: int | None
    detail: Mapping[str, Any]


class Nights:
    """Reads and writes the tables. Thread-safe."""

    def __init__(self, database: Database, episodes: Episodes, clock: Callable[[], float]) -> None:
        self._database = database
        self._episodes = episodes
        self._clock = clock

    # --- what is to be looked at -----------------------------------------------------------

    def waiting(
        self, after: int, *, unlinked: bool = False
    ) -> tuple[list[int], list[tuple[float, int]], int]:
        """Of the next ``PIECE`` episodes after the id ``after``: the ids of the new ones, (time, id) of those
        that were last looked at long ago, and the last id that was read, ``after`` if there are no more.
        ``unlinked``: those that are to be linked again count as looked at long ago."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT e.id, s.at, s.unlinked AND ?, {_MAY_BE_LOOKED_AT} FROM episode e
                LEFT JOIN slept s ON s.episode = e.id WHERE e.id > ? ORDER BY e.id LIMIT ?""",
                [unlinked, after, PIECE],
            ).fetchall()
        due = self._clock() - AGAIN
        new = [id for id, at, _, may in rows if may and at is None]
        old = [(at, id) for id, at, again, may in rows if may and at and (at < due or again)]
        return new, old, rows[-1][0] if rows else after

    def may_be_looked_at(self, id: int) -> bool:
        return bool(
            self._database.value(
                f"SELECT 1 FROM episode e WHERE e.id = ? AND {_MAY_BE_LOOKED_AT}", [id]
            )
        )

    def found_before(self, id: int) -> bool | None:
        """Whether the replay found the episode the last time; None if it wasn't asked for yet."""
        found = self._database.value("SELECT found FROM slept WHERE episode = ?", [id])
        return None if found is None else bool(found)

    def linked(self, id: int) -> bool | None:
        """Whether the episode was compared with others by the encoder; None if it wasn't looked at yet."""
        unlinked = self._database.value("SELECT unlinked FROM slept WHERE episode = ?", [id])
        return None if unlinked is None else not unlinked

    def any_unlinked(self) -> bool:
        return self._database.value("SELECT 1 FROM slept WHERE unlinked LIMIT 1") is not None

    def count_waiting(self, active: int) -> int:
        """How many of the ``active`` episodes have never been looked at. Only indexes are read, so that a
        million are counted quickly."""
        seen = self._database.value(
            """SELECT (SELECT count(*) FROM slept) - (SELECT count(*) FROM slept WHERE episode IN (
                SELECT id FROM episode WHERE forgotten IS NOT NULL
                UNION SELECT id FROM episode WHERE merged
                UNION SELECT id FROM episode WHERE held_back != ''
                UNION SELECT id FROM episode WHERE archived IS NOT NULL))"""
        )
        return active - int(seen)

    # --- writing ---------------------------------------------------------------------------

    def night(self) -> int:
        """The night that goes on now, or a new one. The caller holds the transaction."""
        now = self._clock()
        with self._database.writing() as connection:
            id = self._database.value(
                "SELECT id FROM night WHERE ended > ? ORDER BY id DESC LIMIT 1", [now - CONTINUES]
            )
            if id is None:
                made = connection.execute(
                    "INSERT INTO night (begun, ended) VALUES (?, ?)", [now, now]
                )
                id = made.lastrowid
            return int(id or 0)

    def note(
        self,
        kind: NightKind,
        episode: int,
        other: int | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Note a change in the transaction that makes it. ``detail`` must not hold text of an episode."""
        now = self._clock()
        told = _as_json({"at": now, **(detail or {})})
        with self._database.writing() as connection:
            night = self.night()
            connection.execute("UPDATE night SET ended = ? WHERE id = ?", [now, night])
            connection.execute(
                """INSERT INTO night_change (night, kind, episode, other, detail)
                VALUES (?, ?, ?, ?, ?)""",
                [night, kind, episode, other, told],
            )

    def looked_at(self, id: int, found: bool | None, *, linked: bool) -> None:
        """``found``: whether the replay found the episode; None if it wasn't asked for. ``linked``: False if
        it is to be linked again, once the encoder is there."""
        now = self._clock()
        with self._database.writing() as connection:
            made = connection.execute(
                """INSERT INTO slept SELECT id, ?, ?, ? FROM episode WHERE id = ?
                ON CONFLICT (episode) DO UPDATE
                SET at = excluded.at, found = excluded.found, unlinked = excluded.unlinked""",
                [now, found, not linked, id],
            )
            if made.rowcount:
                connection.execute(
                    """UPDATE night SET ended = ?, looked_at = looked_at + 1, replayed = replayed + ?,
                    found = found + ? WHERE id = ?""",
                    [now, found is not None, bool(found), self.night()],
                )

    def drop_old(self) -> None:
        """Delete what was noted of nights whose changes can't be taken back any more."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM night WHERE ended < ?", [self._clock() - UNDO_DAYS * DAY]
            )

    # --- taking back -----------------------------------------------------------------------

    def to_undo(self, night: int, changes: Iterable[int]) -> tuple[Change, ...]:
        """Those of the changes of a night that can still be taken back, the newest first: a later one may
        stand on an earlier one."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT c.id, c.kind, c.episode, c.other, c.detail
                FROM night_change c JOIN night n ON n.id = c.night
                WHERE c.night = ? AND c.id {THESE} AND NOT c.undone AND n.ended >= ? AND {_THERE}
                ORDER BY c.id DESC""",
                [night, id_array(changes), self._clock() - UNDO_DAYS * DAY],
            ).fetchall()
        return tuple(map(_change, rows))

    def merged_later(self, change: Change) -> tuple[Change, ...]:
        """The merges into the same episode that came after this one and aren't taken back, in their order."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id, kind, episode, other, detail FROM night_change
                WHERE episode = ? AND kind = 'merged' AND id > ? AND NOT undone ORDER BY id""",
                [change.episode, change.id],
            ).fetchall()
        return tuple(map(_change, rows))

    def set_detail(self, change: int, detail: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE night_change SET detail = ? WHERE id = ?", [_as_json(detail), change]
            )

    def undone(self, change: int) -> None:
        with self._database.writing() as connection:
            connection.execute("UPDATE night_change SET undone = 1 WHERE id = ?", [change])

    def changed_since(self, id: int, at: float) -> bool:
        """Whether the user edited or pinned an episode, or it went behind another one, after ``at``."""
        return (
            self._database.value(
                """SELECT 1 FROM episode e WHERE id = ? AND (merged OR pinned > ? OR EXISTS
                (SELECT 1 FROM old_text t WHERE t.episode_id = e.id AND t.at > ?))""",
                [id, at, at],
            )
            is not None
        )

    # --- reports ---------------------------------------------------------------------------

    def nights(self) -> tuple[Night, ...]:
        """The nights whose changes can be taken back, the newest first."""
        return self._nights("ended >= ?", self._clock() - UNDO_DAYS * DAY)

    def report(self, id: int) -> NightReport:
        """NotFound if there is no such night any more."""
        with self._database.reading() as connection:
            found = self._nights("id = ?", id)
            if not found:
                raise NotFound(f"There is no night {id}: what was noted of it is kept for a week.")
            rows = connection.execute(
                f"""SELECT c.id, c.kind, c.episode, c.other, c.detail, c.undone
                FROM night_change c WHERE c.night = ? AND {_THERE} ORDER BY c.id DESC""",
                [id],
            ).fetchall()
            there = self._episodes.many(id for row in rows for id in row[2:4] if id is not None)
        changes = []
        for change, kind, episode, other, told, undone in rows:
            detail = json.loads(told)
            changes.append(
                NightChange(
                    change,
                    kind,
                    there[episode],
                    None if other is None else there[other],
                    retrievability=detail.get("retrievability", 1.0),
                    reason=detail.get("reason"),
                    undone=bool(undone),
                )
            )
        return NightReport(found[0], tuple(changes), found[0].ended + UNDO_DAYS * DAY)

    def _nights(self, condition: str, *parameters: float) -> tuple[Night, ...]:
        with self._database.reading() as connection:
            nights = connection.execute(
                f"SELECT * FROM night WHERE {condition} ORDER BY id DESC", parameters
            ).fetchall()
            counts: dict[int, list[tuple[NightKind, int]]] = {}
            for night, kind, count in connection.execute(
                f"""SELECT c.night, c.kind, count(*) FROM night_change c WHERE c.night {THESE}
                AND {_THERE} GROUP BY c.night, c.kind ORDER BY c.kind""",
                [id_array(row["id"] for row in nights)],
            ):
                counts.setdefault(night, []).append((kind, count))
        return tuple(Night(**dict(row), changes=tuple(counts.get(row["id"], ()))) for row in nights)


def _as_json(detail: Mapping[str, Any]) -> str:
    return json.dumps(detail, separators=(",", ":"))


def _change(row: sqlite3.Row) -> Change:
    id, kind, episode, other, told = row
    return Change(id, kind, episode, other, json.loads(told))
