"""The backups of the profile: where they are, how large and how often made; made now, restored, deleted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMessageBox, QVBoxLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.backups.restore_dialog import RestoreDialog, held
from nowprint.gui.core.session import CoreSession
from nowprint.gui.widgets.buttons import Choice, button, dress
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.save_place import ask_where, usual_folder
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, file_size, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.backup_records import Backup, BackupList, CopyElsewhere

ABOUT = (
    "A backup holds all chats, memories, personas and settings, but no models. What you forget or delete "
    "goes from the backups in the profile, too."
)
ELSEWHERE = (
    "Nowprint can't reach these: what you forget stays in them until you delete them yourself. Receipts name "
    "them."
)
EVERY = ((1, "Every day"), (7, "Every week"), (0, "Never"))
THINNED = (
    "Kept are those of the last 7 days, 4 weeks and 6 months, and those that you made yourself."
)
PAGE = 30
"""Backups that are shown."""


class BackupsDialog(DialogBase):
    restored = Signal(str)
    """The core is to be started again, to restore this backup."""

    def __init__(self, theme: Theme, session: CoreSession, parent: QWidget) -> None:
        super().__init__(theme, "Backups", "backups.dialog", parent, width=640)
        self._session, self._bridge = session, session.bridge
        self._folder = ""
        self.add_heading("Backups")
        self.column.addWidget(words(ABOUT, "quiet"))
        self._build_automatic()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self.column.addLayout(self._rows)
        self.column.addStretch()
        self.now = button("Back up &now", "primary", self._make, name="backups.now")
        other = button("Back up to a &file…", "outlined", self._ask_file, name="backups.file")
        restore = button("&Restore a file…", "outlined", self._ask_restore, name="backups.other")
        self.add_buttons(restore, other)
        self.add_close()
        self.add_buttons(self.now, default=self.now)
        self.fit(least=380)
        self.refresh()

    def _build_automatic(self) -> None:
        column = self.add_card()
        row = QHBoxLayout()
        label = QLabel("&Back up by itself")
        self.every = Choice(self.theme)
        self.every.setObjectName("backups.every")
        self.every.setAccessibleName("Back up by itself")
        days = self._session.settings.backup_days
        known = dict(EVERY) | {days: dict(EVERY).get(days, f"Every {days} days")}
        for number, text in known.items():
            self.every.addItem(text, number)
        self.every.setCurrentIndex(self.every.findData(days))
        self.every.activated.connect(
            lambda _: self._session.change(backup_days=self.every.currentData())
        )
        label.setBuddy(self.every)
        row.addWidget(label)
        row.addWidget(self.every)
        row.addStretch()
        self._open = button("&Open folder", "outlined", self._open_folder, name="backups.open")
        row.addWidget(self._open)
        column.addLayout(row)
        self.place = words("", "quiet", name="backups.place")
        column.addWidget(self.place)
        column.addWidget(words(THINNED, "quiet"))

    # --- what there is -----------------------------------------------------------------------

    def refresh(self) -> None:
        from nowprint.service.requests.backups import ListBackups

        self.busy("Reading the backups")
        self._bridge.call(ListBackups(), self._show, self._failed)

    def _show(self, listed: BackupList) -> None:
        if self.closed:
            return
        self.busy("")
        self._folder = listed.path
        self._open.setEnabled(Path(listed.path).is_dir())
        there = count(len(listed.backups), "backup")
        self.place.setText(f"{there}, {file_size(listed.bytes)}, in {listed.path}")
        while self._rows.count():
            self._rows.takeAt(0).widget().deleteLater()
        for one in listed.backups[:PAGE]:
            self._add(one)
        if len(listed.backups) > PAGE:
            self._rows.addWidget(
                words(f"… and {len(listed.backups) - PAGE:,} older ones.", "quiet")
            )
        for name in listed.damaged:
            self._add_card(
                name, "Damaged: it can't be restored.", ("Delete…", self._ask_delete, name)
            )
        if listed.elsewhere:
            self._rows.addWidget(words("Elsewhere", "section"))
            self._rows.addWidget(words(ELSEWHERE, "quiet"))
        for place in listed.elsewhere:
            self._add_elsewhere(place)
        self.fit()

    def _add(self, one: Backup) -> None:
        told = f"{held(one.contents)} · {file_size(one.bytes)} · {one.kind}"
        restore = ("Restore…", self._preview, one.path)
        self._add_card(moment(one.made), told, restore, ("Delete…", self._ask_delete, one.path))

    def _add_elsewhere(self, place: CopyElsewhere) -> None:
        restore = ("Restore…", self._preview, place.path)
        told = f"Made {moment(place.made)}"
        self._add_card(place.path, told, restore, ("I deleted it", self._delete, place.path))

    def _add_card(
        self, title: str, told: str, *acts: tuple[str, Callable[[str], object], str]
    ) -> None:
        column = self.add_card(title, into=self._rows)
        column.parentWidget().setAccessibleName(f"{title}: {told}")
        row = QHBoxLayout()
        row.addWidget(words(told, "quiet"), 1)
        for text, act, path in acts:
            made = button(
                text, "outlined", partial(act, path), label=f"{text.rstrip('…')}: {title}"
            )
            made.setObjectName(f"backups.{text.split()[0].rstrip('…').lower()}")
            made.setProperty("dense", True)
            row.addWidget(made)
        column.addLayout(row)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder))

    # --- making and deleting ----------------------------------------------------------------

    def _make(self, path: str = "") -> None:
        from nowprint.service.requests.backups import MakeBackup

        self.say_fault("")
        self.busy("Backing up")
        self.now.setEnabled(False)
        self._bridge.call(MakeBackup(path), lambda _: self._done(), self._failed)

    def _ask_file(self) -> None:
        path = str(usual_folder() / "Nowprint backup.zip")
        ask_where(
            self,
            "Back up to",
            path,
            self._make,
            ending=".zip",
            kind="Backups",
            name="backups.chooser",
        )

    def _ask_delete(self, path: str) -> None:
        box = QMessageBox(self)
        box.setObjectName("backups.delete")
        box.setWindowTitle("Delete backup")
        box.setText(f"Delete the backup {Path(path).name}?")
        box.setInformativeText("This can't be undone.")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("backups.delete.confirm")
        dress(delete, "danger")
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        delete.clicked.connect(lambda: self._delete(path))
        box.finished.connect(box.deleteLater)
        box.open()

    def _delete(self, path: str) -> None:
        from nowprint.service.requests.backups import DeleteBackup

        self.say_fault("")
        self._bridge.call(DeleteBackup(path), lambda _: self._done(), self._failed)

    def _done(self) -> None:
        if not self.closed:
            self.now.setEnabled(True)
            self.refresh()

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.now.setEnabled(True)
            self.say_fault(str(error))

    # --- restoring -------------------------------------------------------------------------

    def _ask_restore(self) -> None:
        chooser = QFileDialog(self, "Restore a backup", self._folder)
        chooser.setObjectName("backups.chooser")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilters(["Backups (*.zip)", "All files (*)"])
        chooser.fileSelected.connect(self._preview)
        chooser.open()

    def _preview(self, path: str) -> None:
        dialog = RestoreDialog(self.theme, self._bridge, path, self)
        dialog.wanted.connect(self._restore)
        dialog.open()

    def _restore(self, path: str) -> None:
        self.accept()
        self.restored.emit(path)
