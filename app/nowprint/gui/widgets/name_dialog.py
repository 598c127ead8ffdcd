"""Asks for a name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.theme import Theme

LONGEST = 80


class NameDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        title: str,
        about: str,
        name: str,
        named: Callable[[str], object],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, title, "name.dialog", parent, width=420)
        self._named = named
        self.add_heading(title)
        self.field = QLineEdit(name)
        self.field.setObjectName("name.field")
        self.field.setAccessibleName("Name")
        self.field.setPlaceholderText("Name")
        self.field.setMaxLength(LONGEST)
        self.field.selectAll()
        self.column.addWidget(self.field)
        if about:
            self.column.addWidget(words(about, "quiet"))
        self.column.addStretch()
        self.confirm = button("&OK", "primary", self._confirm, name="name.confirm")
        cancel = button("Cancel", "outlined", self.reject, name="name.cancel")
        self.add_buttons(self.confirm, cancel, default=self.confirm)
        self.field.textChanged.connect(lambda _: self._refresh())
        self._refresh()
        self.field.setFocus()
        self.fit()

    def _refresh(self) -> None:
        self.confirm.setEnabled(bool(self.field.text().strip()))

    def _confirm(self) -> None:
        self.accept()
        self._named(self.field.text().strip())
