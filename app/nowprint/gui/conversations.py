"""The left panel: conversations, the last used first; new, rename, delete.

A conversation that has no message yet isn't in the core: it is made with its first message.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QMenu,
    QMessageBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.ages import ago
from nowprint.gui.buttons import Check, button, set_icon
from nowprint.gui.theme import Theme

if TYPE_CHECKING:
    from nowprint.records import Conversation

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
UNTITLED = "New chat"


class ConversationModel(QAbstractListModel):
    renamed = Signal(int, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Conversation] = []
        self.temporary: dict[int, Conversation] = {}

    def show(self, conversations: tuple[Conversation, ...]) -> None:
        """What the core lists, with this session's temporary ones on top."""
        rows = [*self.temporary.values(), *conversations]
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def row_of(self, conversation_id: int | None) -> int:
        return next((n for n, row in enumerate(self.rows) if row.id == conversation_id), -1)

    def title(self, row: int) -> str:
        return self.rows[row].title or UNTITLED

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.title(index.row())
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            kind = ", temporary chat" if row.id in self.temporary else ""
            return f"{self.title(index.row())}{kind}, {ago(row.updated)}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        title = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not title or title == self.title(index.row()):
            return False
        row = self.rows[index.row()]
        self.rows[index.row()] = dataclasses.replace(row, title=title)
        self.dataChanged.emit(index, index)
        self.renamed.emit(row.id, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable


class ConversationDelegate(QStyledItemDelegate):
    """A title, under it when it was last used."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, option.fontMetrics.height() * 2 + 18)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._theme.colours
        model = index.model()
        assert isinstance(model, ConversationModel)
        row = model.rows[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        paint_row(painter, option, self._theme)
        inner = option.rect.adjusted(14, 8, -14, -8)
        painter.setFont(self._theme.font(bold=selected))
        painter.setPen(QColor(colours.text))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(
            model.title(index.row()), Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop, title)
        painter.setFont(self._theme.font(0.86))
        painter.setPen(QColor(colours.muted))
        under = "Temporary: nothing is kept" if row.id in model.temporary else ago(row.updated)
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom, under)
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(
            QRect(option.rect.topLeft() + QPoint(6, 3), option.rect.size() - QSize(12, 6))
        )


def paint_row(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> None:
    """The ground of a list's row: hovered, selected, and with a ring where the keyboard is."""
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
    focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
    box = option.rect.adjusted(3, 1, -3, -1)
    painter.setPen(Qt.PenStyle.NoPen)
    if selected or hovered:
        painter.setBrush(QColor(theme.colours.accent_soft if selected else theme.colours.hover))
        painter.drawRoundedRect(box, 9, 9)
    if focused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.colours.accent), 1.5))
        painter.drawRoundedRect(box, 9, 9)


class ConversationsPanel(QWidget):
    opened = Signal(int)
    new = Signal()
    renamed = Signal(int, str)
    deleted = Signal(int, bool)
    """The id, and whether what was remembered from it is to be forgotten too."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("leftPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._current: int | None = None
        self._quiet = False
        self.model = ConversationModel(self)
        self.model.renamed.connect(self.renamed)
        self.new_button = button(
            "New chat",
            "outlined",
            self.new.emit,
            name="conversations.new",
            about="Begin a new conversation (Ctrl+N)",
        )
        self.list = QListView()
        self.list.setObjectName("conversations.list")
        self.list.setAccessibleName("Conversations")
        self.list.setAccessibleDescription("F2 renames, Delete deletes the conversation")
        self.list.setModel(self.model)
        self.list.setItemDelegate(ConversationDelegate(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.selectionModel().currentChanged.connect(self._open)
        head = QVBoxLayout()
        head.setContentsMargins(18, 0, 16, 0)
        head.setSpacing(12)
        title = QLabel("Conversations")
        title.setObjectName("panelTitle")
        head.addWidget(title)
        head.addWidget(self.new_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        self.setMinimumWidth(190)

    def decorate(self) -> None:
        set_icon(self.new_button, self._theme, "plus", "text")

    def show_list(self, conversations: tuple[Conversation, ...]) -> None:
        self._quiet = True
        self.model.show(conversations)
        self._quiet = False
        self.select(self._current)

    def select(self, conversation_id: int | None) -> None:
        """Mark the conversation that is open; None for one that has no message yet."""
        self._current = conversation_id
        self._quiet = True
        row = self.model.row_of(conversation_id)
        if row < 0:
            self.list.selectionModel().clear()
        else:
            index = self.model.index(row)
            self.list.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self._quiet = False

    def step(self, by: int) -> None:
        """To the next or previous conversation in the list."""
        row = self.model.row_of(self._current) + by
        if 0 <= row < len(self.model.rows):
            self.list.setCurrentIndex(self.model.index(row))

    def rename(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.list.setFocus()
            self.list.edit(index)

    def ask_delete(self) -> None:
        index = self.list.currentIndex()
        if not index.isValid():
            return
        row = self.model.rows[index.row()]
        box = QMessageBox(self)
        box.setObjectName("delete.dialog")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Delete conversation")
        box.setText(f"Delete “{self.model.title(index.row())}”?")
        box.setInformativeText("Its messages are removed for good.")
        forget = Check(self._theme, "Also forget what was remembered from it")
        forget.setObjectName("delete.forget")
        box.setCheckBox(forget)
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("delete.confirm")
        keep = box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        for part, kind in ((delete, "danger"), (keep, "outlined")):
            part.setProperty("kind", kind)
        delete.clicked.connect(lambda: self.deleted.emit(row.id, forget.isChecked()))
        box.open()

    def _open(self, index: QModelIndex) -> None:
        if index.isValid() and not self._quiet:
            self._current = self.model.rows[index.row()].id
            self.opened.emit(self._current)

    def _menu(self, at: QPoint) -> None:
        if not self.list.indexAt(at).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Rename", self.rename)
        menu.addAction("Delete…", self.ask_delete)
        menu.popup(self.list.viewport().mapToGlobal(at))
