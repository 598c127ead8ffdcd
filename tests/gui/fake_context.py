"""What the fake client's model has before it: everything that was said in the chat, as far as it fits."""

from __future__ import annotations

import time
from typing import Any

from fake_backups import FakeBackups

from nowprint import records as r
from nowprint.context_records import ChatContext, ContextPart, LeftPart
from nowprint.service import protocol as p
from nowprint.service.requests import context as cx

SYSTEM = "You are Nowprint, a helpful assistant. What follows from memory was told by the user."
ROOM = 512
CACHED = 94_371_840


def tokens_of(text: str) -> int:
    return max(1, len(text) // 4)


class FakeContext(FakeBackups):
    model: r.ModelInfo

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.contexts: dict[int, ChatContext] = {}
        """By conversation; what is put in here is what the window gets."""
        self.held: set[int] = set()

    def reply(self, request: Any) -> Any:
        match request:
            case cx.GetContext(id):
                context = self.contexts.get(id)
                return context and context.holding(frozenset(self.held))
            case cx.HoldMessage(id, held):
                (self.held.add if held else self.held.discard)(self._message(id).id)
                return None
            case p.MemoryStatistics():
                rows = self.there()
                pinned = sum(one.pinned for one in rows)
                never = sum(not one.recalled for one in rows)
                talks, said = len(self.conversations), len(self.messages)
                return r.MemoryStats(len(rows), pinned, never, talks, said, 0, 0, 4096, 4096)
        return super().reply(request)

    def read(self, message: r.Message, recalls: tuple[int, ...]) -> None:
        """The model reads a message, with what was said before it and what is remembered."""
        pinned = [one for one in self.there() if one.pinned]
        before = self._said(message.conversation_id, message.parent)
        parts = [ContextPart("system", SYSTEM, tokens_of(SYSTEM))]
        parts += [
            ContextPart("pinned", one.text, tokens_of(one.text), one.id, "user", one.salience)
            for one in pinned
        ]
        chat = [
            ContextPart(
                "chat", one.text, tokens_of(one.text), one.id, one.role, self._salience(one),
                held=one.id in self.held,
            )
            for one in before
        ]  # fmt: skip
        last = [
            ContextPart("recalled", self.episodes[id].text, tokens_of(self.episodes[id].text), id)
            for id in recalls
        ]
        last.append(ContextPart("message", message.text, tokens_of(message.text), message.id))
        size = self.model.context
        room = size - ROOM - sum(one.tokens for one in (*parts, *last))
        left = []
        while chat and sum(one.tokens for one in chat) > room:
            out = next((one for one in chat if not one.held), chat[0])
            chat.remove(out)
            left.append(LeftPart(out.id, out.role, out.text, out.tokens, time.time(), "oldest"))
        id = message.conversation_id
        others = len(self.contexts.keys() - {id})
        self.contexts[id] = ChatContext(
            id, time.time(), size, ROOM, (*parts, *chat, *last), tuple(reversed(left)),
            CACHED, others, others * CACHED // 4,
        )  # fmt: skip

    def _salience(self, message: r.Message) -> float | None:
        if message.role != "user":
            return None
        return max((self.episodes[id].salience for id in message.kept), default=0.12)
