"""The archive: what is no longer recalled, and still found by the user's searches.

An archived episode keeps everything: text, sources, signatures, embedding, links. It leaves the index, and
its words move from the full-text index that recall reads to another, so that recall costs what the active
episodes cost. It comes back when the user says it again, edits or pins it, or asks for it.

**What leaves first** (``Archive.due``). A pinned episode never leaves, nor one that the user brought back
within the last month. Of the others the first to leave are
those that a newer one replaced, then what was said to last until a time that is over, then the rest, and last
of all what the user asked to have remembered; in each of these groups by the least product of retrievability
(fading.py) and salience. How many leave, the user's settings say: by age all whose retrievability
is below a bound; by the budget as many as exceed it, no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from nowprint.language.dates import DAY
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.retrieval.fading import CONFIRMATIONS, LAST, retrievability, stability
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes
from nowprint.memory.storage.spoken_days import DaysSpoken
from nowprint.sleep_records import ArchiveReason

STAYS = 30 * DAY
"""For how many seconds an episode stays that the user brought back."""
BYTES_BESIDE = 600
"""What an episode takes besides its texts, signatures and embedding, in bytes: rows of its sources and its
history, entries of indexes, links in the index of meanings."""
MEGABYTE = 1_000_000
_NOTICEABLE = 0.02
"""By what share the number of active episodes must change before their bytes are measured again."""

_BYTES = f"""(2 * length(CAST(e.text AS BLOB)) + length(e.gist) + length(e.reasons) + {BYTES_BESIDE}
    + coalesce((SELECT length(m.data) FROM moment m WHERE m.episode_id = e.id), 0)
    + coalesce((SELECT length(v.data) FROM embedding v WHERE v.episode_id = e.id), 0)
    + coalesce((SELECT length(v.data) FROM encoding v WHERE v.episode_id = e.id), 0))"""
"""SQL: about how many bytes the episode ``e`` takes; its text twice, once for its words."""
_REPLACED, _OVER, _FADED, _REMEMBERED = range(4)
_REASONS: tuple[ArchiveReason, ...] = ("replaced", "over", "faded", "faded")
_UNPINNED = f"""SELECT e.id, {LAST}, e.influential, {CONFIRMATIONS}, e.salience,
    CASE WHEN EXISTS (SELECT 1 FROM live n WHERE n.replaces = e.id) THEN {_REPLACED}
        WHEN e.kind = 'remembered' THEN {_REMEMBERED} ELSE {_FADED} END,
    {_BYTES} FROM active e WHERE e.pinned IS NULL AND NOT EXISTS (SELECT 1 FROM audit a
        WHERE a.episode_id = e.id AND a.action = 'brought back' AND a.at > ?)"""


@dataclass(frozen=True, slots=True)
class Due:
    """An episode that is to be archived now, its retrievability (0..1), and why."""

    id: int
    retrievability: float
    reason: ArchiveReason


class Archive:
    """Archives episodes and brings them back. Thread-safe."""

    def __init__(
        self,
        database: Database,
        episodes: Episodes,
        index_sync: IndexSync,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._index_sync = index_sync
        self._clock = clock
        self._days_spoken = DaysSpoken(database)
        self._measured: tuple[int, int] | None = None
        """How many episodes were active when their bytes were measured, and how many bytes that were."""

    def archive(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Archive those of the episodes that are recalled and not pinned. Returns the ids that changed."""
        with self._database.lock:
            with self._database.writing():
                changed = self._episodes.archive(ids, self._clock())
            if self._index_sync.index is not None:
                self._index_sync.index.hide(changed)
        return changed

    def bring_back(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Let those of the episodes that are archived be recalled again. Returns the ids that changed."""
        with self._database.lock:
            with self._database.writing():
                changed = self._episodes.bring_back(ids, self._clock())
            self._index_sync.bring_in(changed)
        return changed

    def counts(self) -> tuple[int, int]:
        """How many episodes are active and how many are archived, those left out that aren't listed."""
        with self._database.lock:
            active = self._database.value("SELECT count(*) FROM active")
            return active, self._database.value("SELECT count(*) FROM live") - active

    def bytes(self) -> int:
        """About how many bytes the active episodes take. Measuring reads all of their rows, so it is done
        again only when their number has changed noticeably."""
        active = self.counts()[0]
        if self._measured is None or abs(active - self._measured[0]) > _NOTICEABLE * active:
            self._measured = active, self._measure()
        count, measured = self._measured
        return measured * active // max(1, count)

    def _measure(self) -> int:
        with self._database.as_it_stands() as connection:
            found = connection.execute(f"SELECT coalesce(sum({_BYTES}), 0) FROM active e")
            return int(found.fetchone()[0])

    def due(
        self, *, archive_below: float, most_episodes: int, most_megabytes: int, now: float
    ) -> list[Due]:
        """What is to be archived now, the first to leave first (the module says which). ``archive_below`` is
        the retrievability below which an episode is archived for its age, ``most_episodes`` and
        ``most_megabytes`` are the budget; 0 stands for no bound. ``now`` is in seconds since the epoch."""
        excess = self.counts()[0] - most_episodes if most_episodes else 0
        surplus = self._measure() - most_megabytes * MEGABYTE if most_megabytes else 0
        if archive_below <= 0.0 and excess <= 0 and surplus <= 0:
            return []
        with self._database.as_it_stands() as connection:
            rows = connection.execute(_UNPINNED, [now - STAYS]).fetchall()
        if not rows:
            return []
        numbers = np.array(rows, np.float64).T
        ids, last, influential, confirmations, salience, group, size = numbers
        left = retrievability((now - last) / DAY, stability(influential, confirmations))

        over = np.isin(ids, [*self._days_spoken.over(now)])
        group[over] = np.minimum(group[over], _OVER)
        order = np.lexsort((ids, left * salience, group))
        before = np.cumsum(size[order]) - size[order]
        leaving = (np.arange(order.size) < excess) | (before < surplus)
        leaving |= left[order] < archive_below
        return [
            Due(int(ids[row]), float(left[row]), _REASONS[int(group[row])])
            for row in order[leaving].tolist()
        ]
