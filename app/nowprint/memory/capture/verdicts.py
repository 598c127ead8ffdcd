"""Stores how far the detector has come with each message, and what it found.

A user's message is *awaited* from the moment an answer to it begins (its column ``judged`` is then 0). It
is *heard* when the model has read it and its trace is stored. Later it is *judged*: the detector scores
its spans, and those worth keeping become episodes. After a kill or a stop in between the message is still
unjudged, and the core judges it when no request waits; a message that the model didn't read to its end is
judged without its surprisal. While memory is off, unjudged messages wait. When the user switches memory or
capture off in the middle of a turn, its message is *let go* (``judged`` is 2) and never judged, even if
judging has begun. Of judged spans only numbers and places are stored; the message holds the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from threading import Event

from nowprint.errors import NotFound
from nowprint.memory.storage import traces
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.database import Database
from nowprint.records import Judged, Message, TokenScore

HEAD = "head"
"""The key under which ``meta`` holds what the episodic head has learned."""
_LATELY = 1000
"""How many messages back ``drop_answers`` looks; judging those dropped what came before them."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A user's message, with what the detector needs to judge it again.

    ``frames`` are the bytes that were stored when it was judged; None if there were none. ``before`` is the
    message before it. ``known`` are the texts of the answers before it in its conversation (from
    ``hearings`` only those since the previous message that it returned). The recollections for its own
    answer are not among them, since a changed fact repeats most of the old one.
    """

    message: Message
    tokens: tuple[TokenScore, ...]
    frames: bytes | None
    known: tuple[str, ...]
    before: Message | None


class Verdicts:
    """Reads and writes the rows of judging. The caller of a writing method holds the transaction."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._database: Database = store.database
        self.off = Event()
        """Set while the user has memory switched off."""

    def awaited(self, answer_id: int) -> None:
        """The user's message that this answer replies to is to be judged, unless it has a trace already; and
        what is kept of it, in the project that the answer names."""
        with self._database.writing() as connection:
            connection.execute(
                """UPDATE message SET judged = 0,
                project = (SELECT project FROM message WHERE id = ?1)
                WHERE role = 'user' AND forgetting IS NULL
                AND id = (SELECT parent FROM message WHERE id = ?1)
                AND NOT EXISTS (SELECT 1 FROM trace t WHERE t.message_id = message.id)""",
                [answer_id],
            )

    def heard(self, message_id: int) -> None:
        """The model has read the message: it is to be judged."""
        with self._database.writing() as connection:
            connection.execute("UPDATE message SET judged = 0 WHERE id = ?", [message_id])

    def let_go(self, message_id: int) -> None:
        """If the message is still to be judged, never judge it."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE message SET judged = 2 WHERE id = ? AND NOT judged", [message_id]
            )

    def captures(self, message_id: int) -> bool:
        """Whether anything may be captured from the message now."""
        captures = self._store.captures(message_id) and not self.off.is_set()
        state = self._database.value("SELECT judged FROM message WHERE id = ?", [message_id])
        return captures and state != 2

    def judged(self, message_id: int, frames: bytes | None, spans: Sequence[Judged]) -> None:
        """Store what the detector found in a message, in place of what it found before."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE message SET judged = 1, frames = ? WHERE id = ?", [frames, message_id]
            )
            connection.execute("DELETE FROM judged WHERE message_id = ?", [message_id])
            connection.executemany(
                "INSERT INTO judged VALUES (?, ?, ?, ?, ?)",
                [(message_id, s.start, s.end, s.salience, s.kept) for s in spans],
            )

    def shorten(self, message_id: int) -> None:
        """If nothing was kept from a message, drop from its trace what only the inspector would show."""
        with self._database.writing() as connection:
            row = connection.execute(
                """SELECT t.data, m.text FROM trace t JOIN message m ON m.id = t.message_id
                WHERE t.message_id = ? AND NOT EXISTS (SELECT 1 FROM episode_source s
                    WHERE s.message_id = t.message_id)""",
                [message_id],
            ).fetchone()
            if row is not None:
                connection.execute(
                    "UPDATE trace SET data = ? WHERE message_id = ?",
                    [traces.shortened(*row), message_id],
                )

    def drop_answers(self, before: int, wanted: Iterable[int]) -> None:
        """Delete the traces of the answers before message ``before`` that are no episode's source: nothing
        shows them, and they would be most of what memory takes on disk.

        ``wanted`` are the ids of messages that are about to become sources.
        """
        with self._database.writing() as connection:
            connection.execute(
                """DELETE FROM trace WHERE message_id IN (SELECT id FROM message
                    WHERE id BETWEEN ? AND ? AND role = 'assistant')
                AND message_id NOT IN (SELECT value FROM json_each(?))
                AND NOT EXISTS (SELECT 1 FROM episode_source s
                    WHERE s.message_id = trace.message_id)""",
                [before - _LATELY, before - 1, json.dumps(sorted(set(wanted)))],
            )

    def unjudged(self) -> tuple[Message, ...]:
        """The messages that are still to be judged, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM message WHERE NOT judged AND forgetting IS NULL ORDER BY id"
            )
            return tuple(self._store.message(row[0]) for row in rows.fetchall())

    def recent_saliences(self, limit: int) -> tuple[float, ...]:
        """The saliences of the last ``limit`` judged spans, kept or not, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT salience FROM judged ORDER BY message_id DESC, start DESC LIMIT ?", [limit]
            )
            return tuple(row[0] for row in rows)

    def kept_places(self, message_id: int) -> frozenset[tuple[int, int]]:
        """The places (start and end, in code points) of a message that are sources of episodes."""
        with self._database.reading() as connection:
            rows = connection.execute(
                'SELECT start, "end" FROM episode_source WHERE message_id = ?', [message_id]
            )
            return frozenset((row[0], row[1]) for row in rows)

    def hearings(self, newest: int) -> Iterator[Heard]:
        """The ``newest`` user messages that have a trace, one conversation after the other.

        Each conversation is read once, from its beginning. The database isn't locked between two messages;
        messages that are deleted meanwhile are left out.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT m.id, m.conversation_id FROM message m JOIN trace t ON t.message_id = m.id
                WHERE m.role = 'user' AND m.forgetting IS NULL ORDER BY m.id DESC LIMIT ?""",
                [newest],
            ).fetchall()
        wanted: dict[int, set[int]] = {}
        for id, conversation_id in rows:
            wanted.setdefault(conversation_id, set()).add(id)
        for conversation_id, ids in wanted.items():
            yield from self._hearings(conversation_id, ids)

    def _hearings(self, conversation_id: int, wanted: Set[int]) -> Iterator[Heard]:
        """Of each message what came before it on its branch: the message right before, and the answers since
        the last wanted one."""
        with self._database.reading() as connection:
            parents = dict(
                connection.execute(
                    """SELECT id, parent FROM message WHERE conversation_id = ? AND id <= ?
                    AND forgetting IS NULL ORDER BY id""",
                    [conversation_id, max(wanted)],
                ).fetchall()
            )
        messages: dict[int, Message] = {}
        for id, parent in parents.items():
            try:
                with self._database.lock:
                    message = messages[id] = self._store.message(id)
                    tokens = self._store.trace(id) if id in wanted else ()
                    frames = self._frames(id) if id in wanted else None
            except NotFound:
                continue
            if id in wanted:
                known: list[str] = []
                above = parent
                while above in messages and above not in wanted:
                    if messages[above].role == "assistant":
                        known.insert(0, messages[above].text)
                    above = parents[above]
                yield Heard(message, tokens, frames, tuple(known), messages.get(parent))

    def _frames(self, message_id: int) -> bytes | None:
        data = self._database.value("SELECT frames FROM message WHERE id = ?", [message_id])
        return None if data is None else bytes(data)

    def heard_message(self, id: int) -> Heard | None:
        """One message with what the detector needs; None if it was deleted."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT conversation_id FROM message WHERE id = ? AND forgetting IS NULL", [id]
            ).fetchone()
            if row is None:
                return None
            history = self._store.messages(row["conversation_id"], before=id)
        return Heard(
            message=self._store.message(id),
            tokens=self._store.trace(id),
            frames=self._frames(id),
            known=tuple(m.text for m in history if m.role == "assistant"),
            before=history[-1] if history else None,
        )

    def head(self) -> bytes | None:
        """What the episodic head has learned in this profile, as bytes; None if nothing."""
        state = self._database.meta(HEAD)
        return None if state is None else bytes(state)

    def put_head(self, state: bytes | None) -> None:
        """Store what the episodic head has learned; None deletes it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM meta WHERE key = ?", [HEAD])
            if state is not None:
                connection.execute("INSERT INTO meta VALUES (?, ?)", [HEAD, state])
