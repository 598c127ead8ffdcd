"""Chats between files and the database: reads those of a profile, and brings in those of a file.

A chat that the profile has already (it began at the same time with the same message) isn't made again: only
messages that it lacks are added, each behind the one that it follows. So a file that is imported twice adds
nothing the second time, also when the user has gone on with its chats.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nowprint.memory.chat_files.chat import Chat, ChatMessage
from nowprint.memory.storage.database import Database

_ORDER = "ORDER BY created, id"


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a chat: its conversation, whether that is new, and of its messages that are new the
    place and the id."""

    conversation: int
    new: bool
    messages: tuple[tuple[int, int], ...]


class StoredChats:
    """The chats of a profile. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- reading ---------------------------------------------------------------------------

    def ids(self, chosen: Sequence[int] | None) -> tuple[int, ...]:
        """The chats among ``chosen`` that are there (None: all), the oldest first."""
        among = "" if chosen is None else "AND id IN (SELECT value FROM json_each(?))"
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT id FROM conversation WHERE forgetting IS NULL {among} {_ORDER}",
                () if chosen is None else (json.dumps(list(chosen)),),
            )
            return tuple(row[0] for row in rows)

    def titles(self, ids: Sequence[int]) -> tuple[str, ...]:
        with self._database.reading() as connection:
            found = dict(
                connection.execute(
                    "SELECT id, title FROM conversation WHERE id IN (SELECT value FROM json_each(?))",
                    [json.dumps(list(ids))],
                ).fetchall()
            )
        return tuple(str(found.get(id, "")) for id in ids)

    def chats(self, ids: Sequence[int]) -> Iterator[Chat]:
        """These chats, one after the other; one that was deleted meanwhile is left out."""
        for id in ids:
            with self._database.reading() as connection:
                chat = _chat(connection, id)
            if chat is not None:
                yield chat

    # --- bringing in -----------------------------------------------------------------------

    def bring(self, chat: Chat, import_id: int) -> Brought:
        """Bring in a chat, as a part of this import. The caller holds the transaction."""
        with self._database.writing() as connection:
            there = self._there(connection, chat)
            id = self._begin(connection, chat, import_id) if there is None else there
            shown = connection.execute(
                "SELECT leaf FROM conversation WHERE id = ?", [id]
            ).fetchone()[0]
            ids: list[int] = []
            new: list[tuple[int, int]] = []
            for place, one in enumerate(chat.messages):
                parent = 0 if one.parent is None else ids[one.parent]
                found = None if there is None else _same(connection, id, parent, one)
                if found is None:
                    replaces = None if one.replaces is None else ids[one.replaces]
                    found = _insert(connection, id, parent, one, replaces, import_id)
                    new.append((place, found))
                ids.append(found)
            if there is None and chat.shown is not None:
                shown = ids[chat.shown]
            connection.execute(
                "UPDATE conversation SET leaf = ?, updated = max(updated, ?) WHERE id = ?",
                [shown, chat.updated, id],
            )
        return Brought(id, there is None, tuple(new))

    @staticmethod
    def _there(connection: sqlite3.Connection, chat: Chat) -> int | None:
        """The conversation that this chat is already."""
        for (id,) in connection.execute(
            "SELECT id FROM conversation WHERE created = ? AND forgetting IS NULL ORDER BY id",
            [chat.created],
        ).fetchall():
            if chat.messages and _same(connection, id, 0, chat.messages[0]) is not None:
                return int(id)
            empty = "SELECT 1 FROM message WHERE conversation_id = ? AND forgetting IS NULL"
            if not chat.messages and connection.execute(empty, [id]).fetchone() is None:
                return int(id)
        return None

    def _begin(self, connection: sqlite3.Connection, chat: Chat, import_id: int) -> int:
        made = connection.execute(
            """INSERT INTO conversation (title, created, updated, recalls, captures, thinks, project)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
            [
                chat.title,
                chat.created,
                chat.updated,
                chat.recalls,
                chat.captures,
                chat.thinks,
                self._project(connection, chat.project, import_id),
            ],
        )
        return int(made.lastrowid or 0)

    @staticmethod
    def _project(connection: sqlite3.Connection, name: str | None, import_id: int) -> int | None:
        name = " ".join((name or "").split())
        if not name:
            return None
        row = connection.execute(
            "SELECT id FROM project WHERE lower(name) = lower(?)", [name]
        ).fetchone()
        if row is not None:
            return int(row[0])
        made = connection.execute("INSERT INTO project (name) VALUES (?)", [name])
        connection.execute(  # by these lines the purge after an undo finds its projects
            """INSERT INTO audit (at, action, detail) SELECT at, 'imported',
            'import ' || id || ', project ' || ? FROM import WHERE id = ?""",
            [made.lastrowid, import_id],
        )
        return int(made.lastrowid or 0)


def _chat(connection: sqlite3.Connection, id: int) -> Chat | None:
    row = connection.execute(
        """SELECT c.*, p.name AS project_name FROM conversation c
        LEFT JOIN project p ON p.id = c.project WHERE c.id = ? AND c.forgetting IS NULL""",
        [id],
    ).fetchone()
    if row is None:
        return None
    told = connection.execute(
        "SELECT * FROM message WHERE conversation_id = ? AND forgetting IS NULL ORDER BY id", [id]
    ).fetchall()
    behind = dict(
        connection.execute(
            "SELECT id, parent FROM message WHERE conversation_id = ? AND forgetting IS NOT NULL",
            [id],
        ).fetchall()
    )
    place: dict[int, int] = {one["id"]: at for at, one in enumerate(told)}

    def of(id: int | None) -> int | None:
        """The place of a message; of one that is forgotten, that of the one before it."""
        while id in behind:
            id = behind[id]
        return place.get(id or 0)

    messages = tuple(
        ChatMessage(
            role=one["role"],
            text=one["text"],
            created=one["created"],
            parent=of(one["parent"]),
            state="broken" if one["state"] == "writing" else one["state"],
            model=one["model"],
            thought=one["thought"],
            replaces=place.get(one["replaces"] or 0),
        )
        for one in told
    )
    shown = of(row["leaf"])
    return Chat(
        title=row["title"],
        created=row["created"],
        updated=row["updated"],
        messages=messages,
        shown=len(messages) - 1 if shown is None and messages else shown,
        project=row["project_name"],
        recalls=bool(row["recalls"]),
        captures=bool(row["captures"]),
        thinks=bool(row["thinks"]),
    )


def _same(
    connection: sqlite3.Connection, conversation: int, parent: int, one: ChatMessage
) -> int | None:
    """The message of the conversation that says the same at the same time behind the same message."""
    # the plus signs choose the index: many chats begin with parent 0, and a chat may be long
    where = (
        "parent = ? AND +conversation_id = ?" if parent else "+parent = ? AND conversation_id = ?"
    )
    row = connection.execute(
        f"""SELECT id FROM message WHERE {where} AND role = ? AND created = ? AND text = ?
        AND forgetting IS NULL ORDER BY id LIMIT 1""",
        [parent, conversation, one.role, one.created, one.text],
    ).fetchone()
    return None if row is None else int(row[0])


def _insert(
    connection: sqlite3.Connection,
    conversation: int,
    parent: int,
    one: ChatMessage,
    replaces: int | None,
    import_id: int,
) -> int:
    made = connection.execute(
        """INSERT INTO message (conversation_id, role, text, created, state, model, replaces, parent,
        thought, import) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            *(conversation, one.role, one.text, one.created, one.state, one.model),
            *(replaces, parent, one.thought, import_id),
        ],
    )
    return int(made.lastrowid or 0)
