"""Conversations, messages, traces and baselines: the primary data that everything else is made from.

``add_message`` has committed when it returns. An answer in progress is stored with the state ``writing``
and updated as it grows, so that a kill leaves what had been written by then. Opening the database marks
every message that is still ``writing`` as ``broken``.

Messages form a tree: each follows its ``parent``, and several with the same parent begin branches. A
conversation shows one branch, from its beginning to its ``leaf``. A retry names the earlier answer in
``replaces``. Forgotten conversations and messages are left out everywhere, as if they were deleted.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from nowprint.errors import NotFound
from nowprint.memory.storage import traces
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.kept_from import KeptFrom, kept_from
from nowprint.records import Conversation, Message, MessageState, Role, TokenScore
from nowprint.saving import Cipher

TITLE_WORDS = 6
TITLE_LENGTH = 48
_WORDING = "wording of "
"""The key under which ``meta`` holds a model's wording, followed by the model's id."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_CONVERSATION = "SELECT * FROM conversation WHERE forgetting IS NULL"
_SOURCES = """SELECT p.answer_id, p.episode_id FROM provenance p
    JOIN episode e ON e.id = p.episode_id AND e.forgotten IS NULL
    WHERE p.answer_id BETWEEN ? AND ? ORDER BY p.answer_id, p.rank"""


_UP = """WITH RECURSIVE branch AS (SELECT * FROM message WHERE id = ?
    UNION ALL SELECT m.* FROM branch b JOIN message m ON m.id = b.parent)
    SELECT * FROM branch WHERE forgetting IS NULL LIMIT ?"""
"""A message and those before it on its branch, the last one first."""
_DOWN = """WITH RECURSIVE branch (id) AS (SELECT ?
    UNION ALL SELECT m.id FROM branch b JOIN message m ON m.parent = b.id)
    SELECT id FROM branch"""
"""A message and all that follow it, on whatever branch."""


