"""Finds the episodes that a filter lets through, in a given order, with parametrised SQL statements.

For counting and paging SQLite walks the one covering index of the wanted order (migrations.py) and
fetches only the rows of the page. By itself SQLite would rather look up the rows that one condition lets
through and sort them, which takes ten times as long where they are many: a ``+`` before a column
forbids that. A count is kept until something in the database changes.

Episodes near in meaning come from the index, which holds no archived ones, and from those that were archived
last: the ``MOST_NEAR`` nearest whose cosine is at least ``NEAR``. If the rest of the filter leaves few
episodes, their stored vectors are compared one by one instead. That is exact, and also finds held back
episodes, which the index never holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from nowprint.errors import UserError
from nowprint.inspection import EpisodeFilter, FoundSort
from nowprint.language.finding import prefix_query
from nowprint.language.words import all_words
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.storage.conversations import clean
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.records import EpisodePage

NEAR = 0.2
"""The least cosine that counts as near in meaning. A word or two ("my health") hardly ever reach .4 with a
sentence about it; one in twenty unrelated sentences reaches this."""
MOST_NEAR = 1000
MOST_COMPARED = 4000
"""If the rest of a filter leaves no more episodes than this, their vectors are compared one by one."""

MANY = 5000
"""A condition with more ids than this is checked while SQLite walks the order's index; fewer ids are
looked up one by one."""

_ORDER: Mapping[FoundSort, str] = {
    "newest": "e.created DESC, e.id DESC",
    "oldest": "e.created, e.id",
    "salience": "e.salience DESC, e.id DESC",
    "recalled": "e.recalled DESC, e.id DESC",
    "nearest": "e.created DESC, e.id DESC",
}
_ALL = EpisodeFilter()
_LIVE = "FROM live e WHERE TRUE"
_HELD_BACK = "FROM episode e WHERE e.forgotten IS NULL AND e.merged = 0 AND e.held_back != ''"
_THESE = "FROM episode e WHERE e.forgotten IS NULL AND e.merged = 0"
"""Episodes that are named by their ids are shown even if they are held back."""
_HOLDING = """SELECT rowid FROM episode_search WHERE episode_search MATCH ?
    UNION ALL SELECT rowid FROM archive_search WHERE archive_search MATCH ?"""
_TOLD_IN = """e.id IN (SELECT s.episode_id FROM message m
    JOIN episode_source s ON s.message_id = m.id
    WHERE m.conversation_id = ? AND m.forgetting IS NULL)"""


@dataclass(frozen=True, slots=True)
class Matching:
    """``FROM … WHERE …`` over episodes ``e``, with its parameters. ``cosines`` by episode id, if the filter
    asks for a meaning."""

    sql: str
    parameters: tuple[object, ...]
    cosines: Mapping[int, float] | None = None


class EpisodeQuery:
    """Finds episodes by a filter. Thread-safe."""

    def __init__(
        self, database: Database, episodes: Episodes, vectors: Vectors, index_sync: IndexSync
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self._index_sync = index_sync
        # each page of a long list needs these again
        self._vector = lru_cache(8)(self._embed)
        self._counted = lru_cache(8)(self._count)

    def page(
        self,
        filter: EpisodeFilter = _ALL,
        sort: FoundSort = "newest",
        offset: int = 0,
        limit: int = 100,
    ) -> EpisodePage:
        matching = self.matching(filter, sort)
        with self._database.lock:
            if sort == "nearest" and matching.cosines is not None:
                ids = self._nearest(matching)
                total, ids = len(ids), ids[offset : offset + limit]
            else:
                ids = self._ids(matching, sort, offset, limit)
                total = self._counted(matching.sql, matching.parameters, self._database.changes())
            there = self._episodes.many(ids)
            return EpisodePage(tuple(there[id] for id in ids), total)

    def ids(self, filter: EpisodeFilter = _ALL, sort: FoundSort = "newest") -> tuple[int, ...]:
        """The ids of all episodes that match, in the order of the pages."""
        matching = self.matching(filter, sort)
        if sort == "nearest" and matching.cosines is not None:
            return tuple(self._nearest(matching))
        return tuple(self._ids(matching, sort, 0, -1))

    def matching(self, wanted: EpisodeFilter, sort: FoundSort = "oldest") -> Matching:
        """The statement for a filter. UserError if it asks for a meaning and there is no embedder."""
        matching = self._matching(wanted, sort)
        if not wanted.meaning.strip():
            return matching
        near = self._near(wanted)
        return Matching(
            f"{matching.sql} AND e.id {THESE}", (*matching.parameters, id_array(near)), near
        )

    def _ids(self, matching: Matching, sort: FoundSort, offset: int, limit: int) -> list[int]:
        sql = f"SELECT e.id {matching.sql} ORDER BY {_ORDER[sort]} LIMIT ? OFFSET ?"
        with self._database.reading() as connection:
            rows = connection.execute(sql, [*matching.parameters, limit, offset])
            return [row[0] for row in rows]

    def _count(self, sql: str, parameters: tuple[object, ...], changes: int) -> int:
        """``changes`` is only part of the cache's key, so that a change of the database voids all counts."""
        return int(self._database.value(f"SELECT count(*) {sql}", parameters))

    # --- meaning ---------------------------------------------------------------------------

    def _nearest(self, matching: Matching) -> list[int]:
        near = matching.cosines or {}
        return sorted(self._ids(matching, "newest", 0, -1), key=lambda id: -near[id])

    def _near(self, wanted: EpisodeFilter) -> dict[int, float]:
        """The cosines of the episodes near in meaning, by id: of all episodes, or only of those that the
        rest of the filter leaves."""
        vector = self._vector(clean(wanted.meaning).strip())
        rest = replace(wanted, meaning="")
        few: list[int] | None = None
        if rest != _ALL:
            few = self._ids(self._matching(rest, "newest"), "newest", 0, MOST_COMPARED + 1)
        if few is None or len(few) > MOST_COMPARED:
            near = dict(self._index_sync.opened().search(vector, MOST_NEAR))
            near |= self._embeddings.near_archived(vector, MOST_NEAR)
            found = list(near.items())
        else:
            ids, vectors = self._embeddings.of(few)
            found = list(zip(ids, (vectors @ vector).tolist(), strict=True))
        return {id: cosine for id, cosine in found if cosine >= NEAR}

    def _embed(self, meaning: str) -> FloatArray:
        vectors = self._index_sync.embed([meaning])
        if vectors is None:
            raise UserError(
                "Without the embedder nothing can be found by meaning: search by words instead."
            )
        vector: FloatArray = vectors[0]
        return vector

    # --- the statement ---------------------------------------------------------------------

    def _matching(self, wanted: EpisodeFilter, sort: FoundSort) -> Matching:
        """The statement for all parts of the filter but the meaning."""
        parts: list[tuple[str, tuple[object, ...]]] = []

        def add(condition: str, *parameters: object) -> None:
            parts.append((condition, parameters))

        def column(name: str) -> str:
            return f"e.{name}" if _ORDER[sort].startswith(f"e.{name}") else f"+e.{name}"

        if words := all_words(clean(wanted.text)):
            query = prefix_query(words)
            many = self._database.value(f"SELECT count(*) FROM ({_HOLDING})", [query] * 2)
            add(f"{_id(many)} IN ({_HOLDING})", query, query)
        elif wanted.text.strip():
            add("FALSE")
        if wanted.kept_since is not None:
            add(f"{column('created')} >= ?", wanted.kept_since)
        if wanted.kept_until is not None:
            add(f"{column('created')} < ?", wanted.kept_until)
        if wanted.recalls != "any":
            add(f"{column('recalled')} {'= 0' if wanted.recalls == 'never' else '> 0'}")
        if wanted.salience_from > 0.0:
            add(f"{column('salience')} >= ?", wanted.salience_from)
        if wanted.salience_to < 1.0:
            add(f"{column('salience')} <= ?", wanted.salience_to)
        if wanted.pinned_only:
            add(f"{column('pinned')} IS NOT NULL")
        if wanted.archived:
            add("+e.archived IS NOT NULL")
        if wanted.conversation is not None:
            add(_TOLD_IN, wanted.conversation)
        if wanted.project is not None:
            add(f"{column('project')} IS ?", wanted.project or None)
        if wanted.origin is not None:
            add(f"{column('origin')} IS {'?' if wanted.origin else 'NOT ?'}", wanted.origin or None)
        if wanted.ids is not None:
            add(f"{_id(len(wanted.ids))} {THESE}", id_array(wanted.ids))
        return Matching(
            " AND ".join((_shown(wanted), *(part for part, _ in parts))),
            tuple(value for _, values in parts for value in values),
        )


def _shown(wanted: EpisodeFilter) -> str:
    if wanted.held_back:
        return _HELD_BACK
    return _LIVE if wanted.ids is None else _THESE


def _id(many: int) -> str:
    return "e.id" if many <= MANY else "+e.id"
