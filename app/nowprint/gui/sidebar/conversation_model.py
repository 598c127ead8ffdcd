"""The list of conversations: pinned ones first, under the projects that they belong to; archived ones apart.

The list has no conversation without messages: the core creates a conversation with its first message.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from nowprint.gui.widgets.rows import Index
from nowprint.gui.widgets.time_words import ago, count

if TYPE_CHECKING:
    from nowprint.inspection import Project
    from nowprint.records import Conversation

_ROOT = QModelIndex()
FIRST = 400
"""Rows that the view gets at first: Qt asks the model about each of them before it paints a few."""
UNTITLED = "New chat"
ARCHIVED = "archived"
ORDERS: dict[str, tuple[str, Callable[[Conversation], Any]]] = {
    "used": ("By last &use", lambda one: -one.updated),
    "begun": ("By &beginning", lambda one: -one.created),
    "title": ("By &title", lambda one: (one.title or UNTITLED).casefold()),
}
"""What the setting ``chat_order`` can be: its text in a menu, and the key to sort by."""


class Group(NamedTuple):
    """The heading of a project's conversations, and their ``number``; ``project`` None is the heading of the
    conversations that belong to no project, or of those that are ``archived``."""

    project: Project | None
    number: int
    open: bool
    archived: bool = False

    @property
    def id(self) -> int | str | None:
        return ARCHIVED if self.archived else self.project.id if self.project else None

    @property
    def title(self) -> str:
        if self.archived:
            return "Archived"
        return self.project.name if self.project else "Other conversations"


class ConversationModel(QAbstractListModel):
    """Without projects the rows are conversations only; else each project's conversations follow its
    heading."""

    renamed = Signal(int, str)
    project_renamed = Signal(int, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Conversation | Group] = []
        self.temporary: dict[int, Conversation] = {}
        self.projects: tuple[Project, ...] = ()
        self._all: tuple[Conversation, ...] = ()
        self._closed: set[int | str | None] = {ARCHIVED}
        self.order = "used"
        self._filter = ""
        self._shown = 0  # rows; more when the user scrolls or goes further down

    def show(self, conversations: tuple[Conversation, ...]) -> None:
        """Show what the core lists, with this session's temporary conversations on top."""
        self._all = conversations
        self._lay()

    def show_projects(self, projects: tuple[Project, ...]) -> None:
        self.projects = projects
        self._lay()

    def sort(self, order: str) -> None:
        """Sort by one of ``ORDERS``."""
        if order != self.order:
            self.order = order
            self._lay()

    def filter(self, text: str) -> None:
        """Show only the conversations whose title has all words of the text, archived ones among them."""
        self._filter = text
        self._lay()

    def toggle(self, group: Group) -> None:
        """Collapse a project's conversations, or expand them again."""
        self._closed ^= {group.id}
        self._lay()

    def _lay(self) -> None:
        words = self._filter.casefold().split()
        wanted = [one for one in self._all if _has(one, words)] if words else self._all
        ordered = sorted(wanted, key=ORDERS[self.order][1])
        ordered.sort(key=lambda one: not one.pinned)
        known: dict[int | str | None, Project] = {one.id: one for one in self.projects}
        groups: dict[int | str | None, list[Conversation]] = {
            id: [] for id in (*known, None, ARCHIVED)
        }
        for one in ordered:
            groups[
                ARCHIVED if one.archived else one.project if one.project in known else None
            ].append(one)
        rows: list[Conversation | Group] = [
            one for one in self.temporary.values() if _has(one, words)
        ]
        for id, mine in groups.items():
            if id is None and not known:
                rows += mine
            elif mine or (id in known and not words):
                open = bool(words) or id not in self._closed
                group = Group(known.get(id), len(mine), open, id == ARCHIVED)
                rows += [group, *(mine if open else ())]
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self._shown = min(len(rows), max(FIRST, self._shown))
            self.endResetModel()

    @property
    def all(self) -> tuple[Conversation, ...]:
        """All conversations but the temporary ones, the last used first, archived ones among them."""
        return self._all

    def conversation(self, conversation_id: int | None) -> Conversation | None:
        """The conversation with this id, even if its project is collapsed."""
        if conversation_id in self.temporary:
            return self.temporary[conversation_id]
        return next((row for row in self._all if row.id == conversation_id), None)

    def add(self, made: Conversation) -> None:
        """Show a conversation that has just begun, before the core lists it."""
        if made.id not in self.temporary and not self.conversation(made.id):
            self._all = (made, *self._all)
        self._lay()

    def put(self, changed: Conversation) -> None:
        """Show a changed conversation at once, before the core lists it."""
        if changed.id in self.temporary:
            self.temporary[changed.id] = changed
        self._all = tuple(changed if row.id == changed.id else row for row in self._all)
        self._lay()

    def row_of(self, conversation_id: int | None) -> int:
        return next(
            (
                n for n, row in enumerate(self.rows)
                if not isinstance(row, Group) and row.id == conversation_id
            ),
            -1,
        )  # fmt: skip

    def at(self, row: int) -> QModelIndex:
        """The index of a row; the view has that row from now on."""
        self._show_until(row + 1)
        return self.index(row)

    def title(self, row: int) -> str:
        return self.rows[row].title or UNTITLED

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._shown

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._shown < len(self.rows)

    def fetchMore(self, parent: Index) -> None:
        self._show_until(self._shown + FIRST)

    def _show_until(self, row: int) -> None:
        row = min(row, len(self.rows))
        if row > self._shown:
            self.beginInsertRows(_ROOT, self._shown, row - 1)
            self._shown = row
            self.endInsertRows()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.title(index.row())
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return None

    def _spoken(self, row: Conversation | Group) -> str:
        if isinstance(row, Group):
            kind = "Project " if row.project else ""
            folded = "" if row.open else ", collapsed"
            return f"{kind}{row.title}, {count(row.number, 'conversation')}{folded}"
        kind = ", temporary chat" if row.id in self.temporary else ", pinned" if row.pinned else ""
        return f"{row.title or UNTITLED}{kind}, {ago(row.updated)}"

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        title = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not title or title == self.title(index.row()):
            return False
        row = self.rows[index.row()]
        if isinstance(row, Group):
            if row.project:
                self.project_renamed.emit(row.project.id, title)
            return bool(row.project)
        self.rows[index.row()] = dataclasses.replace(row, title=title)
        self.dataChanged.emit(index, index)
        self.renamed.emit(row.id, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.rows[index.row()] if index.isValid() else None
        fixed = isinstance(row, Group) and row.project is None
        return super().flags(index) | (
            Qt.ItemFlag.NoItemFlags if fixed else Qt.ItemFlag.ItemIsEditable
        )


def _has(conversation: Conversation, words: list[str]) -> bool:
    title = (conversation.title or UNTITLED).casefold()
    return all(word in title for word in words)
