"""The bar that finds a text in the chat on the screen, and goes from one place to the next.

It begins with the last place, because a chat opens at its end. The mark stays until the bar is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from nowprint.gui.chat.chat import Chat
from nowprint.gui.widgets.buttons import button, quiet, set_icon
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import FoundPlace

PAUSE = 120
"""ms after the last key before the search begins."""


class FindBar(QFrame):
    def __init__(self, theme: Theme, chat: Chat, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self.setAccessibleName("Find in this chat")
        self._theme, self._chat = theme, chat
        self._asked = 0  # counts requests: the replies to earlier ones are dropped
        self._places: tuple[FoundPlace, ...] = ()
        self._at = 0
        self.field = QLineEdit()
        self.field.setObjectName("find.field")
        self.field.setPlaceholderText("Find in this chat")
        self.field.setAccessibleName("Find in this chat")
        self.field.installEventFilter(self)
        self.told = quiet("", "find.count")
        self._previous = button(
            "",
            "plain",
            lambda: self.step(-1),
            name="find.previous",
            label="Previous place",
            about="Go to the place before (Shift+F3)",
        )
        self._next = button(
            "",
            "plain",
            lambda: self.step(1),
            name="find.next",
            label="Next place",
            about="Go to the next place (F3)",
        )
        self._close = button(
            "", "plain", self.leave, name="find.close", label="Close", about="Close (Escape)"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 2, 12, 6)
        row.setSpacing(6)
        row.addWidget(self.field, 1)
        row.addWidget(self.told)
        for part in (self._previous, self._next, self._close):
            row.addWidget(part)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._search)
        self.field.textChanged.connect(lambda _: self._pause.start())
        chat.opened.connect(self._on_opened)
        chat.finished.connect(lambda _: self._refresh(go=False))
        theme.changed.connect(self._decorate)
        self._decorate()
        self.hide()

    def begin(self) -> None:
        """Show the bar, ready to type into."""
        self._chat.transcript.keep_marks = True
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._refresh()

    def step(self, by: int) -> None:
        """Go to the next place (1) or the one before (-1), past the end to the beginning."""
        if self.isHidden():
            self.begin()
        elif self._pause.isActive():
            self._search()
        elif self._places:
            self._at = (self._at + by) % len(self._places)
            self._tell(self._count())
            self._go()

    def leave(self) -> None:
        self._asked += 1
        self._pause.stop()
        self._places = ()
        self.hide()
        self._chat.transcript.keep_marks = False
        self._chat.transcript.unmark()
        self._chat.composer.input.setFocus()

    # --- finding ---------------------------------------------------------------------------

    def _refresh(self, *, go: bool = True) -> None:
        if not self.isHidden() and self.field.text().strip():
            self._search(go=go)

    def _on_opened(self) -> None:
        self._places = ()
        self._refresh()

    def _search(self, *, go: bool = True) -> None:
        """``go``: to the place where it was before, else to the last one."""
        from nowprint.service.requests.search import FindInConversation

        self._pause.stop()
        self._asked += 1
        asked, text, conversation = self._asked, self.field.text(), self._chat.conversation_id

        def found(places: tuple[FoundPlace, ...]) -> None:
            if asked == self._asked and not self.isHidden():
                self._show(places, go)

        if conversation is None or not text.strip():
            self._show((), go)
        else:
            self._chat.session.bridge.call(FindInConversation(conversation, text), found)

    def _show(self, places: tuple[FoundPlace, ...], go: bool) -> None:
        there = self._places[self._at] if self._places else None
        self._places = places
        if places:
            self._at = places.index(there) if there in places else len(places) - 1
            self._tell(self._count())
            if go:
                self._go()
        else:
            self._chat.transcript.unmark()
            self._tell("Nothing found" if self.field.text().strip() else "")

    def _go(self) -> None:
        place, conversation = self._places[self._at], self._chat.conversation_id
        if conversation is not None:
            self._chat.go_to(conversation, place.message_id, place.start, place.end)

    def _count(self) -> str:
        return f"{self._at + 1} of {len(self._places)}"

    def _tell(self, words: str) -> None:
        self.told.setText(words)
        for part in (self._previous, self._next):
            part.setEnabled(bool(self._places))
        announce(self, words)

    # --- the rest --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on, Shift+Enter goes back, Escape closes, also while an answer could be stopped."""
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        elif event.type() == QEvent.Type.KeyPress and enter:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.step(-1 if back else 1)
            return True
        return super().eventFilter(watched, event)

    def _decorate(self) -> None:
        for part, icon in ((self._previous, "up"), (self._next, "down"), (self._close, "close")):
            set_icon(part, self._theme, icon, "text")
