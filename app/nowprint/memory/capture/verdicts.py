"""What is known of what was said before and after it was judged: frames, saliences, what stands open.

A user's message is *awaited* when an answer to it begins (``judged`` is 0 from then on), *heard* when it
has been read (its trace is stored) and later *judged*: its spans are scored, and those worth keeping
become episodes. A kill or a stop in between leaves it unjudged, and it is found when nothing else
waits; what was not read to its end is judged without its surprises. While memory is off it waits. What
the user said when capturing was switched off is *let go* (``judged`` is 2), even while it is being
judged. Of judged spans only numbers and places are stored; the text is the message's.
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
"""Messages; what came before them was looked through when those were judged."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A user's message as the detector reads it again.

    ``frames`` are the bytes that were given to ``judge``, None for a message that never got any;
    ``before`` is the message before it. ``known`` are the answers before it in its conversation (from
    ``hearings`` only those since the last one). What was recalled for its own answer is not among
    them: a changed fact repeats most of the old one.
    """

    message: Message
    tokens: tuple[TokenScore, ...]
    frames: bytes | None
    known: tuple[str, ...]
    before: Message | None


class Verdicts:
    """The rows of judging; the caller of a writing method holds the transaction."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._database: Database = store.database
        self.off = Event()
        """Set while the user wants no memory."""

    def awaited(self, answer_id: int) -> None:
        """The message that this answer is for is to be judged, unless it was read before."""
        with self._database.writing() as connection:
            connection.execute(
                """UPDATE message SET judged = 0 WHERE id = (SELECT max(u.id) FROM message u
                    JOIN message a ON a.id = ? AND a.conversation_id = u.conversation_id
                    WHERE u.role = 'user' AND u.id < a.id AND u.forgetting IS NULL)
                AND NOT EXISTS (SELECT 1 FROM trace t WHERE t.message_id = message.id)""",
                [answer_id],
            )

    def heard(self, message_id: int) -> None:
        with self._database.writing() as connection:
            connection.execute("UPDATE message SET judged = 0 WHERE id = ?", [message_id])

    def let_go(self, message_id: int) -> None:
        """If this message waits to be judged, it doesn't any longer."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE message SET judged = 2 WHERE id = ? AND NOT judged", [message_id]
            )

    def captures(self, message_id: int) -> bool:
        """Whether anything may be captured from a message now."""
        captures = self._store.captures(message_id) and not self.off.is_set()
        state = self._database.value("SELECT judged FROM message WHERE id = ?", [message_id])
        return captures and state != 2

    def judged(self, message_id: int, frames: bytes | None, spans: Sequence[Judged]) -> None:
        """Judging a message again replaces what was there."""
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
        """What the trace of a message from which nothing was kept holds for the inspector alone."""
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
        """The traces of earlier answers that no episode was read from: nothing shows them, and they
        would be most of what memory takes on disk.

        ``wanted`` are messages that an episode is about to be read from.
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
        """Oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM message WHERE NOT judged AND forgetting IS NULL ORDER BY id"
            )
            return tuple(self._store.message(row[0]) for row in rows.fetchall())

    def recent_saliences(self, limit: int) -> tuple[float, ...]:
        """Of the spans judged last, kept or dropped, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT salience FROM judged ORDER BY message_id DESC, start DESC LIMIT ?", [limit]
            )
            return tuple(row[0] for row in rows)

    def kept_places(self, message_id: int) -> frozenset[tuple[int, int]]:
        """The places of a message that an episode was read from."""
        with self._database.reading() as connection:
            rows = connection.execute(
                'SELECT start, "end" FROM episode_source WHERE message_id = ?', [message_id]
            )
            return frozenset((row[0], row[1]) for row in rows)

    def hearings(self, newest: int) -> Iterator[Heard]:
        """The newest user messages that have a trace: one conversation after the other, each from its
        beginning, read once.

        No lock is held between two messages; what is deleted meanwhile is left out.
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
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id FROM message m WHERE conversation_id = ? AND id <= ?
                AND forgetting IS NULL
                AND NOT EXISTS (SELECT 1 FROM message r WHERE r.replaces = m.id) ORDER BY id""",
                [conversation_id, max(wanted)],
            ).fetchall()
        known: list[str] = []
        before: Message | None = None
        for (id,) in rows:
            try:
                with self._database.lock:
                    message = self._store.message(id)
                    tokens = self._store.trace(id) if id in wanted else ()
                    frames = self._frames(id) if id in wanted else None
            except NotFound:
                continue
            if id in wanted:
                yield Heard(message, tokens, frames, tuple(known), before)
                known = []
            if message.role == "assistant":
                known.append(message.text)
            before = message

    def _frames(self, message_id: int) -> bytes | None:
        data = self._database.value("SELECT frames FROM message WHERE id = ?", [message_id])
        return None if data is None else bytes(data)

    def heard_message(self, id: int) -> Heard | None:
        """One message again; None if it was deleted."""
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
        """What the head has learned on this device."""
        state = self._database.meta(HEAD)
        return None if state is None else bytes(state)

    def put_head(self, state: bytes | None) -> None:
        """None to forget all that was learned."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM meta WHERE key = ?", [HEAD])
            if state is not None:
                connection.execute("INSERT INTO meta VALUES (?, ?)", [HEAD, state])
