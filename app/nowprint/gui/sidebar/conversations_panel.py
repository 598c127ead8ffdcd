"""The left panel: the list of conversations; new, rename, filter, sort, pin, archive, delete, fold a project.

One conversation is open. Several can be selected, with Shift, Ctrl or Ctrl+A; then nothing is opened.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.sidebar.conversation_model import ORDERS, UNTITLED, ConversationModel, Group
from nowprint.gui.widgets.buttons import button, dress, set_icon
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from nowprint.inspection import Project
    from nowprint.records import Conversation


class ConversationList(QListView):
    """A click, Enter or Space on a project's heading collapses or expands the project; Left only collapses
    it, Right only expands it."""

    def __init__(self, model: ConversationModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.clicked.connect(lambda index: self._fold(index, None))

    def _fold(self, index: QModelIndex, open: bool | None) -> bool:
        row = self._model.rows[index.row()] if index.isValid() else None
        if not isinstance(row, Group):
            return False
        if open is None or open != row.open:
            self._model.toggle(row)
            at = next(
                n for n, r in enumerate(self._model.rows) if isinstance(r, Group) and r.id == row.id
            )
            self.stand_at(self._model.at(at))
        return True

    def stand_at(self, index: QModelIndex) -> None:
        """Make this the keyboard's current row; the open conversation stays the selected one."""
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def selectAll(self) -> None:
        """Select all conversations, and no heading."""
        self._model.at(len(self._model.rows) - 1)
        self.mark(n for n, row in enumerate(self._model.rows) if not isinstance(row, Group))

    def mark(self, rows: Iterable[int]) -> None:
        """Select these rows, which ascend; the current row stays."""
        wanted, begin, end = QItemSelection(), -1, -2
        for row in (*rows, -1):
            if row != end + 1 or row < 0:
                if begin >= 0:
                    wanted.select(self._model.index(begin), self._model.index(end))
                begin = row
            end = row
        self.selectionModel().select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        folds = {
            Qt.Key.Key_Return: None, Qt.Key.Key_Enter: None, Qt.Key.Key_Space: None,
            Qt.Key.Key_Left: False, Qt.Key.Key_Right: True,
        }  # fmt: skip
        key = Qt.Key(event.key())
        # while a name is being edited, the editor's Enter comes here, too
        naming = self.state() == QAbstractItemView.State.EditingState
        if naming or key not in folds or not self._fold(self.currentIndex(), folds[key]):
            super().keyPressEvent(event)


