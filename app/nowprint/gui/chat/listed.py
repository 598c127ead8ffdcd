"""Keeps the conversation on the screen in step with the list, where it may be changed, deleted or brought
back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from nowprint.gui.chat.chat import Chat
    from nowprint.records import Conversation


class Listed(QObject):
    def __init__(self, chat: Chat) -> None:
        super().__init__(chat)
        self._chat, self._panel, self._session = chat, chat.panel, chat.session
        panel, requests = chat.panel, chat.requests
        panel.renamed.connect(requests.rename)
        panel.pinned.connect(requests.pin)
        panel.archived.connect(requests.archive)
        panel.deleted.connect(requests.delete)
        requests.changed.connect(self._on_changed)
        requests.deleted.connect(self._on_deleted)
        requests.refused.connect(self._session.refresh_conversations)
        self._session.conversations.connect(self._on_list)
        self._session.retitled.connect(panel.put)

    def _on_list(self, conversations: tuple[Conversation, ...]) -> None:
        chat = self._chat
        self._panel.show_list(conversations)
        again, chat.look_again = chat.look_again, False
        if again and chat.conversation_id is not None and not chat.temporary:
            if self._panel.model.conversation(chat.conversation_id) is None:
                chat.new()
            else:
                chat.open(chat.conversation_id)
        chat.show_use()

    def _on_changed(self, conversation: Conversation) -> None:
        if conversation.id in self._panel.model.temporary:
            self._panel.model.temporary[conversation.id] = conversation
        self._session.refresh_conversations()

    def _on_deleted(self, ids: tuple[int, ...]) -> None:
        for id in ids:
            self._panel.model.temporary.pop(id, None)
        if self._chat.conversation_id in ids:
            self._chat.new()
        self._session.refresh_conversations()
        self._chat.deleted.emit()
