"""What the model has before it in each chat: to look at, and to come back to without reading it again."""

from __future__ import annotations

from collections.abc import Sequence

from nowprint.chat.prompt.builder import MOST_CHATS, Base, PromptBuilder
from nowprint.chat.prompt.chat_caches import ChatCaches
from nowprint.chat.prompt.inside import inside
from nowprint.chat.prompt.leaving import Marks
from nowprint.context_records import ChatContext
from nowprint.engine.engine import Engine
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.message_marks import held_messages, hold, saliences
from nowprint.records import Message, Recollection


class Contexts:
    """``get`` and ``hold`` may be called on any thread, the rest on the generating thread only."""

    def __init__(self) -> None:
        self.caches = ChatCaches()
        self._last: dict[int, ChatContext] = {}
        """By conversation."""

    def note(
        self,
        engine: Engine,
        builder: PromptBuilder,
        base: Base,
        recollections: Sequence[Recollection],
        user: Message,
        tokens: int,
    ) -> None:
        """The model now has this prompt of ``tokens`` tokens before it."""
        seen = inside(
            engine,
            base,
            recollections,
            user,
            tokens=tokens,
            answer_room=builder.answer_room,
            caches=self.caches,
        )
        self._last.pop(user.conversation_id, None)
        self._last[user.conversation_id] = seen
        if len(self._last) > MOST_CHATS:
            del self._last[next(iter(self._last))]

    def get(self, store: ConversationStore, conversation_id: int) -> ChatContext | None:
        """What the model had before it at the conversation's last message; None if that was before the
        start."""
        there = self._last.get(conversation_id)
        return there and there.holding(held_messages(store.database, conversation_id))

    @staticmethod
    def hold(store: ConversationStore, message_id: int, held: bool) -> None:
        """Have a message before the model from the conversation's next message on, or no longer. NotFound if
        there is no such message."""
        store.message(message_id)
        hold(store.database, message_id, held)

    def clear(self, engine: Engine | None) -> None:
        """Drop all, with what the engine's own context holds."""
        self._last.clear()
        self.caches.empty(engine.context if engine else None)


def marks_of(store: ConversationStore, conversation_id: int) -> Marks:
    return Marks(
        saliences(store.database, conversation_id),
        held_messages(store.database, conversation_id),
    )
