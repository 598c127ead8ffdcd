"""Shows a recovery key, the only time that it can be seen, to be copied or saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.widgets.buttons import Check, button
from nowprint.gui.widgets.clipboard import copy_plain
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.save_place import ask_where, usual_folder
from nowprint.gui.widgets.theme import Theme

LOST = (
    "If you lose the passphrase, this key opens the profile. If you lose both, nothing does: nobody can "
    "recover what you told Nowprint, not even us. Write it down or print it, and keep it away from this "
    "computer. It is not shown again."
)
KEPT = "I have &kept the recovery key"
NAME = "Nowprint recovery key.txt"


class RecoveryKey(QWidget):
    kept = Signal(bool)
    """The user has ticked, or unticked, that it is kept."""
    failed = Signal(str)

    def __init__(self, theme: Theme, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._key = key
        self.label = QLabel("\n".join(key[at : at + 20].rstrip("-") for at in (0, 20)))
        self.label.setObjectName("recovery.key")
        self.label.setAccessibleName(f"The recovery key: {key}")
        self.label.setFont(theme.code_font())
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.copy = button("Cop&y", "outlined", self._copy, name="recovery.copy")
        self.copy.setAccessibleName("Copy the recovery key")
        self.save = button("&Save as text…", "outlined", self._choose, name="recovery.save")
        self.save.setAccessibleDescription("Save the recovery key as a text file, to print it")
        self.have = Check(theme, KEPT)
        self.have.setObjectName("recovery.kept")
        self.have.toggled.connect(self.kept)
        row = QHBoxLayout()
        for part in (self.copy, self.save):
            row.addWidget(part)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.label)
        column.addLayout(row)
        column.addWidget(words(LOST))
        column.addWidget(self.have)

    def _copy(self) -> None:
        copy_plain(self._key)
        self.copy.setText("Copied")
        announce(self, "Copied")

    def _choose(self) -> None:
        path, name = str(usual_folder() / NAME), "recovery.chooser"
        ask_where(self, "Save the recovery key", path, self.save_to, ending=".txt", name=name)

    def save_to(self, path: str) -> None:
        from nowprint.saving import write_file

        try:
            write_file(Path(path), f"Nowprint's recovery key\n\n{self._key}\n".encode())
        except UserError as fault:
            self.failed.emit(str(fault))
            return
        self.save.setText("Saved")
        announce(self, "The recovery key was saved")
