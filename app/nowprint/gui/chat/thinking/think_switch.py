"""Whether the model thinks before it answers in the open chat: a button below the composer, and an action
for the menu, where the model can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton

from nowprint.gui.core.session import CoreSession
from nowprint.gui.sidebar.conversation_requests import ConversationRequests
from nowprint.gui.sidebar.conversations_panel import ConversationsPanel

if TYPE_CHECKING:
    from nowprint.records import Conversation

ON, OFF = "Thinks first", "Answers at once"


class ThinkSwitch(QObject):
    def __init__(
        self,
        session: CoreSession,
        button: QPushButton,
        panel: ConversationsPanel,
        requests: ConversationRequests,
    ) -> None:
        super().__init__(session)
        self._session, self._button = session, button
        self._panel, self._requests = panel, requests
        self._conversation_id: int | None = None
        self.wanted: bool | None = None
        """In a chat that has no message yet; None for what the settings say."""
        self.action = QAction("&Think before answering", button)
        self.action.setCheckable(True)
        self.action.triggered.connect(self._choose)
        button.clicked.connect(lambda _: self._choose(not self.is_on))
        session.changed.connect(self._show)
        session.settings_changed.connect(self._show)
        self._show()

    def show_chat(self, conversation_id: int | None) -> None:
        if conversation_id is None or conversation_id != self._conversation_id:
            self.wanted = None
        self._conversation_id = conversation_id
        self._show()

    def begin(self, made: Conversation) -> None:
        """The core has created the chat on the screen."""
        wanted, self._conversation_id = self.wanted, made.id
        if wanted is not None and wanted != made.thinks:
            self._choose(wanted)
        self.wanted = None
        self._show()

    @property
    def is_on(self) -> bool:
        if conversation := self._panel.model.conversation(self._conversation_id):
            return conversation.thinks
        return self._session.settings.think if self.wanted is None else self.wanted

    def _choose(self, on: bool) -> None:
        if self._conversation_id is None:
            self.wanted = on
        else:
            self._panel.change(self._conversation_id, thinks=on)
            self._requests.think(self._conversation_id, on)
        self._show()

    def _show(self) -> None:
        model = self._session.model
        thinks, switches = bool(model and model.thinks), bool(model and model.switches)
        self.action.setEnabled(switches)
        self.action.setChecked(thinks and (self.is_on or not switches))
        self._button.setVisible(switches)
        self._button.setText(ON if self.is_on else OFF)
        self._button.setAccessibleName(f"The model {self._button.text().lower()} in this chat")
