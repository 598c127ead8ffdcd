"""Merges episodes that tell the same: the older goes behind the newer, which counts for both from then on.

Two tell the same if they say it in the same words, and the days that both speak of are the same ("tomorrow",
told in May and in June, are two days). That is strict, since one more word turns a sentence round ("every
day", "every other day"; "I like coffee", "I like coffee no more"), and nobody is asked at night. Capture
(capture/writing.py) sees to it for what comes one by one; imports, and what was told while there was no
embedder, are left for the night.

Never merged are episodes of two projects or two imports, a confirmed one with one that isn't, one that is
held back, one that the user pinned or edited (it may take in others), and those that take the place of
others, have another in theirs, or may: there "the same" was true once, and is again (linking.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nowprint.language.dates import days_spoken
from nowprint.language.sentences import ends_asking
from nowprint.memory.capture.writing import DUPLICATE_COSINE
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.sleep.nights import Change, Nights
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.doubts import Doubts
from nowprint.memory.storage.episodes import Episodes
from nowprint.records import Episode

NEAREST = 20
"""How many of the nearest episodes are compared."""

_COUNTS = ("reinforced", "recalled", "measured", "influential")
_VALUES = ("salience", "kind", "updated", "last_recalled", "influence")
_AROUND = " .,;:!?\"'()«»“”‘’„…。，、！？；：（）「」"
"""What may stand around a word without changing it."""


class Merging:
    """Thread-safe."""

    def __init__(
        self,
        database: Database,
        episodes: Episodes,
        vectors: Vectors,
        index_sync: IndexSync,
        nights: Nights,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self._index_sync = index_sync
        self._nights = nights
        self._doubts = Doubts(database)
        self._clock = clock

    def merge(self, id: int) -> None:
        """Merge an episode with those that tell the same. It may itself go behind a newer one."""
        index = self._index_sync.opened()
        with self._database.lock:
            _, vectors = self._embeddings.vectors([id])
            if not len(vectors):
                return
            found = index.search(vectors[0], NEAREST)
            close = [other for other, cosine in found if cosine >= DUPLICATE_COSINE]
            there = self._episodes.many(self._episodes.active({id, *close}))
            one = there.pop(id, None)
            for other in sorted(there.values(), key=_told, reverse=True):
                if one is None:  # it went behind the newest
                    return
                older, newer = sorted((one, other), key=_told)
                if self._same(older, newer):
                    self._put_behind(older, newer)
                    index.remove([older.id])
                    one = None if older is one else self._episodes.get(id)

    def _same(self, older: Episode, newer: Episode) -> bool:
        return (
            tells_the_same(older.text, newer.text)
            and _belonging(older) == _belonging(newer)
            and not (older.pinned or older.edited)
            and not any(one.replaces or one.replaced_by for one in (older, newer))
            and not any(self._doubts.asked(one.id) for one in (older, newer))
            and days_spoken(older.text, older.created) == days_spoken(newer.text, newer.created)
            and not self._doubts.settled(newer.id, older.id)
        )

    def _put_behind(self, older: Episode, newer: Episode) -> None:
        """``older`` goes behind ``newer``, and its sources, its links and what was measured become the newer
        one's. What the newer one had before is noted for the way back."""
        with self._database.writing() as connection:
            detail = self._strengthen(newer.id, older.id)
            connection.execute(
                "INSERT OR IGNORE INTO made_from VALUES (?, ?)", [newer.id, older.id]
            )
            connection.execute("UPDATE episode SET merged = 1 WHERE id = ?", [older.id])
            now = self._clock()
            self._episodes.note(now, "merged", [older.id], f"into episode {newer.id}")
            self._episodes.note(now, "merged", [newer.id], f"from episode {older.id}")
            self._nights.note("merged", newer.id, older.id, detail)
            self._database.bump_generation()

    def _strengthen(self, newer: int, older: int | None) -> dict[str, Any]:
        """Count what is known of ``older`` for ``newer``. Returns the newer one's row before and after that,
        and the position and the message of each source that it got."""
        with self._database.writing() as connection:
            before = self._row(newer)
            connection.execute(_STRENGTHEN, {"newer": newer, "older": older})
            rows = connection.execute(_ADD_SOURCES, {"newer": newer, "older": older})
            sources = [tuple(row) for row in rows]
            return {"before": before, "after": self._row(newer), "sources": sources}

    def _row(self, id: int) -> dict[str, Any]:
        with self._database.reading() as connection:
            columns = ", ".join(_COUNTS + _VALUES)
            row = connection.execute(f"SELECT {columns} FROM episode WHERE id = ?", [id]).fetchone()
        return dict(row)

    def undo(self, change: Change) -> bool:
        """Part the two again, in the caller's transaction. They won't be merged again. False if one of them
        was changed since."""
        newer, older, at = change.episode, change.other, change.detail["at"]
        if older is None or self._nights.changed_since(newer, at):
            return False
        with self._database.writing() as connection:
            parted = connection.execute(
                "DELETE FROM made_from WHERE child = ? AND parent = ?", [newer, older]
            )
            if not parted.rowcount:
                return False
            connection.execute(
                """UPDATE episode SET merged = 0 WHERE id = ?1
                AND NOT EXISTS (SELECT 1 FROM made_from WHERE parent = ?1)""",
                [older],
            )
            connection.executemany(
                "DELETE FROM episode_source WHERE episode_id = ? AND position = ? AND message_id = ?",
                [(newer, *place) for place in change.detail["sources"]],
            )
            self._give_back(change)
            self._doubts.settle(newer, older)
            self._episodes.note(self._clock(), "parted", [older, newer])
            self._database.bump_generation()
            self._index_sync.bring_in([older])
        return True

    def _give_back(self, change: Change) -> None:
        """Set the newer one's row as if the merge had never been: as it was before, and then what came later
        once more, other merges as well as what was counted and changed otherwise."""
        id, row, after = change.episode, change.detail["before"], change.detail["after"]
        now = self._row(id)
        for later in self._nights.merged_later(change):
            self._set_row(id, _changed_alike(row, after, later.detail["before"]))
            after = later.detail["after"]
            detail = self._strengthen(id, later.other)
            detail["sources"] += later.detail["sources"]
            self._nights.set_detail(later.id, {**later.detail, **detail})
            row = detail["after"]
        self._set_row(id, _changed_alike(row, after, now))

    def _set_row(self, id: int, row: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            connection.execute(
                f"UPDATE episode SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ?",
                [*row.values(), id],
            )


def _changed_alike(
    row: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """``row``, changed as ``before`` was changed to ``after``: counts by the difference, a value only if it
    has changed."""
    counts = {name: row[name] + after[name] - before[name] for name in _COUNTS}
    values = {name: row[name] if after[name] == before[name] else after[name] for name in _VALUES}
    return counts | values


_STRENGTHEN = """UPDATE episode SET
    reinforced = episode.reinforced + o.reinforced + 1,
    salience = max(episode.salience, o.salience),
    kind = iif(o.kind = 'remembered', o.kind, episode.kind),
    updated = max(episode.updated, o.updated),
    recalled = episode.recalled + o.recalled,
    last_recalled = max(coalesce(episode.last_recalled, o.last_recalled),
        coalesce(o.last_recalled, episode.last_recalled)),
    influence = iif(episode.measured + o.measured = 0, 0.0,
        (episode.influence * episode.measured + o.influence * o.measured)
        / max(1, episode.measured + o.measured)),
    influential = episode.influential + o.influential,
    measured = episode.measured + o.measured
    FROM episode o WHERE episode.id = :newer AND o.id = :older"""
_ADD_SOURCES = """INSERT INTO episode_source
    SELECT :newer, (SELECT coalesce(max(position), -1) FROM episode_source WHERE episode_id = :newer)
        + row_number() OVER (ORDER BY position), message_id, start, "end"
    FROM episode_source s WHERE episode_id = :older AND NOT EXISTS
        (SELECT 1 FROM episode_source n WHERE n.episode_id = :newer AND n.message_id = s.message_id
        AND n.start = s.start AND n."end" = s."end")
    RETURNING position, message_id"""


def tells_the_same(one: str, other: str) -> bool:
    """Whether two texts say the same in the same words, and both tell it or both ask it."""
    return _words(one) == _words(other) and ends_asking(one) == ends_asking(other)


def _words(text: str) -> list[str]:
    """The words of a text; small and capital letters count in codes ("Blue42", "A-") alone."""
    words = [word.strip(_AROUND) for word in text.split()]
    return [word.casefold() if word.isalpha() else word for word in words if word]


def _told(episode: Episode) -> tuple[float, int]:
    return episode.created, episode.id


def _belonging(episode: Episode) -> tuple[int | None, int | None, bool]:
    return episode.project, episode.origin, episode.confirmed
