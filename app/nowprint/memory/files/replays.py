"""Stores replays: the messages of imported conversations that the model still has to read, over restarts.

When the model has read a message, one transaction stores it and deletes its row here. So each message is
read once, even if a kill comes in between; a message that was read but not judged is judged later, as after
any kill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nowprint.errors import NotFound
from nowprint.inspection import Replay
from nowprint.memory.capture.writing import CaptureWriter
from nowprint.memory.chat_files.chat import MOST_MESSAGES, Chat
from nowprint.memory.chat_files.stored import Brought
from nowprint.memory.storage.conversations import ConversationStore, clean, title_of
from nowprint.records import Message, Role, TokenScore

_TEXT = "CASE WHEN m.message IS NULL THEN m.text ELSE (SELECT text FROM message WHERE id = m.message) END"
"""SQL: the text of a message that waits; the profile may have it already."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next message of a replay, whose id is ``reading``. ``conversation`` is None until the conversation
    has a row of its own; ``talk`` is its number until then, below zero."""

    reading: int
    position: int
    conversation: int | None
    talk: int
    title: str
    role: Role
    text: str
    created: float
    message: int | None


class Replays:
    """Reads and writes replays. Thread-safe."""

    def __init__(self, store: ConversationStore, writer: CaptureWriter) -> None:
        self._store = store
        self._database = store.database
        self._writer = writer

    def begin(self, import_id: int, name: str) -> int:
        """Begin a replay, whose messages ``add`` adds. The caller holds the transaction. Returns its id."""
        with self._database.writing() as connection:
            made = connection.execute(
                "INSERT INTO reading (import, name, total) VALUES (?, ?, 0)", [import_id, name]
            )
            return int(made.lastrowid or 0)

    def add(self, id: int, place: int, chat: Chat, brought: Brought | None) -> None:
        """Add the shown branch of a chat, to be read as the ``place``-th; if the chat was ``brought`` in,
        those of its messages that are new, which the replay then reads where they stand."""
        new = None if brought is None else dict(brought.messages)
        told = [at for at in chat.branch() if new is None or at in new]
        talk = -place - 1 if brought is None else brought.conversation
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO reading_message VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        *(id, place * MOST_MESSAGES + number, talk),
                        chat.title if new is None else "",
                        chat.messages[at].role,
                        chat.messages[at].text if new is None else "",
                        chat.messages[at].created,
                        None if new is None else new[at],
                    )
                    for number, at in enumerate(told)
                ),
            )
            connection.execute("UPDATE reading SET total = total + ? WHERE id = ?", [len(told), id])

    def all(self) -> tuple[Replay, ...]:
        """The replays that aren't finished, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id FROM reading r WHERE EXISTS
                (SELECT 1 FROM reading_message m WHERE m.reading = r.id) ORDER BY id"""
            ).fetchall()
        return tuple(self.get(row[0]) for row in rows)

    def get(self, id: int) -> Replay:
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM reading WHERE id = ?", [id]).fetchone()
            if row is None:
                raise NotFound(f"There is no reading {id}: it may be done.")
            kept = connection.execute(
                """SELECT count(DISTINCT s.episode_id) FROM message m
                JOIN episode_source s ON s.message_id = m.id
                JOIN episode e ON e.id = s.episode_id AND e.forgotten IS NULL
                WHERE m.import = ?""",
                [row["import"]],
            ).fetchone()[0]
        return Replay(id, row["name"], row["done"], row["total"], kept, bool(row["paused"]), None)

    def pause(self, id: int, paused: bool) -> Replay:
        with self._database.writing() as connection:
            connection.execute("UPDATE reading SET paused = ? WHERE id = ?", [paused, id])
            return self.get(id)

    def end(self, id: int) -> None:
        """End a replay: its other messages will not be read. The episodes kept from it stay."""
        self.get(id)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM reading WHERE id = ?", [id])
            self._database.want_wipe()

    # --- the messages ----------------------------------------------------------------------

    def next(self) -> Waiting | None:
        """The next message of the oldest replay that isn't paused, or None. Deletes finished replays."""
        with self._database.writing() as connection:
            connection.execute(
                """DELETE FROM reading WHERE NOT EXISTS
                (SELECT 1 FROM reading_message m WHERE m.reading = reading.id)"""
            )
            row = connection.execute(
                f"""SELECT m.*, {_TEXT} AS said FROM reading_message m JOIN reading r ON r.id = m.reading
                WHERE NOT r.paused ORDER BY m.reading, m.position LIMIT 1"""
            ).fetchone()
        if row is None:
            return None
        talk = row["conversation"]
        return Waiting(
            row["reading"], row["position"], talk if talk > 0 else None, talk, row["title"],
            row["role"], row["said"], row["created"], row["message"],
        )  # fmt: skip

    def left(self, id: int) -> int:
        """How many characters of a replay are still to be read."""
        return int(
            self._database.value(
                f"SELECT coalesce(sum(length({_TEXT})), 0) FROM reading_message m WHERE reading = ?",
                [id],
            )
        )

    def take(
        self,
        waiting: Waiting,
        trace: Sequence[TokenScore] | None,
        baselines: Mapping[tuple[str, Role], bytes],
    ) -> Message | None:
        """Store a message that the model has read. With a trace it is still to be judged, without one it
        isn't.

        None if the message was taken away meanwhile, because the user forgot it or ended the replay.
        """
        with self._database.writing() as connection:
            gone = connection.execute(
                "DELETE FROM reading_message WHERE reading = ? AND position = ?",
                [waiting.reading, waiting.position],
            )
            import_id = self._database.value(
                "SELECT import FROM reading WHERE id = ?", [waiting.reading]
            )
            if not gone.rowcount or import_id is None:
                return None
            connection.execute("UPDATE reading SET done = done + 1 WHERE id = ?", [waiting.reading])
            if waiting.message is not None:
                return self._heard(waiting.message, trace, baselines)
            talk = waiting.conversation or self._begin(waiting)
            made = connection.execute(
                """INSERT INTO message (conversation_id, role, text, created, state, model, import,
                judged) VALUES (?, ?, ?, ?, 'complete', '', ?, ?)""",
                [
                    talk, waiting.role, clean(waiting.text), waiting.created, import_id,
                    trace is None,
                ],
            )  # fmt: skip
            id = int(made.lastrowid or 0)
            connection.execute(
                "UPDATE conversation SET updated = max(updated, ?) WHERE id = ?",
                [waiting.created, talk],
            )
            if trace is not None:
                self._writer.statistics({id: trace}, baselines)
            return self._store.message(id)

    def _heard(
        self,
        id: int,
        trace: Sequence[TokenScore] | None,
        baselines: Mapping[tuple[str, Role], bytes],
    ) -> Message | None:
        """A message that the profile has already was read. None if it is forgotten by now."""
        try:
            message = self._store.message(id)
        except NotFound:
            return None
        if trace is not None and self._store.captures(id):
            with self._database.writing() as connection:
                connection.execute("UPDATE message SET judged = 0 WHERE id = ?", [id])
            self._writer.statistics({id: trace}, baselines)
        return message

    def _begin(self, waiting: Waiting) -> int:
        """Make the row of the message's conversation, with the time of this first message. Returns its id."""
        title = waiting.title.strip() or title_of(clean(waiting.text))
        with self._database.writing() as connection:
            made = connection.execute(
                "INSERT INTO conversation (title, created, updated) VALUES (?, ?, ?)",
                [title, waiting.created, waiting.created],
            )
            id = int(made.lastrowid or 0)
            connection.execute(
                "UPDATE reading_message SET conversation = ? WHERE reading = ? AND conversation = ?",
                [id, waiting.reading, waiting.talk],
            )
        return id
