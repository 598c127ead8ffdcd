"""Finds all that was told of a matter or in a time, for an overview in order of time.

Of a matter an episode tells that holds all its words of weight, or others with the same stems, also if it is
archived; and what recall brings back for it, which knows other words and other languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nowprint.language.dates import Period, overlap, periods_of
from nowprint.language.words import content_words
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Episodes, Scope, id_array, scope_of, within
from nowprint.memory.storage.spoken_days import SHARE, DaysSpoken
from nowprint.records import Episode, Recollection

Recall = Callable[..., Sequence[Recollection]]
"""``Retrieval.recall``."""

MOST = 30
"""The most episodes of an overview: the last ones."""
_RECALLED = 8
_SURE = 0.3
"""The probability of helping from which on recall's finds belong to the matter."""


@dataclass(frozen=True, slots=True)
class Past:
    """The last ``MOST`` of ``total`` episodes, the oldest first. ``at_other_times``: in the time that was
    asked for nothing was told of the matter, but at others."""

    episodes: tuple[Episode, ...]
    total: int
    at_other_times: bool = False


class PastSearch:
    """Finds episodes for overviews. Thread-safe."""

    def __init__(self, database: Database, episodes: Episodes, recall: Recall) -> None:
        self._database = database
        self._episodes = episodes
        self._recall = recall
        self._days_spoken = DaysSpoken(database)

    def find(
        self,
        about: str,
        periods: Sequence[Period],
        *,
        project: int | None = None,
        alone: bool = False,
    ) -> Past:
        """What was told ``about`` the user's words for a matter (empty: of anything), in any of the
        ``periods`` (none: at any time), in a conversation of ``project`` (as for ``recall``)."""
        scope = scope_of(project, alone=alone)
        if not about:
            return self._shown(self._told_in(periods, scope))
        found = self._told_in((), scope, self._of_matter(about, project, alone))
        if not periods:
            return self._shown(found)
        within = self._within(found, periods, scope)
        return self._shown(within or found, at_other_times=bool(found and not within))

    def _told_in(
        self, periods: Sequence[Period], scope: Scope, among: Iterable[int] | None = None
    ) -> list[int]:
        """The ids of the episodes that may be listed in ``scope`` and were told in a period (none:
        at any time), the oldest first; only those ``among`` some ids, if these are given."""
        times = " OR ".join("e.created >= ? AND e.created < ?" for _ in periods) or "TRUE"
        these = "TRUE" if among is None else f"e.id {THESE}"
        parameters: list[object] = [] if among is None else [id_array(among)]
        parameters += [at for period in periods for at in period]
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT e.id FROM live e WHERE {these} AND ({times}) AND {within(scope)}
                ORDER BY e.created, e.id""",
                parameters,
            )
            return [row[0] for row in rows]

    def _shown(self, found: Sequence[int], *, at_other_times: bool = False) -> Past:
        there = self._episodes.many(found[-MOST:])
        episodes = tuple(there[id] for id in found[-MOST:] if id in there)
        return Past(episodes, len(found), at_other_times)

    def _of_matter(self, about: str, project: int | None, alone: bool) -> set[int]:
        words = content_words(about)
        found = {
            id
            for archived in (False, True)
            for id in self._episodes.holding(*words, archived=archived).tolist()
        }
        recalled = self._recall(about, limit=_RECALLED, project=project, alone=alone, least=_SURE)
        return found | {one.episode.id for one in recalled}

    def _within(
        self, found: Sequence[int], periods: Sequence[Period], scope: Scope
    ) -> Sequence[int]:
        """Those of the episodes that were told in one of the periods, or speak of its days."""
        told = set(self._told_in(periods, scope, found))
        spoken = self._days_spoken.of(found)

        def speaks(id: int) -> bool:
            return overlap(periods_of(spoken.get(id, ())), periods) >= SHARE

        return [id for id in found if id in told or speaks(id)]
