"""Who answers requests about chats as files."""

from __future__ import annotations

from nowprint.chat.chat import Chat
from nowprint.inspection import ChatForm
from nowprint.memory.chat_files.chat_files import ChatFiles, render
from nowprint.service.requests import chat_files as cf
from nowprint.service.router import Router


def register(router: Router, files: ChatFiles, chat: Chat) -> None:
    def rendered(conversation_id: int, form: ChatForm, thoughts: bool = False) -> str:
        return render(chat.store_of(conversation_id).database, conversation_id, form, thoughts)

    router.on(cf.ExportChats, files.export)
    router.on(cf.RenderChat, rendered)