class ConversationsPanel(QWidget):
    opened = Signal(int)
    new = Signal()
    renamed = Signal(int, str)
    deleted = Signal(tuple)
    """The ids of conversations that the user wants to be gone; likewise below."""
    pinned = Signal(tuple, bool)
    archived = Signal(tuple, bool)
    ordered = Signal(str)
    """The key of ``ORDERS`` that the user chose."""
    forget_wanted = Signal(int)
    """A conversation is to be deleted, with all that was learned from it."""
    context = Signal(QPoint)
    """The user wants the context menu of the current row, at this place of the screen."""
    project_renamed = Signal(int, str)
    project_deleted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("leftPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._current: int | None = None
        self._quiet = False
        self.model = ConversationModel(self)
        self.model.renamed.connect(self.renamed)
        self.model.project_renamed.connect(self.project_renamed)
        self.new_button = button(
            "New chat",
            "outlined",
            self.new.emit,
            name="conversations.new",
            about="Begin a new conversation (Ctrl+N)",
        )
        self.list = ConversationList(self.model)
        self.list.setObjectName("conversations.list")
        self.list.setAccessibleName("Conversations")
        self.list.setAccessibleDescription(
            "F2 renames, Delete deletes; Shift and Ctrl select several, Ctrl+A selects all"
        )
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.selectionModel().currentChanged.connect(self._open)
        self.list.clicked.connect(self._open)
        self.model.modelReset.connect(self._on_reset)
        self.sort_button = button(
            "Sort",
            "quiet",
            self._choose_order,
            name="conversations.sort",
            about="Sort the conversations",
        )
        self.filter = QLineEdit()
        self.filter.setObjectName("conversations.filter")
        self.filter.setPlaceholderText("Filter by title")
        self.filter.setAccessibleName("Filter the conversations by their titles")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._narrow)
        head = QVBoxLayout()
        head.setContentsMargins(18, 0, 16, 0)
        head.setSpacing(12)
        title = QLabel("Conversations")
        title.setObjectName("panelTitle")
        top = QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self.sort_button)
        head.addLayout(top)
        head.addWidget(self.new_button)
        head.addWidget(self.filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.list, 1)

    def build_rows(self) -> None:
        """Create what paints the rows, after the first paint, which shows none."""
        from nowprint.gui.sidebar.conversation_delegate import ConversationDelegate

        self.list.setItemDelegate(ConversationDelegate(self._theme, self.list))

    def decorate(self) -> None:
        set_icon(self.new_button, self._theme, "plus", "text")

    def show_list(self, conversations: tuple[Conversation, ...]) -> None:
        self._keeping_selection(lambda: self.model.show(conversations))

    def add(self, made: Conversation) -> None:
        """Show a conversation that has just begun."""
        self._keeping_selection(lambda: self.model.add(made))

    def put(self, changed: Conversation) -> None:
        """Show a changed conversation at once."""
        self._keeping_selection(lambda: self.model.put(changed))

    def change(self, conversation_id: int, **what: Any) -> None:
        """Show at once what changes about a conversation; its row stays marked if it is the open one."""
        if conversation := self.model.conversation(conversation_id):
            self.model.put(dataclasses.replace(conversation, **what))
            self.select(self._current)

    def show_projects(self, projects: tuple[Project, ...]) -> None:
        self._keeping_selection(lambda: self.model.show_projects(projects))

    def sort(self, order: str) -> None:
        self._keeping_selection(lambda: self.model.sort(order))

    def _narrow(self, text: str) -> None:
        self._keeping_selection(lambda: self.model.filter(text))

    def _keeping_selection(self, change: Callable[[], object]) -> None:
        """Change the rows; several that are selected stay so, as far as they are still there."""
        before = self.model.rows
        ranges = [
            (one.top(), one.bottom() + 1) for one in self.list.selectionModel().selection().toList()
        ]
        chosen = {row.id for begin, end in ranges for row in before[begin:end]}
        self._quiet = True
        change()
        self._quiet = False
        if len(chosen) > 1 and self.model.rows is before:
            return  # nothing has moved
        self.select(self._current)
        if len(chosen) > 1:
            rows = (n for n, row in enumerate(self.model.rows) if row.id in chosen)
            self.list.mark(n for n in rows if n < self.model.rowCount())

    def _choose_order(self) -> None:
        menu = QMenu(self)
        menu.setObjectName("conversations.orders")
        menu.aboutToHide.connect(menu.deleteLater)
        for order, (text, _) in ORDERS.items():
            action = menu.addAction(text, partial(self.ordered.emit, order))
            action.setCheckable(True)
            action.setChecked(order == self.model.order)
        menu.popup(self.sort_button.mapToGlobal(self.sort_button.rect().bottomLeft()))

    def _on_reset(self) -> None:
        """Set whether all rows are equally high: a heading is lower than a conversation."""
        self.list.setUniformItemSizes(not any(isinstance(row, Group) for row in self.model.rows))
        if not self._quiet:  # a project was collapsed or expanded
            self.select(self._current)

    def select(self, conversation_id: int | None) -> None:
        """Mark the conversation that is open; None for one that has no message yet."""
        self._current = conversation_id
        self._quiet = True
        row = self.model.row_of(conversation_id)
        if row < 0:
            self.list.selectionModel().clear()
        else:
            index = self.model.at(row)
            self.list.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self._quiet = False

    def step(self, by: int) -> None:
        """Go to the next or the previous conversation in the list."""
        row = self.model.row_of(self._current) + by
        while 0 <= row < len(self.model.rows) and isinstance(self.model.rows[row], Group):
            row += by
        if 0 <= row < len(self.model.rows):
            self.list.setCurrentIndex(self.model.at(row))

    @property
    def row(self) -> Conversation | Group | None:
        """The current row; a click or the keyboard moves it."""
        index = self.list.currentIndex()
        return self.model.rows[index.row()] if index.isValid() else None

    @property
    def chosen(self) -> tuple[Conversation, ...]:
        """The conversations that are selected; without any, that of the current row."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        chosen = [
            row for row in map(self.model.rows.__getitem__, rows) if not isinstance(row, Group)
        ]
        if not chosen and self.row is not None and not isinstance(self.row, Group):
            chosen = [self.row]
        return tuple(chosen)

    def _lasting(self) -> tuple[Conversation, ...]:
        """Of the chosen ones, those that aren't temporary."""
        return tuple(one for one in self.chosen if one.id not in self.model.temporary)

    def toggle_pin(self) -> None:
        """Pin the chosen conversations; unpin them if all of them are pinned."""
        if chosen := self._lasting():
            pin = not all(one.pinned for one in chosen)
            self.pinned.emit(tuple(one.id for one in chosen), pin)

    def toggle_archive(self) -> None:
        """Archive the chosen conversations; bring them back if all of them are archived."""
        if chosen := self._lasting():
            archive = not all(one.archived for one in chosen)
            self.archived.emit(tuple(one.id for one in chosen), archive)

    def rename(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.list.setFocus()
            self.list.edit(index)

    def ask_delete(self) -> None:
        row = self.row
        if isinstance(row, Group):
            if row.project:
                self.project_deleted.emit(row.project.id)
            return
        if row is None:
            return
        chosen = self.chosen
        if len(chosen) == 1:
            row = chosen[0]
        from PySide6.QtWidgets import QMessageBox

        temporary = all(one.id in self.model.temporary for one in chosen)
        box = QMessageBox(self)
        box.setObjectName("delete.dialog")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Delete conversation")
        box.setTextFormat(Qt.TextFormat.PlainText)
        one = len(chosen) == 1
        what = (
            f"“{row.title or UNTITLED}”" if one else f"these {count(len(chosen), 'conversation')}"
        )
        box.setText(f"Delete {what}?")
        box.setInformativeText(
            "Nothing from it was kept."
            if temporary
            else f"{'Its' if one else 'Their'} messages will be removed for good; you can undo this for "
            f"one minute. Memories from {'it' if one else 'them'} stay unless you forget them, too."
        )
        delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("delete.confirm")
        parts = [(delete, "danger")]
        if one and not temporary:
            forget = box.addButton("Delete and &forget…", QMessageBox.ButtonRole.DestructiveRole)
            forget.setObjectName("delete.forget")
            forget.clicked.connect(lambda: self.forget_wanted.emit(row.id))
            parts.append((forget, "danger"))
        keep = box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        for part, kind in (*parts, (keep, "outlined")):
            dress(part, kind)
        ids = tuple(each.id for each in chosen)
        delete.clicked.connect(lambda: self.deleted.emit(ids))
        box.open()

    def ask_forget(self) -> None:
        """Ask to delete the current conversation with all that was learned from it; the forget dialog first
        shows what would go."""
        row = self.row
        if row is not None and not isinstance(row, Group) and row.id not in self.model.temporary:
            self.forget_wanted.emit(row.id)

    def _open(self, index: QModelIndex) -> None:
        """Open the conversation of this row if it is the only one that is selected."""
        selected = self.list.selectionModel().selectedIndexes()
        if not index.isValid() or self._quiet or selected != [index]:
            return
        row = self.model.rows[index.row()]
        if not isinstance(row, Group) and row.id != self._current:
            self._current = row.id
            self.opened.emit(row.id)

    def _menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        if index.isValid():
            if isinstance(self.model.rows[index.row()], Group):
                self.list.stand_at(index)
            self.context.emit(self.list.viewport().mapToGlobal(at))
