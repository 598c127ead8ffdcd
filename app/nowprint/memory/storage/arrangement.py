"""How conversations are arranged: pinned or archived; and the titles that a model makes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from nowprint.errors import NotFound
from nowprint.memory.storage.conversations import ConversationStore, clean, title_of
from nowprint.memory.storage.episodes import THESE, id_array
from nowprint.records import Conversation, Message

Mark = Literal["pinned", "archived"]


class Arrangement:
    """Thread-safe."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store

    def mark(self, ids: Iterable[int], mark: Mark, on: bool) -> tuple[Conversation, ...]:
        """Pin conversations, archive them, or take that back. What is archived is no longer pinned, and what
        is pinned no longer archived."""
        other: Mark = "archived" if mark == "pinned" else "pinned"
        ids = tuple(ids)
        with self._store.database.writing() as connection:
            there = tuple(self._store.conversation(id) for id in ids)
            connection.execute(
                f"""UPDATE conversation SET {mark} = ?1, {other} = {other} AND NOT ?1
                WHERE id {THESE.replace("?", "?2")}""",
                [on, id_array(ids)],
            )
            return tuple(self._store.conversation(one.id) for one in there)

    # --- titles ----------------------------------------------------------------------------

    def first_exchange(self, conversation_id: int) -> tuple[Message, ...]:
        """The user's message and the answer of a conversation that has no more messages, as long as its title
        is still the message's first words; else nothing."""
        with self._store.database.reading():
            try:
                messages = self._store.messages(conversation_id, limit=3)
            except NotFound:  # it is deleted, or a temporary one
                return ()
            if [one.role for one in messages] != ["user", "assistant"]:
                return ()
            asked, answer = messages
            if answer.state == "writing" or not self._titled_by_first_words(asked):
                return ()
            return messages

    def give_title(self, asked: Message, answer: Message, title: str) -> Conversation | None:
        """Give a conversation the title that a model made from this exchange. None if the user has changed
        the title, or has forgotten one of the two messages, in between."""
        with self._store.database.writing() as connection:
            there = "SELECT 1 FROM message WHERE id = ? AND forgetting IS NULL"
            kept = self._store.database.value(there, [answer.id])
            if not kept or not self._titled_by_first_words(asked):
                return None
            connection.execute(
                "UPDATE conversation SET title = ? WHERE id = ?",
                [clean(title), asked.conversation_id],
            )
            return self._store.conversation(asked.conversation_id)

    def _titled_by_first_words(self, asked: Message) -> bool:
        return bool(
            self._store.database.value(
                """SELECT 1 FROM conversation c JOIN message m ON m.id = c.titled_from
                WHERE c.id = ? AND m.id = ? AND c.title = ?
                AND c.forgetting IS NULL AND m.forgetting IS NULL""",
                [asked.conversation_id, asked.id, title_of(asked.text)],
            )
        )
