"""The rows of episodes: text, sources, signatures, and what the user did with them.

Reading leaves out a forgotten episode from the moment the user forgets it. Listing reads the view ``live``
and recall the view ``active``, which leave out more (migrations.py). Statements take ids as a JSON array
(``json_each``), so that one statement serves any number of ids.

The previous and the next episode are not stored: they are the neighbours by time within the same
conversation, so they stay right whatever is forgotten in between.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nowprint.errors import NotFound
from nowprint.language.finding import phrase
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import (
    decode_moments,
    encode_moments,
    encode_reasons,
    place_of,
)
from nowprint.memory.storage.episode_rows import episode_of
from nowprint.memory.storage.schema.covering_indexes import LIVE
from nowprint.records import Episode, EpisodeDraft, Source

THESE = "IN (SELECT value FROM json_each(?))"
"""SQL after a column of ids; its parameter is an ``id_array``."""

Ids = npt.NDArray[np.int64]
Scope = frozenset[int] | None
"""The projects whose episodes are recalled besides those of no project; None: all projects."""
ALONE = -1
"""In a scope: without the episodes of no project."""


class Episodes:
    """Reads and writes the episode tables; the caller holds the transaction."""

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
        """The episodes with these ids that exist and are not forgotten, by id."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM episode WHERE id {THESE} AND forgotten IS NULL", [id_array(ids)]
            ).fetchall()
            return {episode.id: episode for episode in self._records(rows)}

    def texts(self, ids: Iterable[int]) -> dict[int, str]:
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT id, text FROM episode WHERE id {THESE} AND forgotten IS NULL",
                [id_array(ids)],
            )
            return {row[0]: row[1] for row in rows}

    def live(self, ids: Iterable[int], scope: Scope = None) -> frozenset[int]:
        """The ids among ``ids`` whose episodes may be listed in ``scope``, archived ones included."""
        return self._among("live", ids, scope)

    def active(self, ids: Iterable[int], scope: Scope = None) -> frozenset[int]:
        """The ids among ``ids`` whose episodes may be recalled in ``scope``."""
        return self._among("active", ids, scope)

    def _among(self, view: str, ids: Iterable[int], scope: Scope) -> frozenset[int]:
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT e.id FROM {view} e WHERE e.id {THESE} AND {within(scope)}", [id_array(ids)]
            )
            return frozenset(row[0] for row in rows)

    def outside(self, scope: Scope) -> frozenset[int]:
        """The episodes in the full-text index that must not be recalled in ``scope``: forgotten, merged or
        held back ones, and those of other projects."""
        sql = """SELECT id FROM episode WHERE forgotten IS NOT NULL
            UNION ALL SELECT id FROM episode WHERE merged
            UNION ALL SELECT id FROM episode WHERE held_back != ''"""
        parameters = []
        if scope is not None:
            sql += f""" UNION ALL SELECT id FROM episode
                WHERE project IS NOT NULL AND project NOT {THESE}"""
            parameters.append(id_array(scope))
            if ALONE in scope:
                sql += " UNION ALL SELECT id FROM episode WHERE project IS NULL"
        with self._database.reading() as connection:
            return frozenset(row[0] for row in connection.execute(sql, parameters))

    def pinned(self, scope: Scope) -> tuple[Episode, ...]:
        """Pinned episodes of ``scope``, the oldest pin first. An imported pin counts once the user has
        confirmed the episode."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT * FROM live e WHERE pinned IS NOT NULL AND confirmed AND {within(scope)}
                ORDER BY pinned, id"""
            ).fetchall()
            return tuple(self._records(rows))

    def neighbours(self, ids: Iterable[int]) -> dict[int, tuple[int | None, int | None]]:
        """For each id the previous and the next episode of its conversation; None where there is none."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT e.id,
                (SELECT p.id FROM live p WHERE p.conversation = e.conversation
                    AND (p.created, p.id) < (e.created, e.id)
                    ORDER BY p.created DESC, p.id DESC LIMIT 1),
                (SELECT n.id FROM live n WHERE n.conversation = e.conversation
                    AND (n.created, n.id) > (e.created, e.id)
                    ORDER BY n.created, n.id LIMIT 1)
                FROM episode e WHERE e.id {THESE}""",
                [id_array(ids)],
            )
            return {row[0]: (row[1], row[2]) for row in rows}

    def _records(self, rows: Sequence[sqlite3.Row]) -> list[Episode]:
        sources: dict[int, list[Source]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(
                f"""SELECT s.episode_id, m.id, m.conversation_id, m.role, s.start, s."end"
                FROM episode_source s JOIN message m ON m.id = s.message_id
                AND m.forgetting IS NULL WHERE s.episode_id {THESE} ORDER BY s.episode_id, s.position""",
                [id_array(row["id"] for row in rows)],
            ):
                sources.setdefault(row[0], []).append(Source(*row[1:]))
            older = connection.execute(
                f"SELECT id FROM episode WHERE id {THESE} AND forgotten IS NULL",
                [id_array(row["replaces"] for row in rows if row["replaces"])],
            )
            there = {row[0] for row in older}
            # what was merged or split since has replaced the older one all the same
            newer = connection.execute(
                f"""SELECT replaces, max(id) FROM episode WHERE replaces {THESE}
                AND forgotten IS NULL AND held_back = '' GROUP BY replaces""",
                [id_array(row["id"] for row in rows)],
            )
            replaced_by: dict[int, int] = {row[0]: row[1] for row in newer}
        return [
            episode_of(
                row,
                tuple(sources.get(row["id"], ())),
                row["replaces"] if row["replaces"] in there else None,
                replaced_by.get(row["id"]),
            )
            for row in rows
        ]

    # --- writing ---------------------------------------------------------------------------

    def add(self, draft: EpisodeDraft, now: float, replaces: int | None = None) -> int:
        """Insert an episode and return its id. ``replaces`` is the older episode that it changes."""
        why = draft.why
        place = place_of(draft.gist, draft.text)
        with self._database.writing() as connection:
            made = connection.execute(
                """INSERT INTO episode (text, gist, gist_start, gist_end, kind, salience, created,
                updated, conversation, project, why_salience, threshold, bias, reasons, replaces)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    draft.text,
                    draft.gist if place is None else "",
                    *(place or (None, None)),
                    draft.kind,
                    draft.salience,
                    now,
                    now,
                    draft.sources[0].conversation_id if draft.sources else None,
                    self.project_of(draft),
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

    def project_of(self, draft: EpisodeDraft) -> int | None:
        """The project that the draft belongs to: the one that its message is kept in, else that of its
        conversation; None without one."""
        if not draft.sources:
            return None
        source = draft.sources[-1]
        found: int | None = self._database.value(
            """SELECT coalesce((SELECT project FROM message WHERE id = ?),
            (SELECT project FROM conversation WHERE id = ?))""",
            [source.message_id, source.conversation_id],
        )
        return found

    def reinforce(self, id: int, draft: EpisodeDraft, now: float) -> None:
        """Record that the user said it again: the draft's places become further sources, the salience
        never falls, and an imported episode counts as confirmed."""
        with self._database.writing() as connection:
            connection.execute(
                """UPDATE episode SET reinforced = reinforced + 1, updated = ?, confirmed = 1,
                salience = max(salience, ?),
                kind = CASE WHEN ? = 'remembered' THEN 'remembered' ELSE kind END WHERE id = ?""",
                [now, draft.salience, draft.kind, id],
            )
            self._add_sources(id, draft.sources)

    def replace(self, id: int, older: int) -> None:
        """From now on the episode replaces ``older``."""
        with self._database.writing() as connection:
            connection.execute("UPDATE episode SET replaces = ? WHERE id = ?", [older, id])

    def recall(self, id: int, now: float) -> None:
        """Count that the episode entered one more prompt."""
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
            # A message that was deleted since the draft was made can't be a source.
            connection.executemany(
                """INSERT INTO episode_source SELECT ?, ?, id, ?, ? FROM message
                WHERE id = ? AND forgetting IS NULL""",
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
        """Pin at the time ``at``, or unpin if it is None. Returns the ids that changed."""
        return self._change(
            "UPDATE episode SET pinned = ? WHERE (pinned IS NULL) = ? AND forgotten IS NULL",
            [at, at is not None],
            ids,
        )

    def archive(self, ids: Iterable[int], now: float) -> tuple[int, ...]:
        """Archive those that are recalled and not pinned. Returns the ids that changed."""
        changed = self._change(
            f"UPDATE episode SET archived = ? WHERE archived IS NULL AND pinned IS NULL AND {LIVE}",
            [now],
            ids,
        )
        return self._noted(now, "archived", changed)

    def bring_back(self, ids: Iterable[int], now: float) -> tuple[int, ...]:
        """Let archived ones be recalled again. Returns the ids that changed."""
        changed = self._change(
            "UPDATE episode SET archived = NULL WHERE archived IS NOT NULL AND forgotten IS NULL",
            (),
            ids,
        )
        return self._noted(now, "brought back", changed)

    def _noted(self, now: float, action: str, changed: tuple[int, ...]) -> tuple[int, ...]:
        if changed:
            self.note(now, action, changed)
            self._database.bump_generation()
        return changed

    def delete(self, ids: Iterable[int]) -> None:
        """Delete rows, with their sources, signatures, embedding, provenance and search terms.

        A remaining episode that replaced a deleted one now replaces what the deleted one had replaced.
        (UNION, so that this ends in a ring, too.)
        """
        gone = id_array(ids)
        with self._database.writing() as connection:
            connection.execute(
                f"""WITH RECURSIVE chain (id, older) AS (
                    SELECT id, replaces FROM episode WHERE replaces {THESE} AND id NOT {THESE}
                    UNION SELECT chain.id, e.replaces FROM chain JOIN episode e
                        ON e.id = chain.older WHERE e.id {THESE})
                UPDATE episode SET replaces = (SELECT older FROM chain WHERE chain.id = episode.id
                    AND (older IS NULL OR older NOT {THESE}))
                WHERE id IN (SELECT id FROM chain)""",
                [gone] * 4,
            )
            connection.execute(f"DELETE FROM episode WHERE id {THESE}", [gone])

    def drop_old_words(self) -> None:
        """Blank the text of edited episodes' moments whose message is deleted: nothing else holds it then."""
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
                f"{update} AND id {THESE} RETURNING id", [*parameters, id_array(ids)]
            )
            return tuple(sorted(row[0] for row in rows))

    def note(self, at: float, action: str, ids: Iterable[int], detail: str = "") -> None:
        """Write one audit line for each episode. ``detail`` must not hold text of an episode."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO audit (at, action, episode_id, detail) VALUES (?, ?, ?, ?)",
                [(at, action, id, detail) for id in ids],
            )

    # --- full-text search ------------------------------------------------------------------

    def bm25(self, words: Sequence[str], most: int) -> dict[int, float]:
        """The BM25 score of each of the ``most`` best active episodes that hold one of the words, best first;
        greater is better."""
        if not words:
            return {}
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT rowid, -bm25(episode_search) AS score FROM episode_search
                WHERE episode_search MATCH ? ORDER BY score DESC, rowid LIMIT ?""",
                [" OR ".join(map(phrase, words)), most],
            )
            return {row[0]: row[1] for row in rows}

    def holding(self, *words: str, archived: bool = False) -> Ids:
        """The ids of the active episodes that hold a word, or one with the same stem, ascending; of several
        words all. ``archived``: those of archived episodes instead.

        Thousands may hold a frequent word, so SQLite returns the ids as one string, not row by row.
        """
        table = "archive_search" if archived else "episode_search"
        sql = f"SELECT group_concat(rowid) FROM {table} WHERE {table} MATCH ?"
        listed = words and self._database.value(sql, [" AND ".join(map(phrase, words))])
        return np.sort(np.fromstring(listed or "", np.int64, sep=","))

    def count(self) -> int:
        return int(self._database.value("SELECT count(*) FROM active"))


def scope_of(project: int | None, *, alone: bool = False) -> frozenset[int]:
    """The scope of recall in a conversation of ``project``; None: in one without a project. ``alone``:
    without the episodes of no project."""
    return frozenset((() if project is None else (project,)) + ((ALONE,) if alone else ()))


def within(scope: Scope, episode: str = "e") -> str:
    """The SQL condition that the episode with the alias ``episode`` belongs to ``scope``."""
    if scope is None:
        return "TRUE"
    projects = ", ".join(str(int(project)) for project in sorted(scope - {ALONE}))
    named = f"{episode}.project IN ({projects})"
    return named if ALONE in scope else f"({episode}.project IS NULL OR {named})"


def id_array(ids: Iterable[int]) -> str:
    return json.dumps([int(id) for id in ids])
