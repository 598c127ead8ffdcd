"""What was imported, the newest first; each can be taken back as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.inspection import Import


PAGE = 12
"""Imports that are shown at first, and added with each "Show more"."""


class PastImportsDialog(DialogBase):
    def __init__(
        self, theme: Theme, bridge: Bridge, undo: Callable[[int], object], parent: QWidget
    ) -> None:
        super().__init__(theme, "Past imports", "imports.dialog", parent)
        self._bridge = bridge
        self._undo = undo
        self._imports: tuple[Import, ...] = ()
        self.add_heading("What was imported")
        self._note = words("", "quiet", name="imports.note")
        self.column.addWidget(self._note)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self.column.addLayout(self._rows)
        self._more = button("", "outlined", self._add_page, name="imports.more")
        self._more.hide()
        self.column.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch()
        self.add_close().setFocus()
        self.busy("Reading the list")
        self.fit(least=300)
        self.refresh()

    def refresh(self) -> None:
        from nowprint.service.requests.memory import ListImports

        self._bridge.call(ListImports(), self._show, self._failed)

    def _show(self, imports: tuple[Import, ...]) -> None:
        if self.closed:
            return
        self.busy("")
        self._note.setText(
            "Imported memories rank below your own until you confirm them. Undoing an import forgets "
            "everything that came with it."
            if imports
            else "Nothing has been imported yet. Drop a memory file on the window, or choose "
            "File > Import."
        )
        shown = max(PAGE, self._rows.count())
        while self._rows.count():
            self._rows.takeAt(0).widget().deleteLater()
        self._imports = imports
        self._add_page(shown)
        self.fit()

    def _add_page(self, number: int = PAGE) -> None:
        """Show the next imports: a hundred cards at a time would hold the window up."""
        first = self._rows.count()
        for one in self._imports[first : first + number]:
            self._add(one)
        left = len(self._imports) - self._rows.count()
        self._more.setText(f"Show more ({left:,} earlier)")
        self._more.setAccessibleName(self._more.text())
        self._more.setVisible(left > 0)

    def _add(self, one: Import) -> None:
        column = self.add_card(show_invisible(one.name), into=self._rows)
        what = count(one.episodes, "memory", "memories")
        told = f"{what} · {show_invisible(one.source)} · {moment(one.at)}"
        column.parentWidget().setAccessibleName(f"{show_invisible(one.name)}: {told}")
        row = QHBoxLayout()
        row.addWidget(words(told, "quiet"), 1)
        if one.undone:
            row.addWidget(words("Undone", "quiet"))
        else:
            undo = button(
                "Undo import",
                "outlined",
                lambda: self._undo(one.id),
                name=f"imports.undo.{one.id}",
            )
            undo.setAccessibleName(f"Undo import: {show_invisible(one.name)}")
            row.addWidget(undo, alignment=Qt.AlignmentFlag.AlignRight)
        column.addLayout(row)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))
