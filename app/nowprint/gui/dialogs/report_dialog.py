"""Says what broke, in a sentence, and shows a report that the user can read, copy and save. Nowprint sends it
nowhere."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.save_place import ask_where, usual_folder
from nowprint.gui.widgets.theme import Theme
from nowprint.settings import Profile

if TYPE_CHECKING:
    from nowprint.records import DoctorFinding

ABOUT = (
    "This report lists versions, the results of a self-check, and the last lines of the logs. It "
    "holds no text of your messages or memories: see for yourself. Nowprint sends it nowhere; save "
    "it if you want to show it to somebody."
)
LINES = 16


class ReportDialog(DialogBase):
    def __init__(
        self, theme: Theme, bridge: Bridge, profile: Profile, happened: str, parent: QWidget
    ) -> None:
        """``happened`` says in a sentence what broke; empty if nothing did."""
        title = "Something went wrong" if happened else "Report"
        super().__init__(theme, title, "report.dialog", parent, width=720)
        self._profile = profile
        self._happened = happened
        self._findings: tuple[DoctorFinding, ...] | None = None
        self.add_heading(title)
        if happened:
            self.column.addWidget(words(happened, name="report.happened"))
        self.column.addWidget(words(ABOUT, "quiet"))
        self.text = QPlainTextEdit()
        self.text.setObjectName("report.text")
        self.text.setAccessibleName("The report")
        self.text.setReadOnly(True)
        self.text.setFont(theme.code_font())
        self.text.setProperty("boxed", True)
        self.text.setTabChangesFocus(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setMinimumHeight(LINES * self.text.fontMetrics().lineSpacing())
        self.column.addWidget(self.text, 1)
        self.save = button("&Save the report…", "primary", self._choose, name="report.save")
        self.copy = button("&Copy", "outlined", self._copy, name="report.copy")
        self.copy.setAccessibleName("Copy the report")
        self.add_buttons(self.save, self.copy)
        self.add_close()
        self._write()
        self.busy("Running the self-check")
        self.fit(least=420)
        self._ask(bridge)

    def _ask(self, bridge: Bridge) -> None:
        from nowprint.service.protocol import Doctor

        bridge.call(Doctor(), self._found, self._not_found)

    def _found(self, findings: tuple[DoctorFinding, ...]) -> None:
        if not self.closed:
            self._findings = findings
            self.busy("")
            self._write()

    def _not_found(self, _: UserError) -> None:
        """The core couldn't run the doctor; the report already says that its findings are missing."""
        if not self.closed:
            self.busy("")

    def _write(self) -> None:
        from nowprint.service.fault_report import report

        window = {
            "Qt": qVersion(),
            "Window": f"{QGuiApplication.platformName()}, {self.devicePixelRatio():g}×, "
            f"{os.environ.get('XDG_CURRENT_DESKTOP') or 'no desktop named'}",
        }
        self.text.setPlainText(report(self._profile, self._happened, self._findings, window))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        announce(self, "Copied")
        self.copy.setText("Copied")

    def _choose(self) -> None:
        path = str(usual_folder() / f"nowprint-report-{time.strftime('%Y-%m-%d')}.txt")
        ask_where(self, "Save the report", path, self.save_to, ending=".txt", name="report.chooser")

    def save_to(self, path: str) -> None:
        from nowprint.saving import replacing

        try:
            with replacing(Path(path)) as file:
                file.write(self.text.toPlainText().encode("utf-8"))
        except UserError as fault:
            self.say_fault(str(fault))
            return
        self.say_fault("")
        self.save.setText("Saved")
        announce(self, "The report was saved")
