"""Finds all that was told of a matter or in a time, for an overview in order of time.

Of a matter an episode tells that holds all its words of weight, by their stems; and what recall brings back
for it, which knows other words and other languages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nowprint.inspection import EpisodeFilter
from nowprint.language.dates import Period
from nowprint.language.words import content_words
from nowprint.memory.browse.query import EpisodeQuery
from nowprint.memory.storage.episodes import Episodes, scope_of
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

    def __init__(self, episodes: Episodes, query: EpisodeQuery, recall: Recall) -> None:
        self._episodes = episodes
        self._query = query
        self._recall = recall

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
        ids = self._of_matter(about, project, alone) if about else set(self._query.ids())
        there = self._episodes.many(self._episodes.live(ids, scope)).values()
        found = sorted(there, key=lambda one: (one.created, one.id))
        within = [
            one
            for one in found
            if not periods or any(start <= one.created < end for start, end in periods)
        ]
        shown = within or (found if about else [])
        return Past(tuple(shown[-MOST:]), len(shown), at_other_times=bool(shown and not within))

    def _of_matter(self, about: str, project: int | None, alone: bool) -> set[int]:
        words = " ".join(content_words(about))
        found = set(self._query.ids(EpisodeFilter(words))) if words else set()
        recalled = self._recall(about, limit=_RECALLED, project=project, alone=alone, least=_SURE)
        return found | {one.episode.id for one in recalled}
