"""The figures at the top of the inspector: how many episodes there are, come back, and matter."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from nowprint.inspection import Dashboard, Week
from nowprint.memory.browse.sizes import memory_bytes
from nowprint.memory.embedding.index import file_bytes
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.needs import Needs
from nowprint.records import APP, INFLUENTIAL_NATS

WEEKS = 12

_NOTICEABLE = 0.02
"""The share by which the size of the database must change before its parts are measured again."""


_FINISHED = f"""m.state IN ('complete', 'stopped') AND m.forgetting IS NULL AND m.import IS NULL
    AND m.model != '{APP}'"""
"""SQL: an answer that a model gave here; those of imported chats could lean on no memory."""


class DashboardFigures:
    """Counts the figures. Thread-safe."""

    def __init__(
        self,
        database: Database,
        index_path: Path | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._needs = Needs(database)
        self._index_path = index_path
        self._clock = clock
        self._share: tuple[int, float] | None = None
        self._told: tuple[tuple[int, datetime], Dashboard] | None = None

    def dashboard(self) -> Dashboard:
        """The figures now. As long as nothing changes they aren't counted again, since counting many answers
        takes long."""
        with self._database.lock:
            when = self._database.changes(), _monday(self._clock())
            if self._told is None or self._told[0] != when:
                self._told = when, self._counted()
            return self._told[1]

    def _counted(self) -> Dashboard:
        value = self._database.value
        with self._database.lock:
            recalling, measured, influenced = self._answers()
            return Dashboard(
                episodes=value("SELECT count(*) FROM live"),
                bytes=self._bytes(),
                recalled_never=value("SELECT count(*) FROM live WHERE recalled = 0"),
                held_back=value(
                    """SELECT count(*) FROM episode
                    WHERE held_back != '' AND forgotten IS NULL AND merged = 0"""
                ),
                weeks=self._weeks(),
                answers=value(
                    f"SELECT count(*) FROM message m WHERE m.role = 'assistant' AND {_FINISHED}"
                ),
                recalling=recalling,
                measured=measured,
                influenced=influenced,
                in_vain=self._needs.in_vain(),
                unneeded=self._needs.unneeded(),
            )

    def _answers(self) -> tuple[int, int, int]:
        """How many finished answers had episodes in their prompt, how many of those were measured, and how
        many of these leaned on an episode."""
        with self._database.reading() as connection:
            row = connection.execute(
                f"""SELECT count(*), count(most), coalesce(sum(most >= ?), 0) FROM
                (SELECT answer_id, max(influence) AS most FROM provenance GROUP BY answer_id)
                JOIN message m ON m.id = answer_id AND {_FINISHED}""",
                [INFLUENTIAL_NATS],
            ).fetchone()
            return row[0], row[1], row[2]

    def _weeks(self) -> tuple[Week, ...]:
        monday = _monday(self._clock())
        starts = [monday + timedelta(weeks=n) for n in range(1 - WEEKS, 2)]
        times = [start.timestamp() for start in starts]
        weeks = []
        for since, until in pairwise(times):
            kept = self._database.value(
                "SELECT count(*) FROM live WHERE created >= ? AND created < ?", [since, until]
            )
            recalled = self._database.value(
                "SELECT count(*) FROM audit WHERE action = 'recalled' AND at >= ? AND at < ?",
                [since, until],
            )
            weeks.append(Week(since, kept, recalled))
        return tuple(weeks)

    def _bytes(self) -> int:
        """The bytes that memory takes. Counting the pages of each table takes long in a large file, so the
        share of memory is measured again only when the size has changed noticeably."""
        size = self._database.bytes()
        index = file_bytes(self._index_path)
        if self._share is None or abs(size - self._share[0]) > _NOTICEABLE * self._share[0]:
            self._share = size, memory_bytes(self._database) / max(1, size)
        return int(size * self._share[1]) + index


def _monday(now: float) -> datetime:
    """0:00 local time of the last Monday. It has no time zone, so that adding a week gives 0:00 again."""
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday())
