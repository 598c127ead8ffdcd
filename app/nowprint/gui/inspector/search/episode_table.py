"""The inspector's list of memories.

It is a table of one column: a QListView lays out every row anew whenever one changes, and asks the model
for each. With 100,000 rows that holds the window up for half a second; a QTableView only counts rows.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QTableView,
)

LEAST_ROWS = 2
MOST_SEEN = 200
"""Rows that are on the screen at once, at most."""


class EpisodeTable(QTableView):
    opened = Signal()
    forgotten = Signal()
    """The user pressed Delete."""
    everything = Signal()
    """The user selects all that match, also those that were never on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._room = LEAST_ROWS
        self.setObjectName("inspector.list")
        self.setAccessibleName("Memories")
        self.setAccessibleDescription(
            "Delete shows what forgetting the selected memories would remove"
        )
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def setItemDelegate(self, delegate: QAbstractItemDelegate) -> None:
        super().setItemDelegate(delegate)
        self.fit_rows()

    def fit_rows(self) -> None:
        """Make all rows as high as the delegate says; it says another height when the text is resized."""
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        self.verticalHeader().setDefaultSectionSize(
            self.itemDelegate().sizeHint(option, QModelIndex()).height()
        )
        self.keep_room(self._room)

    def keep_room(self, rows: int) -> None:
        """Always be at least so many rows high."""
        self._room = rows
        self.setMinimumHeight(rows * self.verticalHeader().defaultSectionSize() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnWidth(0, event.size().width())

    def scrollTo(
        self,
        index: QModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Scroll there even if the rows have only just come."""
        self.executeDelayedItemsLayout()
        self.updateGeometries()
        super().scrollTo(index, hint)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and the last memory."""
        ends = {
            QAbstractItemView.CursorAction.MoveHome: 0,
            QAbstractItemView.CursorAction.MoveEnd: self.model().rowCount() - 1,
        }
        if action in ends:
            return self.model().index(ends[action], 0)
        return super().moveCursor(action, modifiers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.forgotten.emit()
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
