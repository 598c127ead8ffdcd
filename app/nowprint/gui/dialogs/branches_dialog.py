"""The branches of a conversation as a tree: every message below the one that it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible, tip
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import moment

if TYPE_CHECKING:
    from nowprint.records import Message

HIGH = 420
FIRST_WORDS = 120
"""Characters of a message that a row shows."""


class BranchesDialog(DialogBase):
    """Replies and answers without alternatives stay at their message's level, so that a long chat without
    branches is a list and not a staircase."""

    chosen = Signal(int)
    """The message to show, with its branch."""

    def __init__(
        self, theme: Theme, bridge: Bridge, conversation_id: int, shown: set[int], parent: QWidget
    ) -> None:
        """``shown``: the ids of the messages on the screen, which stand out."""
        super().__init__(theme, "Branches", "branches.dialog", parent, width=640)
        self._shown = shown
        self.add_heading("Branches of this chat")
        self.note = words("", "quiet", name="branches.note")
        self.column.addWidget(self.note)
        self.tree = QTreeWidget()
        self.tree.setObjectName("branches.tree")
        self.tree.setAccessibleName("Messages and their branches")
        self.tree.setHeaderHidden(True)
        self.tree.setMinimumHeight(HIGH)
        self.tree.itemActivated.connect(lambda _item, _column: self._show_chosen())
        self.column.addWidget(self.tree, 1)
        self._go = button("Show this branch", "primary", self._show_chosen, name="branches.show")
        self._go.setEnabled(False)
        self.tree.currentItemChanged.connect(lambda now, _: self._go.setEnabled(now is not None))
        self.add_close()
        self.add_buttons(self._go)
        self.busy("Reading the chat")
        self.fit()
        from nowprint.service.requests.branches import GetTree

        bridge.call(GetTree(conversation_id), self._fill, self._failed)

    def _fill(self, messages: tuple[Message, ...]) -> None:
        if self.closed:
            return
        self.busy("")
        branches = 1 + sum(one.siblings[:1] != (one.id,) for one in messages)
        told = "It has one branch." if branches == 1 else f"It has {branches} branches."
        self.note.setText(f"{told} The one on the screen is in bold.")
        rows: dict[int, QTreeWidgetItem] = {}
        for message in messages:
            row = self._row(message)
            rows[message.id] = row
            self._holder(message, rows).addChild(row)
        self.tree.expandAll()
        last = max((id for id in rows if id in self._shown), default=0)
        if last:
            self.tree.setCurrentItem(rows[last])
        self.tree.setFocus()

    def _holder(self, message: Message, rows: dict[int, QTreeWidgetItem]) -> QTreeWidgetItem:
        """Where a message stands: below its parent if it has alternatives, else beside it."""
        top = self.tree.invisibleRootItem()
        parent = rows.get(message.parent)
        if parent is None:
            return top
        return parent if len(message.siblings) > 1 else parent.parent() or top

    def _row(self, message: Message) -> QTreeWidgetItem:
        who = "You" if message.role == "user" else message.model or "Answer"
        said = " ".join(message.text.split())
        text = show_invisible(f"{who}: {said}")
        row = QTreeWidgetItem([text[:FIRST_WORDS]])
        row.setData(0, Qt.ItemDataRole.UserRole, message.id)
        row.setToolTip(0, tip(moment(message.created)))
        if message.id in self._shown:
            font = row.font(0)
            font.setBold(True)
            row.setFont(0, font)
        return row

    def _show_chosen(self) -> None:
        if row := self.tree.currentItem():
            self.chosen.emit(row.data(0, Qt.ItemDataRole.UserRole))
            self.accept()

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))
