"""Which episodes a filter lets through, in which order: statements whose every value is a parameter.

Counting and paging read one covering index (see migrations.py); only the page's own rows are fetched.

What is near in meaning comes from the index, the ``MOST_NEAR`` nearest from ``NEAR`` on. Where the
rest of the filter leaves few, their stored vectors are compared one by one: that is exact, and finds
what is held back too, which the index never holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from nowprint.errors import UserError
from nowprint.inspection import EpisodeFilter, FoundSort
from nowprint.memory.database import Database
from nowprint.memory.embedder import FloatArray
from nowprint.memory.embeddings import Embeddings
from nowprint.memory.episodes import Episodes, id_array, prefix_query
from nowprint.memory.mirror import Mirror
from nowprint.memory.store import clean
from nowprint.memory.words import all_words
from nowprint.records import EpisodePage

NEAR = 0.3
"""The least cosine that counts as near in meaning."""
MOST_NEAR = 1000
MOST_COMPARED = 4000
"""So many that the rest of a filter leaves are compared one by one."""

_ORDER: Mapping[FoundSort, str] = {
    "newest": "e.created DESC, e.id DESC",
    "oldest": "e.created, e.id",
    "salience": "e.salience DESC, e.id DESC",
    "recalled": "e.recalled DESC, e.id DESC",
    "nearest": "e.created DESC, e.id DESC",
}
_ALL = EpisodeFilter()


@dataclass(frozen=True, slots=True)
class Matching:
    """``FROM … WHERE …`` over episodes ``e``, and its parameters; ``cosines`` if a meaning is asked for."""

    sql: str
    parameters: tuple[object, ...]
    cosines: Mapping[int, float] | None = None


class Finder:
    """Reads the pages. Thread-safe."""

    def __init__(
        self, database: Database, episodes: Episodes, embeddings: Embeddings, mirror: Mirror
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = embeddings
        self._mirror = mirror
        self._vector = lru_cache(8)(self._embed)  # every page of a long list asks for it again

    def page(self, wanted: EpisodeFilter, sort: FoundSort, offset: int, limit: int) -> EpisodePage:
        matching = self.matching(wanted)
        with self._database.lock:
            if sort == "nearest" and matching.cosines is not None:
                ids = self._nearest(matching)
                total, ids = len(ids), ids[offset : offset + limit]
            else:
                ids = self._ids(matching, sort, offset, limit)
                total = int(
                    self._database.value(f"SELECT count(*) {matching.sql}", matching.parameters)
                )
            there = self._episodes.many(ids)
            return EpisodePage(tuple(there[id] for id in ids), total)

    def ids(self, wanted: EpisodeFilter, sort: FoundSort = "newest") -> tuple[int, ...]:
        """All that match, in the order of their pages."""
        matching = self.matching(wanted)
        if sort == "nearest" and matching.cosines is not None:
            return tuple(self._nearest(matching))
        return tuple(self._ids(matching, sort, 0, -1))

    def matching(self, wanted: EpisodeFilter) -> Matching:
        """UserError if a meaning is asked for and there is no embedder."""
        matching = _matching(wanted)
        if not wanted.meaning.strip():
            return matching
        near = self._near(wanted.meaning, _matching(replace(wanted, meaning="")), wanted)
        return Matching(
            f"{matching.sql} AND e.id IN (SELECT value FROM json_each(?))",
            (*matching.parameters, id_array(near)),
            near,
        )

    def _ids(self, matching: Matching, sort: FoundSort, offset: int, limit: int) -> list[int]:
        sql = f"SELECT e.id {matching.sql} ORDER BY {_ORDER[sort]} LIMIT ? OFFSET ?"
        with self._database.reading() as connection:
            rows = connection.execute(sql, [*matching.parameters, limit, offset])
            return [row[0] for row in rows]

    # --- meaning ---------------------------------------------------------------------------

    def _nearest(self, matching: Matching) -> list[int]:
        near = matching.cosines or {}
        return sorted(self._ids(matching, "newest", 0, -1), key=lambda id: -near[id])

    def _near(self, meaning: str, rest: Matching, wanted: EpisodeFilter) -> dict[int, float]:
        """Their cosines."""
        vector = self._vector(clean(meaning).strip())
        few: list[int] | None = None
        if replace(wanted, meaning="") != _ALL:
            few = self._ids(rest, "newest", 0, MOST_COMPARED + 1)
        if few is None or len(few) > MOST_COMPARED:
            found = self._mirror.opened().search(vector, MOST_NEAR)
        else:
            ids, vectors = self._embeddings.vectors(few, live=False)
            found = list(zip(ids, (vectors @ vector).tolist(), strict=True))
        return {id: cosine for id, cosine in found if cosine >= NEAR}

    def _embed(self, meaning: str) -> FloatArray:
        vectors = self._mirror.embed([meaning])
        if vectors is None:
            raise UserError(
                "Without the embedder nothing can be found by meaning: search by words instead."
            )
        vector: FloatArray = vectors[0]
        return vector


def _matching(wanted: EpisodeFilter) -> Matching:
    """All parts but the meaning."""
    parts: list[tuple[str, tuple[object, ...]]] = []

    def add(condition: str, *parameters: object) -> None:
        parts.append((condition, parameters))

    if words := all_words(clean(wanted.text)):
        add(
            "e.id IN (SELECT rowid FROM episode_search WHERE episode_search MATCH ?)",
            prefix_query(words),
        )
    elif wanted.text.strip():
        add("FALSE")
    if wanted.kept_since is not None:
        add("e.created >= ?", wanted.kept_since)
    if wanted.kept_until is not None:
        add("e.created < ?", wanted.kept_until)
    if wanted.recalls != "any":
        add("e.recalled = 0" if wanted.recalls == "never" else "e.recalled > 0")
    if wanted.salience_from > 0.0:
        add("e.salience >= ?", wanted.salience_from)
    if wanted.salience_to < 1.0:
        add("e.salience <= ?", wanted.salience_to)
    if wanted.pinned_only:
        add("e.pinned IS NOT NULL")
    if wanted.conversation is not None:
        add(
            """e.id IN (SELECT s.episode_id FROM message m
            JOIN episode_source s ON s.message_id = m.id
            WHERE m.conversation_id = ? AND m.forgetting IS NULL)""",
            wanted.conversation,
        )
    for column, id in (("project", wanted.project), ("origin", wanted.origin)):
        if id:
            add(f"e.{column} = ?", id)
        elif id == 0:
            add(f"e.{column} IS {'' if column == 'project' else 'NOT '}NULL")
    if wanted.ids is not None:
        add("e.id IN (SELECT value FROM json_each(?))", id_array(wanted.ids))
    source = "FROM live e WHERE TRUE"
    if wanted.held_back:
        source = "FROM episode e WHERE e.forgotten IS NULL AND e.merged = 0 AND e.held_back != ''"
    return Matching(
        " AND ".join((source, *(condition for condition, _ in parts))),
        tuple(value for _, values in parts for value in values),
    )
