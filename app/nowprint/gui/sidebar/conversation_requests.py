"""Changes of conversations that the window asks the core for: title, project, use of memory, deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.errors import CoreDied, UserError
from nowprint.gui.core.bridge import Bridge

if TYPE_CHECKING:
    from nowprint.inspection import Forgotten


class ConversationRequests(QObject):
    changed = Signal(object)
    """Conversation, as it is now."""
    deleted = Signal(int)
    hidden = Signal(object)
    """Forgotten: what went with a conversation, and can be brought back for a minute."""
    refused = Signal()
    """The core refused a change, which the window may show already."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge

    def rename(self, conversation_id: int, title: str) -> None:
        from nowprint.service.protocol import RenameConversation

        self._bridge.call(RenameConversation(conversation_id, title), self.changed.emit)

    def move(self, conversation_id: int, project: int | None) -> None:
        """Move it to a project: what is told in it from now on belongs to that project."""
        from nowprint.service.requests.memory import MoveConversation

        self._bridge.call(MoveConversation(conversation_id, project), self.changed.emit)

    def use_memory(self, conversation_id: int, recalls: bool, captures: bool) -> None:
        from nowprint.service.requests.memory import UseMemory

        request = UseMemory(conversation_id, recalls, captures)
        self._bridge.call(request, self.changed.emit, self._refuse)

    def think(self, conversation_id: int, thinks: bool) -> None:
        from nowprint.service.requests.memory import Think

        self._bridge.call(Think(conversation_id, thinks), self.changed.emit, self._refuse)

    def choose_persona(self, conversation_id: int, persona: int | None) -> None:
        from nowprint.service.requests.personas import ChoosePersona

        request = ChoosePersona(conversation_id, persona)
        self._bridge.call(request, self.changed.emit, self._refuse)

    def _refuse(self, error: UserError) -> None:
        self.refused.emit()
        if not isinstance(error, CoreDied):
            self._bridge.fault.emit(error)

    def delete(self, conversation_id: int) -> None:
        """Delete it, but keep the memories from it; to forget those as well there is ``ForgetDialog``."""
        from nowprint.service.protocol import DeleteConversation

        def deleted(what: Forgotten) -> None:
            self.deleted.emit(conversation_id)
            if what.batch:
                self.hidden.emit(what)

        self._bridge.call(DeleteConversation(conversation_id, False), deleted)
