"""The rows that a purge has to remove, of a profile's database or of a backup's copy of one.

Besides the rows themselves go what stands elsewhere because of them: alternatives in the traces of answers
and later messages that may repeat their words, and the names of what is then empty.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from nowprint.language.words import COMMON
from nowprint.memory.erasure.quoting import spoken
from nowprint.memory.erasure.tombstones import NAMES, PROJECTS
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.memory.storage.forgotten_marks import ForgottenMarks
from nowprint.memory.storage.names import NameChoices
from nowprint.memory.storage.traces import shortened, without

_EMPTY_PROJECTS = """DELETE FROM project
    WHERE NOT EXISTS (SELECT 1 FROM episode e WHERE e.project = project.id)
    AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.project = project.id)"""
_PROJECTS_TAKEN_BACK = f"""{_EMPTY_PROJECTS} AND EXISTS (SELECT 1 FROM import i JOIN audit a
    ON a.episode_id IS NULL AND a.detail = 'import ' || i.id || ', project ' || project.id
    WHERE i.undone)"""
"""SQL: deletes the projects made by an import that the user took back, unless something belongs to them."""
_NAMES = (
    ("project", _EMPTY_PROJECTS),
    (
        "reading",
        """DELETE FROM reading
    WHERE NOT EXISTS (SELECT 1 FROM reading_message m WHERE m.reading = reading.id)""",
    ),
    (
        "import",
        """DELETE FROM import WHERE NOT EXISTS (SELECT 1 FROM episode e WHERE e.origin = import.id)
    AND NOT EXISTS (SELECT 1 FROM message m WHERE m.import = import.id)
    AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.import = import.id)""",
    ),
)
_LEAST_EXPECTED = 3
"""The characters that a token needs, at least, to give away a word."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a purge has to remove. ``batches`` maps batches to the time the user asked for them. ``names``:
    delete the projects and imports that nothing belongs to, too. The others are ids; ``projects`` were
    deleted when the user asked for it, and can no longer be brought back."""

    batches: Mapping[int, float]
    names: bool
    projects: Sequence[int]
    episodes: Sequence[int]
    messages: Sequence[int]
    conversations: Sequence[int]
    personas: Sequence[int]

    @property
    def by_table(self) -> dict[str, Sequence[int]]:
        return {
            "episode": self.episodes,
            "message": self.messages,
            "conversation": self.conversations,
            "persona": self.personas,
            "project": self.projects,
        }


class DueRows:
    """Finds and deletes the rows of one database. ``marks`` remember what went; None for a copy."""

    def __init__(
        self, database: Database, episodes: Episodes, marks: ForgottenMarks | None = None
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._marks = marks

    def find(self, until: float | None, batch: int | None) -> Due:
        """What was forgotten until the time ``until`` (None: all), and ``batch``."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id, at, undo FROM forgetting WHERE receipt = ''
                AND (?1 IS NULL OR at <= ?1 OR id = ?2)""",
                [until, batch],
            ).fetchall()
            batches = {row[0]: row[1] for row in rows}
            taken = [json.loads(row[2] or "{}") for row in rows]
            names = any(one.get(NAMES) for one in taken)
            projects = [project["id"] for one in taken for project, *_ in one.get(PROJECTS, ())]
            these = id_array(batches)
            episodes = connection.execute(
                f"""SELECT id FROM episode WHERE forgotten IS NOT NULL AND (forgetting {THESE}
                OR forgetting IS NULL AND (? IS NULL OR forgotten <= ?))""",
                [these, until, until],
            ).fetchall()
            messages = connection.execute(
                f"SELECT id FROM message WHERE forgetting {THESE}", [these]
            ).fetchall()
            conversations = connection.execute(
                f"SELECT id FROM conversation WHERE forgetting {THESE}", [these]
            ).fetchall()
            personas = connection.execute(
                "SELECT id FROM persona WHERE deleted IS NOT NULL AND (?1 IS NULL OR deleted <= ?1)",
                [until],
            ).fetchall()
        gone = ([row[0] for row in rows] for rows in (episodes, messages, conversations, personas))
        return Due(batches, names, projects, *gone)

    def delete(self, due: Due) -> list[int]:
        """Delete the rows. Episodes behind a merged or split one that goes, and that stay themselves, are
        listed again: returns their ids."""
        these = id_array(due.batches)
        self._shorten_answers(due)
        self._forget_expectations(due)
        with self._database.writing() as connection:
            if self._marks is not None:
                self._marks.add(connection, due.episodes)
            for table, ids in due.by_table.items():
                self._mark(connection, table, ids)
            self._episodes.delete(due.episodes)
            NameChoices(self._database).drop_untold()
            for table in ("message", "conversation"):
                connection.execute(f"DELETE FROM {table} WHERE forgetting {THESE}", [these])
            connection.execute(f"DELETE FROM persona WHERE id {THESE}", [id_array(due.personas)])
            for table, statement in (
                ("project", _PROJECTS_TAKEN_BACK),
                *(_NAMES if due.names else ()),
            ):
                gone = connection.execute(f"{statement} RETURNING id").fetchall()
                self._mark(connection, table, [row[0] for row in gone])
            rows = connection.execute(
                """UPDATE episode SET merged = 0 WHERE merged AND forgotten IS NULL
                AND NOT EXISTS (SELECT 1 FROM made_from WHERE parent = episode.id) RETURNING id"""
            )
            return [row[0] for row in rows]

    def _shorten_answers(self, due: Due) -> None:
        """Drop the alternatives from the traces of answers whose prompt held one of the episodes: they may
        repeat its words."""
        with self._database.writing() as connection:
            rows = connection.execute(
                f"""SELECT DISTINCT t.message_id, t.data, m.text FROM provenance p
                JOIN trace t ON t.message_id = p.answer_id JOIN message m ON m.id = p.answer_id
                WHERE p.episode_id {THESE} AND m.forgetting IS NULL""",
                [id_array(due.episodes)],
            ).fetchall()
            connection.executemany(
                "UPDATE trace SET data = ? WHERE message_id = ?",
                [(shortened(data, text), id) for id, data, text in rows],
            )

    def _forget_expectations(self, due: Due) -> None:
        """Drop alternatives from later traces of a conversation whose messages go, where they repeat words of
        these messages."""
        these = id_array(due.batches)
        with self._database.writing() as connection:
            gone = connection.execute(f"SELECT text FROM message WHERE forgetting {THESE}", [these])
            words = "\n".join({word for row in gone for word in spoken(row[0])} - COMMON)
            rows = connection.execute(
                f"""SELECT t.message_id, t.data, m.text FROM
                (SELECT conversation_id, min(id) AS id FROM message WHERE forgetting {THESE}
                GROUP BY conversation_id) g
                JOIN message m ON m.conversation_id = g.conversation_id AND m.id > g.id
                JOIN trace t ON t.message_id = m.id WHERE m.forgetting IS NULL""",
                [these],
            ).fetchall()

            @cache  # tokens are few, and the words may be many
            def told(text: str) -> bool:
                part = text.strip().casefold()
                return len(part) >= _LEAST_EXPECTED and part not in COMMON and part in words

            shorter = ((without(data, text, told), id, data) for id, data, text in rows)
            connection.executemany(
                "UPDATE trace SET data = ? WHERE message_id = ?",
                [(new, id) for new, id, data in shorter if new is not data],
            )

    def _mark(self, connection: sqlite3.Connection, table: str, ids: Sequence[int]) -> None:
        if self._marks is not None:
            self._marks.add_rows(connection, table, ids)
