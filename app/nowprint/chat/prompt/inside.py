"""What a prompt consists of, for people: each part with its tokens, and what has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nowprint.chat.prompt.builder import Base
from nowprint.chat.prompt.chat_caches import ChatCaches
from nowprint.chat.prompt.wording import wording
from nowprint.context_records import ChatContext, ContextPart
from nowprint.engine.engine import Engine
from nowprint.records import Message, Recollection

LONGEST = 2000
"""The most characters of a part's text."""


def inside(
    engine: Engine,
    base: Base,
    recollections: Sequence[Recollection],
    user: Message,
    *,
    tokens: int,
    answer_room: int,
    caches: ChatCaches,
) -> ChatContext:
    """What is in the prompt of ``tokens`` tokens for the message ``user``. The marks that the model's
    template puts around each part, and the words that introduce memories, count to the system text."""

    def part(text: str, **more: object) -> ContextPart:
        return replace(
            ContextPart("chat", text[:LONGEST], engine.length(text)),
            **more,  # type: ignore[arg-type]
        )

    left = {one.message_id for one in base.left}
    parts = [
        *(part(e.text, kind="pinned", id=e.id, salience=e.salience) for e in base.pinned),
        *(
            part(
                m.text,
                id=m.id,
                role=m.role,
                salience=base.marks.salience.get(m.id),
                shortened=m.id in left,
                held=m.id in base.marks.held,
            )
            for m in base.history
            if m.text
        ),
        *(
            part(r.episode.text, kind="recalled", id=r.episode.id, salience=r.episode.salience)
            for r in recollections
        ),
        part(user.text, kind="message", id=user.id),
    ]
    others = tokens - sum(one.tokens for one in parts)
    system = ContextPart("system", (base.system or wording().system)[:LONGEST], max(0, others))
    return ChatContext(
        conversation=user.conversation_id,
        at=base.now,
        size=engine.context.size,
        answer_room=answer_room,
        parts=(system, *parts),
        left=tuple(replace(one, text=one.text[:LONGEST]) for one in base.left),
        cached_bytes=engine.context.cache_bytes,
        other_chats=len(caches),
        other_bytes=caches.bytes,
    )
