"""The inspector's list of memories, and the bar for several of them at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QWidget

from nowprint.gui.buttons import button, quiet
from nowprint.gui.changes import Changes


class MemoryList(QListView):
    opened = Signal()
    forgotten = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector.list")
        self.setAccessibleName("Memories")
        self.setAccessibleDescription("Delete forgets what is selected")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.forgotten.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)


class ManyBar(QWidget):
    """Shown while several memories are selected."""

    def __init__(self, changes: Changes, selected: Callable[[], tuple[int, ...]]) -> None:
        super().__init__()
        self._text = quiet()
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 4)
        row.addWidget(self._text)
        row.addStretch()
        for text, act, name in (
            ("Pin", lambda: changes.pin(selected(), True), "many.pin"),
            ("Unpin", lambda: changes.pin(selected(), False), "many.unpin"),
            ("Forget", lambda: changes.forget(selected()), "many.forget"),
        ):
            row.addWidget(button(text, "outlined", act, name=name))
        self.hide()

    def show_count(self, selected: int) -> None:
        self._text.setText(f"{selected} selected")
        self.setVisible(selected > 1)
