"""The chats that may be exported, each with a check box; a filter shows those whose title holds its words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.widgets.buttons import Check, paint_box
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.rows import Index, paint_row
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, day

if TYPE_CHECKING:
    from nowprint.records import Conversation

ID = Qt.ItemDataRole.UserRole + 1
DAY = Qt.ItemDataRole.UserRole + 2
UNTITLED = "New chat"
BOX = 15
"""Pixels of a check box."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ChatDelegate(QStyledItemDelegate):
    """A check box that is visible on every background, the title, and the day. A click anywhere in the row or
    Space ticks or unticks the chat."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, option.fontMetrics.height() + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._theme.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row(painter, option, self._theme)
        inner = option.rect.adjusted(12, 0, -12, 0)
        on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        box = QRectF(inner.left(), inner.center().y() - BOX / 2 + 1, BOX, BOX)
        paint_box(painter, box, self._theme, on=on)
        inner.setLeft(inner.left() + BOX + 10)
        painter.setFont(self._theme.font())
        metrics, when = painter.fontMetrics(), str(index.data(DAY))
        painter.setPen(QColor(colours.muted))
        painter.drawText(inner, _RIGHT, when)
        inner.setRight(inner.right() - metrics.horizontalAdvance(when) - 12)
        painter.setPen(QColor(colours.text))
        title = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, _LEFT, title)
        painter.restore()

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        clicked = event.type() == QEvent.Type.MouseButtonRelease
        if not clicked and not (isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space):
            return False
        on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        state = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
        return model.setData(index, state.value, Qt.ItemDataRole.CheckStateRole)


class ChatList(QWidget):
    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        chats: Sequence[Conversation],
        chosen: Collection[int] | None,
        parent: QWidget,
    ) -> None:
        """``chosen`` None: all."""
        super().__init__(parent)
        self._model = QStandardItemModel(self)
        for chat in chats:
            item = QStandardItem(show_invisible(chat.title) or UNTITLED)
            item.setData(chat.id, ID)
            item.setData(day(chat.updated), DAY)
            item.setAccessibleText(f"{item.text()}, {day(chat.updated)}")
            item.setCheckable(True)
            item.setEditable(False)
            on = chosen is None or chat.id in chosen
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self._model.appendRow(item)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self._model)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter = QLineEdit()
        self.filter.setObjectName("chats.filter")
        self.filter.setPlaceholderText("Filter by title")
        self.filter.setAccessibleName("Filter the chats by title")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.list = QListView()
        self.list.setObjectName("chats.list")
        self.list.setAccessibleName("Chats to export")
        self.list.setAccessibleDescription("Space ticks or unticks a chat")
        self.list.setProperty("boxed", True)
        self.list.setModel(self._shown)
        self.list.setItemDelegate(ChatDelegate(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setMinimumHeight(160)
        self.every = Check(theme, "&All that are listed")
        self.every.setObjectName("chats.every")
        self.every.setAccessibleName("All that are listed")
        self.every.clicked.connect(self._choose_every)
        self._number = words("", "quiet", name="chats.number")
        foot = QHBoxLayout()
        foot.addWidget(self.every)
        foot.addStretch()
        foot.addWidget(self._number)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        self._model.itemChanged.connect(lambda _: self._count())
        self._count()
        first = next((row for row in range(self._model.rowCount()) if self._on(row)), 0)
        self.list.setCurrentIndex(self._shown.mapFromSource(self._model.index(first, 0)))

    def chosen(self) -> tuple[int, ...]:
        """The ids of the chats that are ticked, also of those that the filter hides."""
        rows = range(self._model.rowCount())
        return tuple(self._model.item(row).data(ID) for row in rows if self._on(row))

    def title(self) -> str:
        """The title of the only chat that is ticked; else how many are."""
        ticked = self.chosen()
        if len(ticked) != 1:
            return count(len(ticked), "chat")
        row = next(row for row in range(self._model.rowCount()) if self._on(row))
        return self._model.item(row).text()

    @property
    def everything(self) -> bool:
        return len(self.chosen()) == self._model.rowCount()

    def _on(self, row: int) -> bool:
        return self._model.item(row).checkState() == Qt.CheckState.Checked

    def _filter(self, text: str) -> None:
        self._shown.setFilterFixedString(text)
        self._count()

    def _listed(self) -> list[int]:
        rows = range(self._shown.rowCount())
        return [self._shown.mapToSource(self._shown.index(row, 0)).row() for row in rows]

    def _choose_every(self, on: bool) -> None:
        self._model.blockSignals(True)
        for row in self._listed():
            state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            self._model.item(row).setCheckState(state)
        self._model.blockSignals(False)
        self.list.viewport().update()
        self._count()

    def _count(self) -> None:
        listed = self._listed()
        self.every.setChecked(bool(listed) and all(map(self._on, listed)))
        self.every.setEnabled(bool(listed))
        self._number.setText(f"{len(self.chosen()):,} of {count(self._model.rowCount(), 'chat')}")
        self.changed.emit()
