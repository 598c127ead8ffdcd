"""Messages that the user sends while an answer is written: they wait, and go one after the other.

Each chat has its own queue, which goes on while another chat is on the screen. A queue stops when an answer
fails, and when Nowprint was closed in between; the user lets it go on. Queues are kept with the drafts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from nowprint.errors import UserError
from nowprint.gui.chat.drafts import key_of

if TYPE_CHECKING:
    from nowprint.gui.chat.chat import Chat
    from nowprint.gui.chat.drafts import Drafts
    from nowprint.gui.chat.queue.queue_view import QueueView

FAILED = "The last answer failed. “Send now” goes on with these messages."
UNSENT = "Not sent before Nowprint was closed. “Send now” goes on with these messages."


class MessageQueue(QObject):
    def __init__(self, chat: Chat, drafts: Drafts) -> None:
        super().__init__(chat)
        self._chat, self._drafts = chat, drafts
        self._stopped = dict.fromkeys(drafts.queues, UNSENT)
        """Why the queue of a chat has stopped."""
        self._key = drafts.key
        self._first = ""
        """The chat whose queue is the next to go on."""
        self.view: QueueView | None = None
        chat.composer.send.connect(self.take)
        chat.finished.connect(self._on_finished)
        chat.opened.connect(self._on_opened)
        chat.requests.deleted.connect(lambda _: self._show())
        chat.session.changed.connect(self.go_on)

    @property
    def here(self) -> list[str]:
        """The messages that wait in the chat on the screen."""
        return self._drafts.queues.get(self._drafts.key, [])

    def take(self, text: str) -> None:
        """Send a message, or let it wait for the end of the answer."""
        if self._chat.turn is None:
            self._chat.send(text)
        else:
            self.change([*self.here, text])

    def change(self, texts: list[str]) -> None:
        """Let these messages wait in the chat on the screen."""
        self._put(self._drafts.key, texts)

    def send_now(self) -> None:
        """Stop the answer that is being written, and go on with this chat's queue."""
        self._first = self._drafts.key
        self._stopped.pop(self._first, None)
        if self._chat.turn:
            self._chat.stop()
        else:
            self.go_on()
        self._show()

    def _put(self, key: str, texts: list[str]) -> None:
        if not texts:
            self._stopped.pop(key, None)
        self._drafts.put_queue(key, texts)
        self._show()

    def _on_finished(self, result: object) -> None:
        turn = self._chat.last
        if turn is None:
            return
        key = key_of(turn.conversation_id, turn.temporary)
        if isinstance(result, UserError):
            texts = self._drafts.queues.get(key, [])
            if turn.queued and not turn.answer:  # it was not committed
                texts = [turn.text, *texts]
            if texts:
                self._stopped[key] = FAILED
                self._put(key, texts)
        self._first = self._first or key
        QTimer.singleShot(0, self, self.go_on)  # what the end of a turn leads to comes first

    def _on_opened(self) -> None:
        before, self._key = self._key, self._drafts.key
        turn = self._chat.turn
        begun = turn and turn.shown and turn.conversation_id == self._chat.conversation_id
        if begun and before == key_of(None, self._chat.temporary) != self._key:
            texts = self._drafts.queues.get(before, [])  # the same chat, which has an id now
            self._put(before, [])
            self._put(self._key, texts)
        self._show()
        QTimer.singleShot(0, self, self.go_on)

    def go_on(self) -> None:
        """Send the message that is next, of the chat that was answered last or else of another; none while
        one of them is being edited."""
        editing = self.view is not None and self.view.editing
        if self._chat.turn or self._chat.session.reason or editing:
            return
        queues = self._drafts.queues
        for key in (self._first, *queues):
            texts = queues.get(key, [])
            id = key.rpartition(" ")[2]
            here = key == self._drafts.key
            if texts and key not in self._stopped and (here or id.isdigit()):
                self._first = ""
                self._chat.send(texts[0], None if here else int(id))
                if self._chat.turn:
                    self._chat.turn.queued = True
                    self._put(key, texts[1:])
                return
        self._first = ""

    def _show(self) -> None:
        if self.here and self.view is None:
            from nowprint.gui.chat.queue.queue_view import QueueView

            self.view = QueueView(self)
            self._chat.composer.column.insertWidget(0, self.view)
        if self.view:
            self.view.show_queue(self.here, self._stopped.get(self._drafts.key, ""))
