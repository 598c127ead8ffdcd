"""What a dialog shows once the file that it exports is written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words


def show_saved(
    dialog: DialogBase, export: QPushButton, cancel: QPushButton, told: str, path: str, name: str
) -> None:
    """In the place of the dialog's content show what was written, ``told``, and its path; ``cancel`` closes
    the dialog then. ``name`` begins the object names of the parts."""
    while dialog.column.count():
        item = dialog.column.takeAt(0)
        if item.widget():
            item.widget().deleteLater()
    dialog.add_heading("Exported")
    card = dialog.add_card()
    card.addWidget(words(told, name=f"{name}.done"))
    card.addWidget(words(path, "quiet"))
    dialog.column.addStretch()
    export.hide()
    folder = str(Path(path).parent)
    show = button(
        "Show in &folder",
        "outlined",
        lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)),
        name=f"{name}.show",
    )
    dialog.foot.insertWidget(1, show)
    cancel.setText("Close")
    cancel.setAccessibleName("Close")
    cancel.setDefault(True)
    cancel.setFocus()
    dialog.fit(shrink=True)
