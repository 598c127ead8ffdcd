"""The rows of episodes: text, sources, signatures, and what the user did with them.

Every reading leaves out what is forgotten, from the moment the user forgets it. Ids come in as JSON
arrays (``json_each``), so that any number of them is one statement.

Previous and next are not stored: they are the episodes of the same conversation before and after
this one, by id, and so stay true whatever is forgotten in between.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nowprint.errors import NotFound
from nowprint.memory.compact import (
    decode_moments,
    encode_moments,
    encode_reasons,
    place_of,
)
from nowprint.memory.database import Database
from nowprint.records import (
    Episode,
    EpisodeDraft,
    EpisodePage,
    EpisodeSort,
    Source,
)

_ORDER: Mapping[EpisodeSort, str] = {
    "newest": "created DESC, id DESC",
    "oldest": "created, id",
    "salience": "salience DESC, id DESC",
    "recalled": "recalled DESC, id DESC",
}
_THESE = "IN (SELECT value FROM json_each(?))"


class Episodes:
    """Reads and writes of the episode tables; the caller holds the transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- reading ---------------------------------------------------------------------------

    def get(self, id: int) -> Episode:
        found = self.many([id]).get(id)
        if found is None:
            raise self.missing(id)
        return found

    @staticmethod
    def missing(id: int) -> NotFound:
        return NotFound(f"There is no episode {id}: it may have been forgotten.")

    def many(self, ids: Iterable[int]) -> dict[int, Episode]:
        """Those of ``ids`` that exist and are not forgotten."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM episode WHERE id {_THESE} AND forgotten IS NULL", [_array(ids)]
            ).fetchall()
            return {episode.id: episode for episode in self._records(rows)}

    def page(
        self, match: str, sort: EpisodeSort, pinned_only: bool, offset: int, limit: int
    ) -> EpisodePage:
        """``match`` is an FTS5 query, empty for all."""
        where = "FROM episode WHERE forgotten IS NULL"
        parameters: list[object] = []
        if pinned_only:
            where += " AND pinned IS NOT NULL"
        if match:
            where += " AND id IN (SELECT rowid FROM episode_search WHERE episode_search MATCH ?)"
            parameters.append(match)
        with self._database.reading() as connection:
            total = int(connection.execute(f"SELECT count(*) {where}", parameters).fetchone()[0])
            rows = connection.execute(
                f"SELECT * {where} ORDER BY {_ORDER[sort]} LIMIT ? OFFSET ?",
                [*parameters, limit, offset],
            ).fetchall()
            return EpisodePage(tuple(self._records(rows)), total)

    def pinned(self) -> tuple[Episode, ...]:
        """The oldest pin first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM episode WHERE pinned IS NOT NULL AND forgotten IS NULL"
                " ORDER BY pinned, id"
            ).fetchall()
            return tuple(self._records(rows))

    def neighbours(self, ids: Iterable[int]) -> dict[int, tuple[int | None, int | None]]:
        """The previous and the next episode of the same conversation, for each id."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT e.id,
                (SELECT max(p.id) FROM episode p WHERE p.conversation = e.conversation
                    AND p.id < e.id AND p.forgotten IS NULL),
                (SELECT min(n.id) FROM episode n WHERE n.conversation = e.conversation
                    AND n.id > e.id AND n.forgotten IS NULL)
                FROM episode e WHERE e.id {_THESE}""",
                [_array(ids)],
            )
            return {row[0]: (row[1], row[2]) for row in rows}

    def told_in(self, conversation_id: int) -> tuple[int, ...]:
        """Every episode with a source in that conversation."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT DISTINCT s.episode_id FROM episode_source s
                JOIN message m ON m.id = s.message_id
                JOIN episode e ON e.id = s.episode_id AND e.forgotten IS NULL
                WHERE m.conversation_id = ?""",
                [conversation_id],
            )
            return tuple(row[0] for row in rows)

    def _records(self, rows: Sequence[sqlite3.Row]) -> list[Episode]:
        sources: dict[int, list[Source]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(
                f"""SELECT s.episode_id, m.id, m.conversation_id, m.role, s.start, s."end"
                FROM episode_source s JOIN message m ON m.id = s.message_id
                WHERE s.episode_id {_THESE} ORDER BY s.episode_id, s.position""",
                [_array(row["id"] for row in rows)],
            ):
                sources.setdefault(row[0], []).append(Source(*row[1:]))
            older = connection.execute(
                f"SELECT id FROM episode WHERE id {_THESE} AND forgotten IS NULL",
                [_array(row["replaces"] for row in rows if row["replaces"])],
            )
            there = {row[0] for row in older}
            newer = connection.execute(
                f"""SELECT replaces, max(id) FROM episode WHERE replaces {_THESE}
                AND forgotten IS NULL GROUP BY replaces""",
                [_array(row["id"] for row in rows)],
            )
            replaced_by: dict[int, int] = {row[0]: row[1] for row in newer}
        return [
            _episode(
                row,
                tuple(sources.get(row["id"], ())),
                row["replaces"] if row["replaces"] in there else None,
                replaced_by.get(row["id"]),
            )
            for row in rows
        ]

    # --- writing ---------------------------------------------------------------------------

    def add(self, draft: EpisodeDraft, now: float, replaces: int | None = None) -> int:
        """``replaces``: the older episode that this one changes."""
        why = draft.why
        place = place_of(draft.gist, draft.text)
        with self._database.writing() as connection:
            made = connection.execute(
                """INSERT INTO episode (text, gist, gist_start, gist_end, kind, salience, created,
                updated, conversation, why_salience, threshold, bias, reasons, replaces)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    draft.text,
                    draft.gist if place is None else "",
                    *(place or (None, None)),
                    draft.kind,
                    draft.salience,
                    now,
                    now,
                    draft.sources[0].conversation_id if draft.sources else None,
                    why.salience,
                    why.threshold,
                    why.bias,
                    encode_reasons(why.contributions, self._database.name_id),
                    replaces,
                ],
            )
            id = int(made.lastrowid or 0)
            self._add_sources(id, draft.sources)
            if why.moments:
                data = encode_moments(why.moments)
                connection.execute("INSERT INTO moment VALUES (?, ?)", [id, data])
        return id

    def reinforce(self, id: int, draft: EpisodeDraft, now: float) -> None:
        """Told again: the place is one more source, the salience never falls."""
        with self._database.writing() as connection:
            connection.execute(
                """UPDATE episode SET reinforced = reinforced + 1, updated = ?,
                salience = max(salience, ?),
                kind = CASE WHEN ? = 'remembered' THEN 'remembered' ELSE kind END WHERE id = ?""",
                [now, draft.salience, draft.kind, id],
            )
            self._add_sources(id, draft.sources)

    def recall(self, id: int, now: float) -> None:
        """It entered one more prompt."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE episode SET recalled = recalled + 1, last_recalled = ? WHERE id = ?",
                [now, id],
            )

    def _add_sources(self, id: int, sources: Sequence[Source]) -> None:
        next_position = self._database.value(
            "SELECT coalesce(max(position) + 1, 0) FROM episode_source WHERE episode_id = ?", [id]
        )
        with self._database.writing() as connection:
            # A message deleted since the draft was made is no source any more.
            connection.executemany(
                """INSERT INTO episode_source SELECT ?, ?, id, ?, ? FROM message WHERE id = ?""",
                [
                    (id, next_position + i, source.start, source.end, source.message_id)
                    for i, source in enumerate(sources)
                ],
            )

    def edit(self, id: int, text: str, gist: str, now: float) -> None:
        with self._database.writing() as connection:
            connection.execute(
                """UPDATE episode SET text = ?, gist = ?, gist_start = NULL, gist_end = NULL,
                edited = 1, updated = ? WHERE id = ?""",
                [text, gist, now, id],
            )
            connection.execute("DELETE FROM likelihood WHERE episode_id = ?", [id])

    def pin(self, ids: Iterable[int], at: float | None) -> tuple[int, ...]:
        """``at`` is None to unpin. Those that changed."""
        return self._change(
            "UPDATE episode SET pinned = ? WHERE (pinned IS NULL) = ? AND forgotten IS NULL",
            [at, at is not None],
            ids,
        )

    def hide(self, ids: Iterable[int], now: float) -> tuple[int, ...]:
        """Forgotten from now on; the rows go in ``delete``."""
        return self._change("UPDATE episode SET forgotten = ? WHERE forgotten IS NULL", [now], ids)

    def show(self, ids: Iterable[int], since: float) -> tuple[int, ...]:
        """Those of ``ids`` that were forgotten after ``since``, back again."""
        return self._change("UPDATE episode SET forgotten = NULL WHERE forgotten > ?", [since], ids)

    def due(self, until: float | None) -> tuple[int, ...]:
        """The forgotten, all or up to a time."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM episode WHERE forgotten IS NOT NULL AND (? IS NULL OR forgotten <= ?)",
                [until, until],
            )
            return tuple(row[0] for row in rows)

    def delete(self, ids: Iterable[int]) -> None:
        """Sources, signatures, embedding, provenance and search terms go with the row.

        What was a change of one of these is from then on a change of what that one had changed.
        """
        gone = _array(ids)
        with self._database.writing() as connection:
            connection.execute(
                f"""WITH RECURSIVE chain (id, older) AS (
                    SELECT id, replaces FROM episode WHERE replaces {_THESE} AND id NOT {_THESE}
                    UNION ALL SELECT chain.id, e.replaces FROM chain JOIN episode e
                        ON e.id = chain.older WHERE e.id {_THESE})
                UPDATE episode SET replaces = (SELECT older FROM chain WHERE chain.id = episode.id
                    AND (older IS NULL OR older NOT {_THESE}))
                WHERE id IN (SELECT id FROM chain)""",
                [gone] * 4,
            )
            connection.execute(f"DELETE FROM episode WHERE id {_THESE}", [gone])

    def drop_old_words(self) -> None:
        """The words of an edited episode's moments, once the message that holds them is deleted."""
        with self._database.writing() as connection:
            rows = connection.execute(
                "SELECT id, data FROM moment JOIN episode ON id = episode_id WHERE edited"
            ).fetchall()
            messages = {row[0] for row in connection.execute("SELECT id FROM message")}
            for id, data in rows:
                moments = decode_moments(data)
                if any(m.text and m.message_id not in messages for m in moments):
                    left = [m if m.message_id in messages else replace(m, text="") for m in moments]
                    connection.execute(
                        "UPDATE moment SET data = ? WHERE episode_id = ?",
                        [encode_moments(left), id],
                    )

    def _change(
        self, update: str, parameters: Sequence[object], ids: Iterable[int]
    ) -> tuple[int, ...]:
        with self._database.writing() as connection:
            rows = connection.execute(
                f"{update} AND id {_THESE} RETURNING id", [*parameters, _array(ids)]
            )
            return tuple(sorted(row[0] for row in rows))

    def note(self, at: float, action: str, ids: Iterable[int], detail: str = "") -> None:
        """One audit line an episode. ``detail`` never holds text of an episode."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO audit (at, action, episode_id, detail) VALUES (?, ?, ?, ?)",
                [(at, action, id, detail) for id in ids],
            )

    # --- words -----------------------------------------------------------------------------

    def bm25(self, words: Sequence[str]) -> dict[int, float]:
        """BM25 of every episode that holds one of the words; greater is better."""
        if not words:
            return {}
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT rowid, -bm25(episode_search) FROM episode_search"
                " WHERE episode_search MATCH ?",
                [" OR ".join(_quoted(word) for word in words)],
            )
            return {row[0]: row[1] for row in rows}

    def holding(self, word: str) -> frozenset[int]:
        """The episodes that hold a word (or one of the same stem)."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT rowid FROM episode_search WHERE episode_search MATCH ?", [_quoted(word)]
            )
            return frozenset(row[0] for row in rows)

    def count(self) -> int:
        return int(self._database.value("SELECT count(*) FROM episode WHERE forgotten IS NULL"))


def prefix_query(words: Sequence[str]) -> str:
    """The FTS5 query for episodes in which every one of the words begins a word."""
    return " ".join(f"{_quoted(word)}*" for word in words)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _array(ids: Iterable[int]) -> str:
    return json.dumps([int(id) for id in ids])


def _episode(
    row: sqlite3.Row, sources: tuple[Source, ...], replaces: int | None, replaced_by: int | None
) -> Episode:
    start, end = row["gist_start"], row["gist_end"]
    return Episode(
        id=row["id"],
        text=row["text"],
        gist=row["gist"] if end is None else row["text"][start:end],
        kind=row["kind"],
        salience=row["salience"],
        created=row["created"],
        updated=row["updated"],
        pinned=row["pinned"] is not None,
        edited=bool(row["edited"]),
        recalled=row["recalled"],
        last_recalled=row["last_recalled"],
        reinforced=row["reinforced"],
        sources=sources,
        replaces=replaces,
        replaced_by=replaced_by,
        influential=row["influential"],
        measured=row["measured"],
        influence=row["influence"],
    )
