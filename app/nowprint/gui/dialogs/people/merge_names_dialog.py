"""Asks with which other name a page is to become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from nowprint.gui.dialogs.people import people_words as say
from nowprint.gui.dialogs.people.name_rows import Row, RowList
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.people_records import Name


class MergeNamesDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        name: Name,
        others: Sequence[Name],
        chosen: Callable[[str], object],
        parent: QWidget,
    ) -> None:
        """``chosen`` is called with the key of the other name."""
        shown = show_invisible(name.shown)
        title = f"Merge with “{shown}”"
        super().__init__(theme, title, "people.merge.dialog", parent, width=460)
        self._chosen = chosen
        self._others = sorted(others, key=lambda one: not _akin(one, name))
        self.add_heading(title)
        self.column.addWidget(
            words(
                f"Choose who or what is the same as {shown}. The memories of both are then on one page, "
                "and can be split again.",
                "quiet",
            )
        )
        self.filter = QLineEdit()
        self.filter.setObjectName("people.merge.filter")
        self.filter.setPlaceholderText("Filter names")
        self.filter.setAccessibleName("Filter names")
        self.filter.textChanged.connect(lambda _: self._show())
        self.rows = RowList(theme, "people.merge.names", "Names to merge with")
        self.rows.setMinimumHeight(240)
        self.rows.currentItemChanged.connect(lambda *_: self._refresh())
        self.column.addWidget(self.filter)
        self.column.addWidget(self.rows, 1)
        self.confirm = button("&Merge", "primary", self._confirm, name="people.merge.confirm")
        cancel = button("Cancel", "outlined", self.reject, name="people.merge.cancel")
        self.add_buttons(self.confirm, cancel)
        self.confirm.setDefault(True)
        self._show()
        self.filter.setFocus()
        self.fit()

    def _show(self) -> None:
        low = self.filter.text().strip().lower()
        self.rows.show_rows(
            [
                Row(one.key, show_invisible(one.shown), say.in_list(one))
                for one in self._others
                if low in one.shown.lower()
            ]
        )
        self._refresh()

    def _refresh(self) -> None:
        self.confirm.setEnabled(self.rows.key() is not None)

    def _confirm(self) -> None:
        key = self.rows.key()
        if isinstance(key, str):
            self.accept()
            self._chosen(key)


def _akin(one: Name, name: Name) -> bool:
    """Whether two names may well be the same: they have a word or the relation in common."""
    words_of = [set(each.shown.lower().replace(".", "").split()) - {"my"} for each in (one, name)]
    return bool(words_of[0] & words_of[1]) or bool(one.relation and one.relation == name.relation)
