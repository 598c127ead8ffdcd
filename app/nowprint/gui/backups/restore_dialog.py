"""Shows what restoring a backup would change, and asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, listing, moment

if TYPE_CHECKING:
    from nowprint.backup_records import Contents, RestorePreview

NOTE = (
    "What is there now is kept as a backup of its own, so that you can come back to it. Nowprint then loads "
    "its model again."
)


class RestoreDialog(DialogBase):
    wanted = Signal(str)
    """The user wants this backup to be restored; it has been checked."""

    def __init__(self, theme: Theme, bridge: Bridge, path: str, parent: QWidget) -> None:
        from nowprint.service.requests.backups import PreviewRestore

        super().__init__(theme, "Restore a backup", "restore.dialog", parent)
        self._bridge, self._path = bridge, path
        self.heading = self.add_heading("Restore a backup")
        self.column.addWidget(words(Path(path).name, "quiet"))
        self._table = QGridLayout()
        self._table.setHorizontalSpacing(24)
        self._table.setColumnStretch(2, 1)
        self.column.addLayout(self._table)
        self.changes = words("", name="restore.changes")
        self.changes.hide()
        self.column.addWidget(self.changes)
        self.column.addStretch()
        self.column.addWidget(words(NOTE, "quiet"))
        self.confirm = button("&Restore", "destroy", self._ask, name="restore.confirm")
        self.confirm.setEnabled(False)
        self.keep = button("Cancel", "outlined", self.reject, name="restore.cancel")
        self.keep.setAutoDefault(True)
        self.add_buttons(self.confirm, self.keep, default=self.keep)
        self.busy("Checking the backup")
        self.fit(least=280)
        bridge.call(PreviewRestore(path), self._show, self._failed)

    def _show(self, preview: RestorePreview) -> None:
        if self.closed:
            return
        self.busy("")
        backup = preview.backup
        made = f"{moment(backup.made)}, by Nowprint {backup.program}"
        for row, (what, told) in enumerate(
            (
                ("Made", made),
                ("It holds", held(backup.contents)),
                ("There now", held(preview.now)),
            )
        ):
            self._table.addWidget(words(what, "quiet"), row, 0)
            self._table.addWidget(words(told), row, 1, 1, 2)
        self.changes.setText(changes(preview))
        self.changes.setVisible(bool(self.changes.text()))
        self.confirm.setEnabled(True)
        self.fit()

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))

    def _ask(self) -> None:
        self.accept()
        self.wanted.emit(self._path)


def held(contents: Contents) -> str:
    return listing(
        [
            count(contents.chats, "chat"),
            count(contents.messages, "message"),
            count(contents.memories, "memory", "memories"),
        ]
    )


def changes(preview: RestorePreview) -> str:
    """What would be missing, and what stays forgotten; empty if nothing."""
    lines = []
    if preview.newer:
        lacks = count(preview.newer, "memory of now isn't", "memories of now aren't")
        lines.append(f"{lacks} in it.")
    if preview.forgotten:
        one, many = "memory or message", "memories and messages"
        stay = "stays" if preview.forgotten == 1 else "stay"
        lines.append(
            f"{count(preview.forgotten, one, many)} in it {'was' if stay == 'stays' else 'were'} forgotten "
            f"since, and {stay} forgotten."
        )
    return "\n".join(lines)
