"""Bars that say one sentence: what went wrong and what to do, or what can be undone. They are never boxes,
which the user would have to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.time_words import count, listing

if TYPE_CHECKING:
    from nowprint.inspection import Forgotten


class NoticeBar(QFrame):
    """At the top of the centre: stays until it is dismissed or its reason is gone."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = QLabel()
        self.text.setObjectName("notice.text")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._acts: list[Callable[[], object] | None] = [None, None]
        self.action = button("", "plain", lambda: self._run(0), name="notice.action")
        self.other = button("", "plain", lambda: self._run(1), name="notice.other")
        self._close = button(
            "Dismiss", "plain", self.hide, name="notice.dismiss", about="Dismiss this message"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.addWidget(self.text, 1)
        for part in (self.other, self.action, self._close):
            row.addWidget(part)
        self.hide()

    def say(
        self,
        sentence: str,
        action: str = "",
        act: Callable[[], object] | None = None,
        other: str = "",
        do_other: Callable[[], object] | None = None,
    ) -> None:
        self.text.setText(sentence)
        self.setAccessibleName(sentence)
        self._acts = [act, do_other]
        for made, words in ((self.action, action), (self.other, other)):
            made.setText(words)
            made.setAccessibleName(words)
            made.setVisible(bool(words))
        self.show()
        announce(self, sentence)

    def silence(self, sentence: str) -> None:
        """Hide the bar if this is the sentence that it shows."""
        if self.text.text() == sentence:
            self.hide()

    def _run(self, which: int) -> None:
        self.hide()
        if act := self._acts[which]:
            act()


class UndoBar(QFrame):
    """Says what was forgotten or archived, for as long as it offers to undo that."""

    offered = Signal(str)
    """The sentence that the bar shows."""
    undone = Signal(int)
    """The batch to bring back."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("undoBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._offers: list[tuple[str, Callable[[], object]]] = []
        self.text = QLabel()
        self.text.setObjectName("undo.text")
        self.text.setWordWrap(True)
        self.undo_button = button(
            "Undo",
            "plain",
            self.undo,
            name="undo.button",
            about="Take that back (Ctrl+Z)",
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 5, 6, 5)
        row.addWidget(self.text, 1)
        row.addWidget(self.undo_button)
        self.hide()

    def offer(self, forgotten: Forgotten) -> None:
        done = "Forgotten" if forgotten.episodes else "Deleted"
        self.offer_to(
            f"{done}: {told(forgotten)}. You can undo this for one minute.",
            lambda: self.undone.emit(forgotten.batch),
        )

    def offer_archived(self, number: int, archived: bool, undo: Callable[[], object]) -> None:
        what = count(number, "memory", "memories")
        done = "Archived" if archived else "Brought back from the archive"
        self.offer_to(f"{done}: {what}.", undo)

    def offer_to(self, sentence: str, undo: Callable[[], object]) -> None:
        """Offer for a minute to call ``undo``."""
        from nowprint.records import UNDO_SECONDS

        offer = (sentence, undo)
        self._offers.append(offer)
        self._refresh()
        announce(self, sentence)
        self.offered.emit(sentence)
        QTimer.singleShot(UNDO_SECONDS * 1000, self, lambda: self._drop(offer))

    def undo(self) -> None:
        """Take back what was done last."""
        if self._offers:
            self._offers.pop()[1]()
            self._refresh()

    def _drop(self, offer: tuple[str, Callable[[], object]]) -> None:
        if offer in self._offers:
            self._offers.remove(offer)
            self._refresh()

    def _refresh(self) -> None:
        if self._offers:
            self.text.setText(self._offers[-1][0])
        self.setVisible(bool(self._offers))


def told(what: Forgotten) -> str:
    """``3 memories, 2 messages and 1 answer``, or ``1 project``."""
    parts = []
    if what.episodes or not (what.messages or what.answers or what.projects):
        parts.append(count(what.episodes, "memory", "memories"))
    if what.messages:
        parts.append(count(what.messages, "message"))
    if what.answers:
        parts.append(count(what.answers, "answer"))
    if what.projects:
        parts.append(count(what.projects, "project"))
    return listing(parts)


def announce(widget: QWidget, sentence: str) -> None:
    """Have a screen reader say it now."""
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, sentence))
