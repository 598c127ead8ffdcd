"""The base of the dialogs that export to a file: they show that it is being written, and where it is then."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from nowprint.errors import CoreDied, Interrupted, UserError
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import WIDTH, DialogBase, words
from nowprint.gui.widgets.theme import Theme


class ExportBase(DialogBase):
    def __init__(
        self,
        theme: Theme,
        title: str,
        name: str,
        parent: QWidget,
        *,
        width: int = WIDTH,
    ) -> None:
        """``name`` begins the object names."""
        super().__init__(theme, title, f"{name}.dialog", parent, width=width)
        self._name = name
        self.writing = False
        self.export = button("&Export", "primary", self.begin, name=f"{name}.confirm")
        self.cancel = button("Cancel", "outlined", self.reject, name=f"{name}.cancel")

    def begin(self) -> None:
        """Export what is chosen."""
        raise NotImplementedError

    def begun(self) -> None:
        self.say_fault("")
        self.busy("Exporting")
        self._enable(False)

    def written(self, told: str, path: str) -> None:
        """In the place of the dialog's content show what was written, ``told``, and its path; the button that
        cancelled closes the dialog then."""
        if not self._ended():
            return
        while self.column.count():
            item = self.column.takeAt(0)
            if item.widget():
                item.widget().deleteLater()
        self.add_heading("Exported")
        card = self.add_card()
        card.addWidget(words(told, name=f"{self._name}.done"))
        card.addWidget(words(path, "quiet"))
        self.column.addStretch()
        self.export.hide()
        folder = str(Path(path).parent)
        show = button(
            "Show in &folder",
            "outlined",
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)),
            name=f"{self._name}.show",
        )
        self.foot.insertWidget(1, show)
        self.cancel.setText("Close")
        self.cancel.setAccessibleName("Close")
        self.cancel.setDefault(True)
        self.cancel.setFocus()
        self.fit(shrink=True)

    def failed(self, error: UserError) -> None:
        if not self._ended():
            return
        if isinstance(error, CoreDied):
            self.reject()
        elif not isinstance(error, Interrupted):
            self.say_fault(str(error))

    def _ended(self) -> bool:
        """Let the user choose again; False if the dialog was closed meanwhile."""
        self.writing = False
        if not self.closed:
            self.busy("")
            self._enable(True)
        return not self.closed

    def _enable(self, on: bool) -> None:
        self.writing = not on
        self.inner.setEnabled(on)
        self.export.setEnabled(on)

    def break_off(self) -> None:
        """Let whoever writes the file stop."""
        raise NotImplementedError

    def done(self, result: int) -> None:
        """If the user closes the dialog during the export, break it off: no half-written file is to stay."""
        if not self.closed and self.writing:
            self.break_off()
        super().done(result)

    def on_event(self, event: object) -> None:
        """The core announced something: show how far it is."""
        from nowprint.events import Progress

        if isinstance(event, Progress) and not self.closed and self.writing:
            self.busy(event.task, event.fraction)
