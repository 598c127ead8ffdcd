"""Which of the branches that begin with a message is shown, and the arrows to the others: "2 of 3"."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from nowprint.gui.widgets.buttons import button, quiet
from nowprint.records import Message


class BranchBar(QWidget):
    chosen = Signal(int)
    """The message that begins the other branch."""

    def __init__(self) -> None:
        super().__init__()
        self._siblings: tuple[int, ...] = ()
        self._at = 0
        self.before = button("‹", "quiet", lambda: self._step(-1), name="branch.before")
        self.after = button("›", "quiet", lambda: self._step(1), name="branch.after")
        self.told = quiet("", "branch.told")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for part in (self.before, self.told, self.after):
            row.addWidget(part)
        self.hide()

    def show_place(self, message: Message) -> None:
        self._siblings = message.siblings
        many = len(self._siblings) > 1 and message.id in self._siblings
        self.setVisible(many)
        if not many:
            return
        self._at = self._siblings.index(message.id)
        place = f"{self._at + 1} of {len(self._siblings)}"
        what = "version" if message.role == "user" else "answer"
        self.told.setText(place)
        self.told.setAccessibleName(f"{what.capitalize()} {place}")
        self.before.setEnabled(self._at > 0)
        self.after.setEnabled(self._at < len(self._siblings) - 1)
        for arrow, which in ((self.before, "Earlier"), (self.after, "Later")):
            arrow.setAccessibleName(f"{which} {what}")
            arrow.setToolTip(f"{which} {what}: {place} is shown")

    def _step(self, by: int) -> None:
        self.chosen.emit(self._siblings[self._at + by])
