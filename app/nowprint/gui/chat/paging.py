"""Loads the messages of the conversation on the screen, page by page from the last one back; and the answers
that a retry replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from nowprint.errors import CoreDied, NotFound, UserError
from nowprint.gui.chat.transcript import PAGE, Transcript
from nowprint.gui.core.session import CoreSession

if TYPE_CHECKING:
    from nowprint.gui.chat.message_view import MessageView
    from nowprint.records import Message


class Pages(QObject):
    def __init__(self, session: CoreSession, transcript: Transcript, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._transcript = transcript
        self.conversation_id: int | None = None
        """None until the core has created the conversation."""
        self._listing = 0  # counts requests: replies to older ones are dropped
        self.goal: tuple[int, int, int] | None = None
        """A message's id and a place in it (start and end), to be shown once the message is there."""
        transcript.earlier_answer.connect(self._show_earlier_answer)
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
                if not messages and before is not None:
                    self.goal = None
                self._transcript.add_earlier(messages, PAGE)

        def failed(error: UserError) -> None:
            if listing == self._listing:
                self._transcript.offer_earlier(bool(self._transcript.views))
            if not isinstance(error, CoreDied):
                self._session.said.emit(str(error), "", None)

        self._transcript.offer_earlier(False)
        self._session.bridge.call(ListMessages(self.conversation_id, before, PAGE), listed, failed)

    def _show_earlier_answer(self, view: MessageView) -> None:
        from nowprint.service.protocol import GetMessage

        if view.older:
            view.show_older(view.older.message)
        elif view.message.replaces is not None:
            self._session.bridge.call(
                GetMessage(view.message.replaces), view.show_older, self._no_earlier
            )

    def _no_earlier(self, error: UserError) -> None:
        if isinstance(error, NotFound):
            self._session.said.emit("That earlier answer was deleted.", "", None)
