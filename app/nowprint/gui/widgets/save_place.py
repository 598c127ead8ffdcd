"""Where a file is to be saved: its path, a button that asks for another, and what is there already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words


def usual_folder() -> Path:
    """Where files go unless the user says otherwise: the documents, or the home folder if there is none."""
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    folder = Path(QStandardPaths.writableLocation(documents))
    return folder if folder.is_dir() and str(folder) != "." else Path.home()


def ask_where(
    parent: QWidget,
    title: str,
    path: str,
    then: Callable[[str], object],
    *,
    ending: str,
    name: str,
    kind: str = "",
) -> None:
    """Let the user choose where to save a file with this ending, and call ``then`` with its path. ``path`` is
    suggested; ``kind`` names the format, ``name`` is the chooser's object name."""
    chooser = QFileDialog(parent, title, path)
    chooser.setObjectName(name)
    chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    chooser.setDefaultSuffix(ending[1:])
    if kind:
        chooser.setNameFilters([f"{kind} (*{ending})"])
    chooser.fileSelected.connect(then)
    chooser.open()


class SavePlace(QWidget):
    changed = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        """``name`` begins the object names of its parts."""
        super().__init__(parent)
        self._name = name
        self._kind, self._ending = "", ""
        self._typed = False  # the user typed or chose the path
        self.path = QLineEdit()
        self.path.setObjectName(f"{name}.path")
        self.path.setAccessibleName("The file's path")
        self.path.textEdited.connect(self._on_typed)
        self.path.textChanged.connect(self._warn)
        choose = button("&Choose…", "outlined", self._choose, name=f"{name}.choose")
        choose.setAccessibleDescription("Choose the folder and name of the file")
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(choose)
        self._warning = words("", "quiet", name=f"{name}.warning")
        self._warning.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._warning)

    def suggest(self, title: str, kind: str, ending: str) -> None:
        """Suggest a name. A path that the user chose keeps all but its ending; ``kind`` names the format."""
        self._kind, self._ending = kind, ending
        if self._typed:
            path = Path(self.path.text())
            self.path.setText(str(path.with_suffix(ending)) if path.name else "")
            return
        plain = "".join(c if c.isalnum() or c in " -_,()" else " " for c in title)
        name = " ".join(plain.split())[:80].strip() or "Chats"
        self.path.setText(str(usual_folder() / f"{name}{ending}"))

    def fault(self) -> str:
        """What is wrong with the path; empty if nothing is."""
        path = self.path.text().strip()
        return "" if path and Path(path).is_absolute() else "Choose where to save the file."

    def _on_typed(self) -> None:
        self._typed = True

    def _warn(self) -> None:
        there = Path(self.path.text()).is_file()
        self._warning.setText("This file already exists and will be replaced." if there else "")
        self._warning.setVisible(there)
        self.changed.emit()

    def _choose(self) -> None:
        def chosen(path: str) -> None:
            self._typed = True
            self.path.setText(path)

        ask_where(
            self, "Export to", self.path.text(), chosen, ending=self._ending, kind=self._kind,
            name=f"{self._name}.chooser",
        )  # fmt: skip
