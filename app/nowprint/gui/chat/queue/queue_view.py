"""The list of messages that wait, above the message field. Loaded when there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QVBoxLayout

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.text_editor import TextEditor
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from nowprint.gui.chat.queue.message_queue import MessageQueue

MOST_ROWS = 4


class QueueList(QListWidget):
    """Alt+Up and Alt+Down move a message, Delete removes it, F2 and Enter edit it."""

    moved = Signal(int)
    removed = Signal()
    edited = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key == Qt.Key.Key_Delete:
            self.removed.emit()
        elif key in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edited.emit()
        else:
            super().keyPressEvent(event)


class QueueView(QFrame):
    def __init__(self, queue: MessageQueue) -> None:
        super().__init__()
        self._queue = queue
        self._texts: list[str] = []
        self._editor: TextEditor | None = None
        self.setObjectName("queue")
        self.told = QLabel()
        self.told.setObjectName("queue.told")
        self.told.setProperty("quiet", True)
        self.told.setWordWrap(True)
        self.list = QueueList()
        self.list.setObjectName("queue.list")
        self.list.setAccessibleName("Messages that wait")
        self.list.setAccessibleDescription(
            "Alt+Up and Alt+Down move a message, Delete removes it, F2 edits it"
        )
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemDoubleClicked.connect(lambda _: self.edit())
        self.list.moved.connect(self.move_by)
        self.list.removed.connect(self.remove)
        self.list.edited.connect(self.edit)
        self.send = button(
            "Send now",
            "plain",
            queue.send_now,
            name="queue.send",
            about="Stop the answer that is being written, and send the first message",
        )
        head = QHBoxLayout()
        head.addWidget(self.told, 1)
        for text, act, about in (
            ("↑", lambda: self.move_by(-1), "Move up (Alt+Up)"),
            ("↓", lambda: self.move_by(1), "Move down (Alt+Down)"),
            ("Edit", self.edit, "Edit the message (F2)"),
            ("Remove", self.remove, "Remove the message (Delete)"),
        ):
            name = f"queue.{about.split(' (')[0].lower().replace(' ', '_')}"
            label = about.split(" (")[0]
            head.addWidget(button(text, "quiet", act, name=name, about=about, label=label))
        head.addWidget(self.send)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(4)
        self._column.addLayout(head)
        self._column.addWidget(self.list)

    def show_queue(self, texts: list[str], stopped: str) -> None:
        told = stopped or f"{count(len(texts), 'message')} will be sent after the answer"
        if stopped and told != self.told.text():
            announce(self, told)
        self.told.setText(told)
        if texts != self._texts:
            self._end_edit()
            row = max(0, self.list.currentRow())
            self._texts = list(texts)
            self.list.clear()
            self.list.addItems([show_invisible(" ".join(text.split())) for text in texts])
            self.list.setCurrentRow(min(row, len(texts) - 1))
            rows = min(MOST_ROWS, len(texts))
            self.list.setFixedHeight(max(1, rows) * max(24, self.list.sizeHintForRow(0)) + 6)
        self.setVisible(bool(texts))

    @property
    def editing(self) -> bool:
        return self._editor is not None

    def move_by(self, by: int) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._texts) and 0 <= row + by < len(self._texts):
            texts = list(self._texts)
            texts.insert(row + by, texts.pop(row))
            self._queue.change(texts)
            self.list.setCurrentRow(row + by)

    def remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._texts):
            self._queue.change([*self._texts[:row], *self._texts[row + 1 :]])

    def edit(self) -> None:
        row = self.list.currentRow()
        if self._editor or not 0 <= row < len(self._texts):
            return
        self._editor = TextEditor("queue.editor")
        self._editor.field.setAccessibleName("Message that waits")
        self._column.addWidget(self._editor)
        self._editor.saved.connect(lambda text: self._save(row, text))
        self._editor.cancelled.connect(self._end_edit)
        self.list.hide()
        self._editor.begin(self._texts[row])

    def _save(self, row: int, text: str) -> None:
        self._queue.change([*self._texts[:row], text, *self._texts[row + 1 :]])
        self._end_edit()

    def _end_edit(self) -> None:
        if self._editor:
            self._editor.deleteLater()
            self._editor = None
            self.list.show()
            self.list.setFocus()
            QTimer.singleShot(0, self, self._queue.go_on)
