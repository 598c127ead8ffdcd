"""Opens the backups, and shows the profile anew when one was restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from nowprint.backup_records import Restored
    from nowprint.gui.backups.backups_dialog import BackupsDialog
    from nowprint.gui.window.parts import Parts


class BackupOpeners(QObject):
    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._session, self._bridge = parts.session, parts.session.bridge

    def open(self) -> BackupsDialog:
        from nowprint.gui.backups.backups_dialog import BackupsDialog

        dialog = BackupsDialog(self._parts.theme, self._session, self._parts.window)
        dialog.restored.connect(self.restore)
        dialog.open()
        return dialog

    def restore(self, path: str) -> None:
        """Restore a backup: this core ends, and the next one does it as it opens the profile."""
        from nowprint.service.requests.backups import Restore

        self._bridge.call(Restore(path), lambda _: self._start_again())

    def _start_again(self) -> None:
        from nowprint.service.requests.backups import GetRestored

        self._parts.chat.new()
        self._session.try_again()
        self._bridge.call(GetRestored(), self._tell)

    def _tell(self, done: tuple[Restored, ...]) -> None:
        parts = self._parts
        parts.panels.inspector.refresh()
        parts.projects.refresh()
        parts.personas.refresh()
        parts.import_progress.refresh()
        for one in done:
            kept = " What was there before is kept as a backup." if one.kept else ""
            parts.notice.say(one.fault or f"The backup was restored.{kept}")
