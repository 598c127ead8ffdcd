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
    """Says what was forgotten, for as long as it can be undone."""

    offered = Signal(str)
    """The sentence that the bar shows."""
    undone = Signal(int)
    """The batch to bring back."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("undoBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._batches: list[Forgotten] = []
        self.text = QLabel()
        self.text.setObjectName("undo.text")
        self.text.setWordWrap(True)
        self.undo_button = button(
            "Undo",
            "plain",
            self.undo,
            name="undo.button",
            about="Bring back what was forgotten (Ctrl+Z)",
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 5, 6, 5)
        row.addWidget(self.text, 1)
        row.addWidget(self.undo_button)
        self.hide()

    def offer(self, forgotten: Forgotten) -> None:
        from nowprint.records import UNDO_SECONDS

        self._batches.append(forgotten)
        self._refresh()
        announce(self, self.text.text())
        self.offered.emit(self.text.text())
        QTimer.singleShot(UNDO_SECONDS * 1000, self, lambda: self._drop(forgotten))

    def undo(self) -> None:
        """Bring back what was forgotten last."""
        if self._batches:
            self.undone.emit(self._batches.pop().batch)
            self._refresh()

    def _drop(self, forgotten: Forgotten) -> None:
        if forgotten in self._batches:
            self._batches.remove(forgotten)
            self._refresh()

    def _refresh(self) -> None:
        if self._batches:
            last = self._batches[-1]
            done = "Forgotten" if last.episodes else "Deleted"
            self.text.setText(f"{done}: {told(last)}. You can undo this for one minute.")
        self.setVisible(bool(self._batches))


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