class ConversationStore:
    """The database of a profile, or of the temporary chats when ``path`` is None."""

    def __init__(
        self, path: Path | None, cipher: Cipher | None = None, *, first_id: int = 1
    ) -> None:
        self.database = Database(path, cipher)
        if first_id > 1:
            self.database.seed_ids(first_id)

    # --- conversations ---------------------------------------------------------------------

    def conversations(self) -> tuple[Conversation, ...]:
        """All conversations, the most recently used first."""
        with self.database.reading() as connection:
            rows = connection.execute(f"{_CONVERSATION} ORDER BY updated DESC, id DESC")
            return tuple(_conversation(row) for row in rows)

    def conversation(self, id: int) -> Conversation:
        with self.database.reading() as connection:
            row = connection.execute(f"{_CONVERSATION} AND id = ?", [id]).fetchone()
        if row is None:
            raise NotFound(f"There is no conversation {id}: it may have been deleted.")
        return _conversation(row)

    def create_conversation(self, title: str = "") -> Conversation:
        now = time.time()
        with self.database.writing() as connection:
            made = connection.execute(
                "INSERT INTO conversation (title, created, updated) VALUES (?, ?, ?)",
                [clean(title), now, now],
            )
            return self.conversation(int(made.lastrowid or 0))

    def rename_conversation(self, id: int, title: str) -> Conversation:
        with self.database.writing() as connection:
            connection.execute(
                "UPDATE conversation SET title = ?, titled_from = NULL WHERE id = ?",
                [clean(title), id],
            )
            return self.conversation(id)

    def use_memory(self, id: int, *, recalls: bool, captures: bool) -> Conversation:
        """Set whether episodes are recalled in a conversation and captured from it. Without capture, its
        messages that still wait for the detector will not be judged."""
        with self.database.writing() as connection:
            connection.execute(
                "UPDATE conversation SET recalls = ?, captures = ? WHERE id = ?",
                [recalls, captures, id],
            )
            if not captures:
                connection.execute(
                    "UPDATE message SET judged = 2 WHERE NOT judged AND conversation_id = ?", [id]
                )
            return self.conversation(id)

    def think(self, id: int, thinks: bool) -> Conversation:
        """Set whether the model thinks before it answers in a conversation."""
        with self.database.writing() as connection:
            connection.execute("UPDATE conversation SET thinks = ? WHERE id = ?", [thinks, id])
            return self.conversation(id)

    def choose_persona(self, id: int, persona: int | None) -> Conversation:
        """Set who answers in a conversation; None for whom its project names, 0 for nobody."""
        with self.database.writing() as connection:
            connection.execute("UPDATE conversation SET persona = ? WHERE id = ?", [persona, id])
            return self.conversation(id)

    def captures(self, message_id: int) -> bool:
        """Whether anything may be captured from a message."""
        return self.conversation(self.message(message_id).conversation_id).captures

    def delete_conversation(self, id: int) -> None:
        """Delete it with its messages, traces and provenance; the next purge removes their bytes."""
        self.conversation(id)
        with self.database.writing() as connection:
            connection.execute("DELETE FROM conversation WHERE id = ?", [id])
            self.database.want_wipe()
            self.database.hidings += 1

    # --- messages --------------------------------------------------------------------------

    def messages(
        self,
        conversation_id: int,
        before: int | None = None,
        limit: int | None = None,
        *,
        leaf: int | None = None,
    ) -> tuple[Message, ...]:
        """The last ``limit`` messages of the branch that ends with ``leaf``, oldest first; without one, of
        the branch that is shown. ``before``: only what comes before this message on its branch."""
        self.conversation(conversation_id)
        with self.database.reading() as connection:
            if before is not None:
                leaf = self.database.value("SELECT parent FROM message WHERE id = ?", [before])
            elif leaf is None:
                leaf = self._leaf(conversation_id)
            rows = connection.execute(_UP, [leaf, -1 if limit is None else limit]).fetchall()
            return self._messages(reversed(rows))

    def _leaf(self, conversation_id: int) -> int:
        leaf = self.database.value("SELECT leaf FROM conversation WHERE id = ?", [conversation_id])
        return int(leaf or 0)

    def show_branch(self, message_id: int) -> Conversation:
        """Show the branch that this message is on, to its newest end."""
        message = self.message(message_id)
        with self.database.writing() as connection:
            leaf = message_id
            while True:
                newest = "SELECT max(id) FROM message WHERE parent = ? AND forgetting IS NULL"
                child = self.database.value(newest, [leaf])
                if child is None:
                    break
                leaf = int(child)
            connection.execute(
                "UPDATE conversation SET leaf = ? WHERE id = ?", [leaf, message.conversation_id]
            )
            return self.conversation(message.conversation_id)

    def branch_below(self, message_id: int) -> tuple[int, ...]:
        """The ids of a message and of all that follow it, on whatever branch."""
        self.message(message_id)
        with self.database.reading() as connection:
            return tuple(row[0] for row in connection.execute(_DOWN, [message_id]))

    def delete_branch(self, message_id: int) -> None:
        """Delete a message and all that follow it; another branch from the same place is shown."""
        beside = [id for id in self.message(message_id).siblings if id != message_id]
        with self.database.writing() as connection:
            for id in self.branch_below(message_id):
                connection.execute("DELETE FROM message WHERE id = ?", [id])
            self.database.want_wipe()
            self.database.hidings += 1
            if beside:
                self.show_branch(beside[-1])

    def tree(self, conversation_id: int) -> tuple[Message, ...]:
        """All messages of a conversation, on whatever branch, in the order in which they were said."""
        self.conversation(conversation_id)
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM message WHERE conversation_id = ? AND forgetting IS NULL ORDER BY id",
                [conversation_id],
            ).fetchall()
            return self._messages(rows)

    def fork(self, message_id: int) -> Conversation:
        """A new conversation that begins with a copy of this message and those before it on its branch."""
        last = self.message(message_id)
        old = self.conversation(last.conversation_id)
        with self.database.writing() as connection:
            made = self.create_conversation(old.title)
            connection.execute(
                """UPDATE conversation SET (recalls, captures, thinks, project, persona) =
                (SELECT recalls, captures, thinks, project, persona FROM conversation WHERE id = ?)
                WHERE id = ?""",
                [old.id, made.id],
            )
            for one in self.messages(old.id, leaf=message_id):
                copied = connection.execute(
                    """INSERT INTO message (conversation_id, role, text, created, state, model,
                    persona, thought, judged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)""",
                    [
                        *(made.id, one.role, one.text, one.created, one.state),
                        *(one.model, one.persona, one.thought),
                    ],
                )
                connection.execute(
                    """INSERT INTO provenance (answer_id, rank, episode_id, reason, score, parts)
                    SELECT ?, rank, episode_id, reason, score, parts FROM provenance
                    WHERE answer_id = ?""",
                    [copied.lastrowid, one.id],
                )
            connection.execute(
                """UPDATE conversation SET titled_from =
                (SELECT min(id) FROM message WHERE conversation_id = ?1 AND role = 'user')
                WHERE id = ?1 AND (SELECT titled_from FROM conversation WHERE id = ?2) NOT NULL""",
                [made.id, old.id],
            )
            return self.conversation(made.id)

    def message(self, id: int) -> Message:
        """A message by its id, also one that a retry replaced. NotFound if there is none."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM message WHERE id = ? AND forgetting IS NULL", [id]
            ).fetchall()
            if not rows:
                raise NotFound(f"There is no message {id}: it may have been deleted.")
            return self._messages(rows)[0]

    def add_message(
        self,
        conversation_id: int,
        role: Role,
        text: str,
        *,
        state: MessageState = "complete",
        model: str = "",
        replaces: int | None = None,
        parent: int | None = None,
        names: bool = True,
        persona: str = "",
        kept_in: int | None = None,
    ) -> Message:
        """Committed on return. It follows ``parent`` (0: nothing), else what ``replaces`` follows, else the
        last message of the branch that is shown; its branch is shown from then on. The user's message
        gives a conversation without a title its title, unless ``names`` is False. An answer has the name
        of the ``persona`` that gives it; what it replies to is ``kept_in`` this project, if not None."""
        title = self.conversation(conversation_id).title
        now = time.time()
        if parent is None and replaces is not None:
            parent = self.message(replaces).parent
        with self.database.writing() as connection:
            made = connection.execute(
                """INSERT INTO message (conversation_id, role, text, created, state, model, replaces,
                parent, persona, project) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    *(conversation_id, role, clean(text), now, state, model, replaces),
                    *(-1 if parent is None else parent, persona, kept_in),
                ],
            )
            id = int(made.lastrowid or 0)
            if role == "user":
                connection.execute(
                    "UPDATE conversation SET updated = ? WHERE id = ?", [now, conversation_id]
                )
            if role == "user" and names and not title:
                connection.execute(
                    "UPDATE conversation SET title = ?, titled_from = ? WHERE id = ?",
                    [title_of(clean(text)), id, conversation_id],
                )
            return self.message(id)

    def update_message(self, id: int, text: str, state: MessageState) -> None:
        with self.database.writing() as connection:
            changed = connection.execute(
                "UPDATE message SET text = ?, state = ? WHERE id = ?", [clean(text), state, id]
            )
            if not changed.rowcount:
                raise NotFound(f"There is no message {id}: it may have been deleted.")

    def _messages(self, rows: Iterable[sqlite3.Row]) -> tuple[Message, ...]:
        rows = list(rows)
        if not rows:
            return ()
        sources: dict[int, list[int]] = {}
        with self.database.reading() as connection:
            for answer, episode in connection.execute(_SOURCES, [rows[0]["id"], rows[-1]["id"]]):
                sources.setdefault(answer, []).append(episode)
            beside: dict[int, list[int]] = {}
            for parent, id in connection.execute(
                """SELECT parent, id FROM message WHERE conversation_id = ? AND forgetting IS NULL
                AND parent IN (SELECT value FROM json_each(?)) ORDER BY id""",
                [rows[0]["conversation_id"], json.dumps([row["parent"] for row in rows])],
            ):
                beside.setdefault(parent, []).append(id)
            kept = kept_from(connection, (row["id"] for row in rows))
        return tuple(
            Message(
                id=row["id"],
                conversation_id=row["conversation_id"],
                role=row["role"],
                text=row["text"],
                created=row["created"],
                state=row["state"],
                model=row["model"],
                sources=tuple(sources.get(row["id"], ())),
                replaces=row["replaces"],
                parent=row["parent"],
                siblings=tuple(beside.get(row["parent"], ())),
                persona=row["persona"],
                thought=row["thought"],
                kept=kept.get(row["id"], KeptFrom()).episodes,
                updates=kept.get(row["id"], KeptFrom()).updates,
            )
            for row in rows
        )

    # --- traces and baselines --------------------------------------------------------------

    def has_trace(self, message_id: int) -> bool:
        found = self.database.value("SELECT 1 FROM trace WHERE message_id = ?", [message_id])
        return found is not None

    def trace(self, message_id: int) -> tuple[TokenScore, ...]:
        """The message's trace; empty if none is stored."""
        data = self.database.value("SELECT data FROM trace WHERE message_id = ?", [message_id])
        return () if data is None else traces.decode(data, self.message(message_id).text)

    def baselines(self, model: str, speaker: Role) -> bytes | None:
        """The stored baselines of a model for one role; if ``model`` is empty, those of any model."""
        data = self.database.value(
            "SELECT data FROM baseline WHERE ? IN (model, '') AND speaker = ? LIMIT 1",
            [model, speaker],
        )
        return None if data is None else bytes(data)

    def wording(self, model: str) -> str:
        """The name of the wording of recollections that was chosen for a model; empty if none was."""
        return self.database.meta(_WORDING + model) or ""

    def put_wording(self, model: str, name: str) -> None:
        with self.database.writing() as connection:
            connection.execute("REPLACE INTO meta VALUES (?, ?)", [_WORDING + model, name])

    def close(self) -> None:
        self.database.close()


def clean(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which SQLite can't store; its length stays the same."""
    return _SURROGATES.sub("\ufffd", text)


def title_of(text: str) -> str:
    """The first words of a message, on one line."""
    printable = "".join(c if c.isprintable() else " " for c in text[:1000])
    words = printable.split()
    title = " ".join(words[:TITLE_WORDS])
    if len(title) > TITLE_LENGTH:
        return title[: TITLE_LENGTH - 1].rstrip() + "…"
    return title + "…" if len(words) > TITLE_WORDS and len(title) < TITLE_LENGTH else title


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(
        id=row["id"],
        title=row["title"],
        created=row["created"],
        updated=row["updated"],
        project=row["project"],
        recalls=bool(row["recalls"]),
        captures=bool(row["captures"]),
        thinks=bool(row["thinks"]),
        persona=row["persona"],
        pinned=bool(row["pinned"]),
        archived=bool(row["archived"]),
    )
