"""Who is chosen to answer in the chat on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.gui.core.session import CoreSession
from nowprint.gui.sidebar.conversation_requests import ConversationRequests
from nowprint.gui.sidebar.conversations_panel import ConversationsPanel

if TYPE_CHECKING:
    from nowprint.records import Conversation


class ChatPersona(QObject):
    changed = Signal()

    def __init__(
        self, session: CoreSession, panel: ConversationsPanel, requests: ConversationRequests
    ) -> None:
        super().__init__(session)
        self._panel, self._requests = panel, requests
        self._conversation_id: int | None = None
        self.wanted: int | None = None
        """In a chat that has no message yet; None for whom its project names."""
        self.scope: str | None = None
        """Which memories the one who answers may use, as in ``MemoryMode``."""

    def show_chat(self, conversation_id: int | None) -> None:
        if conversation_id != self._conversation_id:
            self.wanted = None
        self._conversation_id = conversation_id
        self.changed.emit()

    def begin(self, made: Conversation) -> None:
        """The core has created the chat on the screen."""
        wanted, self._conversation_id = self.wanted, made.id
        if wanted != made.persona:
            self.choose(wanted)
        self.wanted = None
        self.changed.emit()

    @property
    def chosen(self) -> int | None:
        conversation = self._panel.model.conversation(self._conversation_id)
        return conversation.persona if conversation else self.wanted

    def choose(self, persona: int | None) -> None:
        if self._conversation_id is None:
            self.wanted = persona
        else:
            self._panel.change(self._conversation_id, persona=persona)
            self._requests.choose_persona(self._conversation_id, persona)
        self.changed.emit()
