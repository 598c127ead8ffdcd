"""Who answers requests about branches."""

from __future__ import annotations

from nowprint.chat.chat import Chat
from nowprint.errors import UserError
from nowprint.inspection import Forgotten
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Conversation
from nowprint.service.requests import branches as b
from nowprint.service.router import Router


def register(router: Router, store: ConversationStore, memory: Memory, chat: Chat) -> None:
    def delete(message_id: int) -> Forgotten:
        if (mine := chat.store_of(message_id)) is store:
            return memory.forgetting.delete_branch(message_id)
        mine.delete_branch(message_id)
        return Forgotten(0, 0, 0, 0)

    def fork(message_id: int) -> Conversation:
        if chat.store_of(message_id) is not store:
            raise UserError("A temporary chat isn't kept: begin another chat for that.")
        return store.fork(message_id)

    router.on(b.ShowBranch, lambda message_id: chat.store_of(message_id).show_branch(message_id))
    router.on(b.DeleteBranch, delete)
    router.on(b.ForkConversation, fork)
    router.on(
        b.GetTree, lambda conversation_id: chat.store_of(conversation_id).tree(conversation_id)
    )
