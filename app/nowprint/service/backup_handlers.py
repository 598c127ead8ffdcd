"""Who answers requests about backups, and who makes the automatic ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from nowprint.backup_records import Backup, BackupList, Restored
from nowprint.errors import UserError
from nowprint.events import Notice
from nowprint.memory.backups.backups import Backups
from nowprint.memory.backups.folder import Folder, told
from nowprint.memory.backups.making import make
from nowprint.service.requests import backups as bk
from nowprint.service.router import Router
from nowprint.settings import Profile

LOOK_SECONDS = 600.0
"""How often is looked whether a backup is due."""
AGAIN_SECONDS = 3600.0
"""After a failure, an automatic backup is tried again, and told of, no sooner than this."""


def register(router: Router, backups: Backups, restored: Restored | None) -> None:
    router.on(bk.MakeBackup, backups.make)
    router.on(bk.ListBackups, backups.list)
    router.on(bk.DeleteBackup, backups.delete)
    router.on(bk.PreviewRestore, backups.preview)
    router.on(bk.Restore, backups.ask_to_restore)
    router.on(bk.GetRestored, lambda: (restored,) if restored else ())


class AutomaticBackups:
    """Makes them on a thread of their own, so that a message needn't wait for one."""

    def __init__(self, backups: Backups, tell: Callable[[Notice], None]) -> None:
        self._backups = backups
        self._tell = tell
        self._thread: Thread | None = None
        self._not_before = 0.0

    def begin(self, days: int) -> None:
        """Begin what is due, if nothing is going on; call it when there is nothing else to do."""
        if time.monotonic() < self._not_before or (self._thread and self._thread.is_alive()):
            return
        self._not_before = time.monotonic() + LOOK_SECONDS
        if not (self._backups.unfollowed() or self._backups.due(days)):
            return
        self._thread = Thread(target=self._make, args=(days,), name="backup", daemon=True)
        self._thread.start()

    def _make(self, days: int) -> None:
        try:
            if self._backups.unfollowed():
                self._backups.follow()
            self._backups.automatic(days)
        except UserError as fault:
            self._not_before = time.monotonic() + AGAIN_SECONDS
            self._tell(Notice(str(fault)))

    def end(self) -> None:
        """Wait for what was begun."""
        if self._thread:
            self._thread.join()


def back_up_beside(profile: Profile, path: str) -> Backup:
    """Back up a profile that another process has open. UserError if that fails."""
    folder = Folder(profile.home, profile.cipher)
    made = time.time()
    target = Path(path).expanduser().absolute() if path else folder.new_name(made)
    manifest = make(folder, target, "by hand", made)
    if not folder.holds(target):
        folder.note_elsewhere(target, manifest)
    return told(target, manifest)


def listed_beside(profile: Profile) -> BackupList:
    """The backups of a profile that another process has open."""
    return Folder(profile.home).listed()
