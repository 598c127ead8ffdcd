"""The inspector's list of memories."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QListView

MOST_SEEN = 200
"""Rows that are on the screen at once, at most."""


class MemoryList(QListView):
    opened = Signal()
    forgotten = Signal(bool)
    """Delete was pressed; with Shift to look at it first."""
    everything = Signal()
    """All that match are wanted, those too that were never on the screen."""

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
            self.forgotten.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.everything.emit()
        else:
            super().keyPressEvent(event)

    def seen(self) -> tuple[int, int]:
        """The first and the last row on the screen."""
        top = self.indexAt(self.viewport().rect().topLeft() + QPoint(20, 1))
        bottom = self.indexAt(self.viewport().rect().bottomLeft() + QPoint(20, -1))
        first = max(0, top.row())
        last = bottom.row() if bottom.isValid() else self.model().rowCount() - 1
        return first, max(first, min(last, first + MOST_SEEN))
