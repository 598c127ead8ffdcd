"""Loads the messages of the conversation on the screen, page by page from the last one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.errors import CoreDied, UserError
from nowprint.gui.chat.transcript import PAGE, Transcript
from nowprint.gui.core.session import CoreSession

if TYPE_CHECKING:
    from nowprint.records import Message


class Pages(QObject):
    elsewhere = Signal(int)
    """The message to be shown is on another branch."""

    def __init__(self, session: CoreSession, transcript: Transcript, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._transcript = transcript
        self.conversation_id: int | None = None
        """None until the core has created the conversation."""
        self._listing = 0  # counts requests: replies to older ones are dropped
        self.goal: tuple[int, int, int] | None = None
        """A message's id and a place in it (start and end), to be shown once the message is there."""
        transcript.earlier_messages.connect(self._list)

    def begin(self, conversation_id: int) -> None:
        self.conversation_id = conversation_id
        self._list(None)

    def leave(self) -> None:
        """Drop the replies that are still on their way: their conversation is no longer shown."""
        self._listing += 1
        self.conversation_id = None

    def seek(self) -> None:
        """Go to the goal, by way of earlier pages if need be."""
        if self.goal and self._transcript.go_to(*self.goal):
            self.goal = None
        elif self.goal and self._transcript.views:
            self._list(self._transcript.views[0].message.id)

    def _list(self, before: int | None) -> None:
        from nowprint.service.protocol import ListMessages

        if self.conversation_id is None:
            return
        self._listing += 1
        listing = self._listing

        def listed(messages: tuple[Message, ...]) -> None:
            if listing == self._listing:
                if not messages and before is not None and self.goal:
                    lost, self.goal = self.goal[0], None
                    self.elsewhere.emit(lost)
                self._transcript.add_earlier(messages, PAGE)

        def failed(error: UserError) -> None:
            if listing == self._listing:
                self._transcript.offer_earlier(bool(self._transcript.views))
            if not isinstance(error, CoreDied):
                self._session.said.emit(str(error), "", None)

        self._transcript.offer_earlier(False)
        self._session.bridge.call(ListMessages(self.conversation_id, before, PAGE), listed, failed)
