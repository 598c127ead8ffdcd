"""Lists of the pages of people and things: names, memories, and what is plainly said. Each row has a text and
a small grey line; Enter or a click opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from nowprint.gui.widgets.invisible_characters import tip
from nowprint.gui.widgets.rows import Index, paint_row
from nowprint.gui.widgets.theme import Theme

KEY = Qt.ItemDataRole.UserRole
ROW = Qt.ItemDataRole.UserRole + 1
SIDE, AIR = 12, 7
"""Pixels beside and above a row's text."""
MOST_LINES = 6
"""Lines of a memory that a row shows; opened, it is whole."""
SMALLER = 0.88
WRAPPED = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignTop)
MIDDLE = Qt.AlignmentFlag.AlignVCenter
Kind = Literal["name", "mentioned", "fact", "past", "memory", "heading"]
"""``mentioned``: a name that is told of once; ``past``: a fact that no longer holds. Both are grey."""


@dataclass(frozen=True)
class Row:
    """``small`` is the grey line: below the text, or above that of a memory, which wraps. A heading can't be
    chosen."""

    key: object
    text: str
    small: str = ""
    kind: Kind = "name"


class RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListWidget) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: Row = index.data(ROW)
        metrics = QFontMetrics(self._theme.font())
        small = QFontMetrics(self._theme.font(SMALLER)).height()
        width = self._view.viewport().width()
        if row.kind == "heading":
            return QSize(100, small + 2 * AIR)
        high = metrics.height()
        if row.kind == "memory":
            box = QRect(0, 0, max(60, width - 2 * SIDE), 10_000)
            needed = metrics.boundingRect(box, WRAPPED, row.text).height()
            high = min(needed, MOST_LINES * metrics.lineSpacing())
        return QSize(100, high + small + 2 * AIR + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(ROW)
        colours = self._theme.colours
        small = self._theme.font(SMALLER, bold=row.kind == "heading")
        high = QFontMetrics(small).height()
        inner = option.rect.adjusted(SIDE, AIR, -SIDE, -AIR)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.kind == "heading":
            painter.setFont(small)
            painter.setPen(QColor(colours.muted))
            painter.drawText(inner, MIDDLE, _elided(painter, row.text, inner))
            painter.restore()
            return
        paint_row(painter, option, self._theme)
        above, below = QRect(inner), QRect(inner)
        text, line = (below, above) if row.kind == "memory" else (above, below)
        if row.kind == "memory":
            above.setHeight(high)
            below.setTop(above.bottom() + 3)
        else:
            below.setTop(inner.bottom() - high + 1)
            above.setBottom(below.top() - 2)
        painter.setFont(self._theme.font())
        grey = row.kind in ("mentioned", "past")
        painter.setPen(QColor(colours.muted if grey else colours.text))
        if row.kind == "memory":
            painter.drawText(text, WRAPPED, row.text)
        else:
            painter.drawText(text, MIDDLE, _elided(painter, row.text, text))
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        painter.drawText(line, MIDDLE, _elided(painter, row.small, line))
        painter.restore()


def _elided(painter: QPainter, text: str, box: QRect) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())


class RowList(QListWidget):
    opened = Signal(object)
    """The key of the row that was clicked, or chosen with Enter."""

    def __init__(self, theme: Theme, name: str, spoken: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setProperty("boxed", True)
        self.setMouseTracking(True)
        self.setItemDelegate(RowDelegate(theme, self))
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(self._open)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows. The current one stays it, if it is still there."""
        current = self.key()
        self.blockSignals(True)
        self.clear()
        for row in rows:
            item = QListWidgetItem(row.text)
            item.setData(KEY, row.key)
            item.setData(ROW, row)
            spoken = f"{row.text}, {row.small}" if row.small else row.text
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            if row.kind == "heading":
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            else:
                item.setToolTip(tip(row.small))
            self.addItem(item)
        if current is not None:
            self.go_to(current)
        self.blockSignals(False)

    def key(self) -> object:
        """The key of the current row; None if there is none."""
        item = self.currentItem()
        return item.data(KEY) if item else None

    def go_to(self, key: object) -> bool:
        """Make the row with this key the current one. Returns whether there is such a row."""
        for row in range(self.count()):
            if self.item(row).data(KEY) == key:
                self.setCurrentRow(row)
                return True
        return False

    def _open(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(KEY) is not None:
            self.opened.emit(item.data(KEY))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem():
            self._open(self.currentItem())
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """What a low dialog needs at least; where there is more room, lists take it."""
        return QSize(240, 120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()  # a text takes more lines where it is narrower
