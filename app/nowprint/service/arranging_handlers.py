"""Who answers requests that arrange conversations, several at once."""

from __future__ import annotations

from nowprint.chat.chat import TEMPORARY_IDS, Chat
from nowprint.errors import UserError
from nowprint.inspection import Forgotten
from nowprint.memory.memory import Memory
from nowprint.memory.storage.arrangement import Mark
from nowprint.records import Conversation
from nowprint.service.requests import arranging as a
from nowprint.service.requests import memory as m
from nowprint.service.router import Router


def register(router: Router, memory: Memory, chat: Chat) -> None:
    def mark(ids: tuple[int, ...], kind: Mark, on: bool) -> tuple[Conversation, ...]:
        if any(id >= TEMPORARY_IDS for id in ids):
            raise UserError("A temporary chat isn't kept: begin another chat for that.")
        return memory.arrangement.mark(ids, kind, on)

    def delete(ids: tuple[int, ...]) -> Forgotten:
        for id in ids:
            if id >= TEMPORARY_IDS:
                chat.store_of(id).delete_conversation(id)
        return memory.forgetting.delete_conversations([id for id in ids if id < TEMPORARY_IDS])

    router.on(a.PinConversations, lambda ids, pinned: mark(ids, "pinned", pinned))
    router.on(a.ArchiveConversations, lambda ids, archived: mark(ids, "archived", archived))
    router.on(
        a.MoveConversations,
        lambda ids, project: tuple(chat.move_conversation(id, project) for id in ids),
    )
    router.on(a.DeleteConversations, delete)
    router.on(m.DeleteProject, memory.forgetting.delete_project)
