"""The left panel: the list of conversations; new, rename, delete, collapse a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.sidebar.conversation_model import UNTITLED, ConversationModel, Group
from nowprint.gui.widgets.buttons import button, dress, set_icon
from nowprint.gui.widgets.theme import Theme

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
    deleted = Signal(int)
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
        self.list.setAccessibleDescription("F2 renames, Delete deletes the conversation")
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.selectionModel().currentChanged.connect(self._open)
        self.model.modelReset.connect(self._on_reset)
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

    def build_rows(self) -> None:
        """Create what paints the rows, after the first paint, which shows none."""
        from nowprint.gui.sidebar.conversation_delegate import ConversationDelegate

        self.list.setItemDelegate(ConversationDelegate(self._theme, self.list))

    def decorate(self) -> None:
        set_icon(self.new_button, self._theme, "plus", "text")

    def show_list(self, conversations: tuple[Conversation, ...]) -> None:
        self._quiet = True
        self.model.show(conversations)
        self._quiet = False
        self.select(self._current)

    def show_projects(self, projects: tuple[Project, ...]) -> None:
        self._quiet = True
        self.model.show_projects(projects)
        self._quiet = False
        self.select(self._current)

    def _on_reset(self) -> None:
        """Set whether all rows are equally high: a heading of a project is lower than a conversation."""
        self.list.setUniformItemSizes(not self.model.projects)
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
        from PySide6.QtWidgets import QMessageBox

        temporary = row.id in self.model.temporary
        box = QMessageBox(self)
        box.setObjectName("delete.dialog")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Delete conversation")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Delete “{row.title or UNTITLED}”?")
        box.setInformativeText(
            "Nothing from it was kept."
            if temporary
            else "Its messages will be removed for good; you can undo this for one minute. Memories "
            "from it stay unless you forget them, too."
        )
        delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("delete.confirm")
        parts = [(delete, "danger")]
        if not temporary:
            forget = box.addButton("Delete and &forget…", QMessageBox.ButtonRole.DestructiveRole)
            forget.setObjectName("delete.forget")
            forget.clicked.connect(lambda: self.forget_wanted.emit(row.id))
            parts.append((forget, "danger"))
        keep = box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        for part, kind in (*parts, (keep, "outlined")):
            dress(part, kind)
        delete.clicked.connect(lambda: self.deleted.emit(row.id))
        box.open()

    def ask_forget(self) -> None:
        """Ask to delete the current conversation with all that was learned from it; the forget dialog first
        shows what would go."""
        row = self.row
        if row is not None and not isinstance(row, Group) and row.id not in self.model.temporary:
            self.forget_wanted.emit(row.id)

    def _open(self, index: QModelIndex) -> None:
        if not index.isValid() or self._quiet:
            return
        row = self.model.rows[index.row()]
        if not isinstance(row, Group):
            self._current = row.id
            self.opened.emit(row.id)

    def _menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        if index.isValid():
            if isinstance(self.model.rows[index.row()], Group):
                self.list.stand_at(index)
            self.context.emit(self.list.viewport().mapToGlobal(at))
