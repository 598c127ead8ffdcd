"""Hides the rows of a batch that is to be forgotten, and brings them back, in the caller's transaction.

Some texts repeat forgotten words and can't be hidden in this way: a title made from a message, a saved
filter with a word that no remaining episode holds, a message that a replay still has to read. These are
changed or deleted at once; ``forgetting.undo`` holds them until the purge.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from nowprint.errors import NotFound
from nowprint.language.finding import prefix_query
from nowprint.language.words import COMMON
from nowprint.memory.erasure.quoting import Quoted, spoken
from nowprint.memory.erasure.selection import ANSWERS, Selection
from nowprint.memory.storage.conversations import title_of
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, id_array
from nowprint.records import APP

PROJECTS = "projects"
NAMES = "names"
"""The key in ``forgetting.undo`` that tells the purge to delete projects and imports without content."""
RULE = "rule"
"""The key in ``forgetting.undo`` for the rule by which the batch was forgotten."""


class Tombstones:
    """Writes the table ``forgetting`` and the columns that refer to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, now: float) -> int:
        """Begin a new batch; returns its id."""
        with self._database.writing() as connection:
            self._database.hidings += 1
            made = connection.execute("INSERT INTO forgetting (at) VALUES (?)", [now])
            return int(made.lastrowid or 0)

    # --- hiding ----------------------------------------------------------------------------

    def episodes(self, batch: int, ids: Iterable[int], now: float) -> tuple[int, ...]:
        """Hide episodes; returns the ids of those that weren't hidden before. Their source messages will not
        be judged any more."""
        with self._database.writing() as connection:
            rows = connection.execute(
                f"""UPDATE episode SET forgotten = ?, forgetting = ?
                WHERE forgotten IS NULL AND id {THESE} RETURNING id""",
                [now, batch, id_array(ids)],
            ).fetchall()
            hidden = tuple(sorted(row[0] for row in rows))
            connection.execute(
                f"""UPDATE message SET judged = 1 WHERE NOT judged AND id IN
                (SELECT message_id FROM episode_source WHERE episode_id {THESE})""",
                [id_array(hidden)],
            )
        return hidden

    def messages(self, batch: int, ids: Iterable[int]) -> None:
        """Hide messages. They will not be judged any more."""
        with self._database.writing() as connection:
            connection.execute(
                f"UPDATE message SET forgetting = ?, judged = 1 WHERE forgetting IS NULL AND id {THESE}",
                [batch, id_array(ids)],
            )

    def conversations(self, batch: int, ids: Iterable[int], *, emptied: bool) -> None:
        """Hide these conversations; ``emptied``: and those that the batch leaves without a message."""
        with self._database.writing() as connection:
            connection.execute(
                """UPDATE conversation SET forgetting = ?1 WHERE forgetting IS NULL AND (id IN
                (SELECT value FROM json_each(?2)) OR ?3 AND id IN
                    (SELECT conversation_id FROM message WHERE forgetting = ?1)
                AND NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = conversation.id
                    AND m.forgetting IS NULL))""",
                [batch, id_array(ids), emptied],
            )

    def counts(self, batch: int) -> tuple[int, int, int]:
        """How many episodes, messages of the user (or the app) and answers a batch hides."""
        value = self._database.value
        those = "SELECT count(*) FROM message WHERE forgetting = ? AND"
        return (
            int(value("SELECT count(*) FROM episode WHERE forgetting = ?", [batch])),
            int(value(f"{those} NOT {ANSWERS}", [batch, APP])),
            int(value(f"{those} {ANSWERS}", [batch, APP])),
        )

    # --- taking away -----------------------------------------------------------------------

    def take(
        self, batch: int, chosen: Selection, words: Quoted, *, messages: bool, rule: str = ""
    ) -> None:
        """Take away the texts that repeat ``words`` and can't be hidden, and keep them for undo.

        Saved filters always go. ``messages``: the user chose to forget messages that repeat the texts; then
        titles and unread messages of replays that do so go, too. Titles that were made from hidden messages
        always go. If everything is to be forgotten, the purge will also delete projects and imports.
        ``rule`` is kept for the receipt.
        """
        taken: dict[str, list[Any]] = {"filters": self._filters(words)}
        taken["titles"] = self._titles(batch, words if messages or chosen.conversations else None)
        if messages:
            taken["talks"] = self._talks(words)
            taken["reading"] = self._reading(words)
            taken[NAMES] = [True] if words.everything else []
        taken[RULE] = [rule] if rule else []
        if any(taken.values()):
            with self._database.writing() as connection:
                connection.execute(
                    "UPDATE forgetting SET undo = ? WHERE id = ?", [json.dumps(taken), batch]
                )

    def _titles(self, batch: int, words: Quoted | None) -> list[Any]:
        """Replace titles that were made from a hidden message or its answer, or repeat ``words``. Returns for
        each the conversation's id, the old title, the new one, and what the old one was made from."""
        with self._database.writing() as connection:
            titles = connection.execute(
                """SELECT id, title, titled_from FROM conversation
                WHERE forgetting IS NULL AND title != ''"""
            ).fetchall()
            given: dict[int, set[str]] = {}
            hidden: set[int] = set()
            for id, parent, conversation, text in connection.execute(
                "SELECT id, parent, conversation_id, text FROM message WHERE forgetting = ?",
                [batch],
            ):
                given.setdefault(conversation, set()).add(title_of(text))
                hidden |= {id, parent}
            changed = [
                [id, title, *self._title(connection, id), source]
                for id, title, source in titles
                if source in hidden
                or title in given.get(id, ())
                or (words and words.repeated(title, lambda _: True))
            ]
            connection.executemany(
                "UPDATE conversation SET title = ?, titled_from = ? WHERE id = ?",
                [(new, made_from, id) for id, _, new, made_from, _ in changed],
            )
        return [[id, old, new, source] for id, old, new, _, source in changed]

    @staticmethod
    def _title(connection: sqlite3.Connection, conversation: int) -> tuple[str, int | None]:
        """The first words of what is left of a conversation, and the message that they are of."""
        row = connection.execute(
            """SELECT text, id FROM message WHERE conversation_id = ? AND role = 'user'
            AND forgetting IS NULL ORDER BY id LIMIT 1""",
            [conversation],
        ).fetchone()
        return (title_of(row[0]), int(row[1])) if row else ("", None)

    def take_project(self, batch: int, id: int) -> None:
        """Delete a project, and keep its row and the ids of what belongs to it for undo. Its conversations
        and episodes belong to no project then."""
        with self._database.writing() as connection:
            row = connection.execute("SELECT * FROM project WHERE id = ?", [id]).fetchone()
            if row is None:
                raise NotFound(f"There is no project {id}: it may have been deleted.")
            belonging = [
                [
                    one[0]
                    for one in connection.execute(f"SELECT id FROM {table} WHERE project = ?", [id])
                ]
                for table in ("conversation", "episode", "persona")
            ]
            connection.execute("DELETE FROM project WHERE id = ?", [id])
            taken = {PROJECTS: [[dict(row), *belonging]]}
            connection.execute(
                "UPDATE forgetting SET undo = ? WHERE id = ?", [json.dumps(taken), batch]
            )

    def projects(self, batch: int) -> int:
        """How many projects a batch took away."""
        undo = self._database.value("SELECT undo FROM forgetting WHERE id = ?", [batch])
        return len(json.loads(undo or "{}").get(PROJECTS, ()))

    def rule(self, batch: int) -> str:
        """The rule by which a batch was forgotten; empty if the user chose it."""
        undo = self._database.value("SELECT undo FROM forgetting WHERE id = ?", [batch])
        return "".join(json.loads(undo or "{}").get(RULE, ()))

    def _filters(self, words: Quoted) -> list[Any]:
        """Delete saved filters with a word that only forgotten episodes hold. Returns their rows."""
        with self._database.writing() as connection:
            rows = connection.execute("SELECT name, filter, sort FROM saved_filter").fetchall()
            taken = [list(row) for row in rows if self._asks_for(connection, row, words)]
            connection.executemany(
                "DELETE FROM saved_filter WHERE name = ?", [(row[0],) for row in taken]
            )
        return taken

    @staticmethod
    def _asks_for(connection: sqlite3.Connection, row: sqlite3.Row, words: Quoted) -> bool:
        asked = json.loads(row["filter"])
        said = spoken(f"{row['name']} {asked.get('text', '')} {asked.get('meaning', '')}")
        for word in {word for word in said if word not in COMMON}:
            if words.begun(word):
                held = (
                    connection.execute(
                        f"""SELECT 1 FROM {table} s JOIN episode e ON e.id = s.rowid
                        WHERE {table} MATCH ? AND e.forgotten IS NULL LIMIT 1""",
                        [prefix_query([word])],
                    ).fetchone()
                    for table in ("episode_search", "archive_search")
                )
                if not any(held):
                    return True
        return False

    def _talks(self, words: Quoted) -> list[Any]:
        """Blank the titles of a replay's unread conversations that repeat ``words``. Returns the replay's id,
        the conversation's number and the old title for each."""
        with self._database.writing() as connection:
            rows = connection.execute(
                "SELECT DISTINCT reading, conversation, title FROM reading_message WHERE title != ''"
            ).fetchall()
            taken = [list(row) for row in rows if words.repeated(row["title"], lambda _: True)]
            connection.executemany(
                "UPDATE reading_message SET title = '' WHERE reading = ? AND conversation = ?",
                [row[:2] for row in taken],
            )
        return taken

    def _reading(self, words: Quoted) -> list[Any]:
        """Delete unread messages of replays that repeat ``words``. In a conversation with such a message, the
        others count as having had the text before them. Returns the rows."""
        with self._database.writing() as connection:
            rows = connection.execute("SELECT * FROM reading_message").fetchall()
            knowing = {row[:3:2] for row in rows if words.repeated(row["text"])}
            taken = [
                list(row)
                for row in rows
                if row[:3:2] in knowing and words.repeated(row["text"], lambda _: True)
            ]
            connection.executemany(
                "DELETE FROM reading_message WHERE reading = ? AND position = ?",
                [row[:2] for row in taken],
            )
        return taken

    # --- bringing back ---------------------------------------------------------------------

    def show(self, batch: int) -> tuple[int, ...]:
        """Bring back all of a batch. Returns the ids of its episodes."""
        with self._database.writing() as connection:
            rows = connection.execute(
                """UPDATE episode SET forgotten = NULL, forgetting = NULL WHERE forgetting = ?
                RETURNING id""",
                [batch],
            ).fetchall()
            for table in ("message", "conversation"):
                connection.execute(
                    f"UPDATE {table} SET forgetting = NULL WHERE forgetting = ?", [batch]
                )
            self._give_back(connection, batch)
            connection.execute("DELETE FROM forgetting WHERE id = ?", [batch])
        return tuple(sorted(row[0] for row in rows))

    def show_episodes(self, ids: Iterable[int], since: float) -> tuple[int, ...]:
        """Bring back the episodes of ``ids`` that were forgotten after ``since``, and end batches that then
        hide nothing. Returns the episodes' ids."""
        with self._database.writing() as connection:
            rows = connection.execute(
                f"""UPDATE episode SET forgotten = NULL, forgetting = NULL
                WHERE forgotten > ? AND id {THESE} RETURNING id""",
                [since, id_array(ids)],
            ).fetchall()
            over = connection.execute(
                """SELECT id FROM forgetting f WHERE receipt = ''
                AND NOT EXISTS (SELECT 1 FROM episode WHERE forgetting = f.id)
                AND NOT EXISTS (SELECT 1 FROM message WHERE forgetting = f.id)
                AND NOT EXISTS (SELECT 1 FROM conversation WHERE forgetting = f.id)"""
            ).fetchall()
        for (batch,) in over:
            self.show(batch)
        return tuple(sorted(row[0] for row in rows))

    @staticmethod
    def _give_back(connection: sqlite3.Connection, batch: int) -> None:
        """Restore what ``take`` took away, except where the user changed a title, filter or replay since."""
        row = connection.execute("SELECT undo FROM forgetting WHERE id = ?", [batch]).fetchone()
        taken = json.loads(row[0] or "{}")
        connection.executemany(
            "UPDATE conversation SET title = ?, titled_from = ? WHERE id = ? AND title = ?",
            [(old, *source, id, new) for id, old, new, *source in taken.get("titles", ())],
        )
        for project, *belonging in taken.get(PROJECTS, ()):
            _bring_project_back(connection, project, *belonging)
        connection.executemany(
            "INSERT OR IGNORE INTO saved_filter VALUES (?, ?, ?)", taken.get("filters", ())
        )
        connection.executemany(
            """INSERT OR IGNORE INTO reading_message SELECT ?, ?, ?, ?, ?, ?, ?, ?
            WHERE EXISTS (SELECT 1 FROM reading WHERE id = ?)""",
            [(*row, row[0]) for row in taken.get("reading", ())],
        )
        connection.executemany(
            """UPDATE reading_message SET title = ?3
            WHERE reading = ?1 AND conversation = ?2 AND title = ''""",
            taken.get("talks", ()),
        )


def _bring_project_back(
    connection: sqlite3.Connection,
    project: dict[str, Any],
    conversations: list[int],
    episodes: list[int],
    personas: list[int],
) -> None:
    """Under another name if its own was given to another project since."""
    name, number = project["name"], 1
    while connection.execute(
        "SELECT 1 FROM project WHERE lower(name) = lower(?)", [project["name"]]
    ).fetchone():
        number += 1
        project["name"] = f"{name} {number}"
    columns = ", ".join(project)
    values = ", ".join("?" * len(project))
    connection.execute(f"INSERT INTO project ({columns}) VALUES ({values})", list(project.values()))
    belonging = ("conversation", conversations), ("episode", episodes), ("persona", personas)
    for table, ids in belonging:
        connection.execute(
            f"UPDATE {table} SET project = ? WHERE project IS NULL AND id {THESE}",
            [project["id"], id_array(ids)],
        )
