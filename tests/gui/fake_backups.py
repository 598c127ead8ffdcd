"""Backups as the fake client knows them: a list, and files that hold nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from fake_memory import NOW
from fake_personas import FakePersonas

from nowprint import backup_records as br
from nowprint.errors import NotFound, UserError
from nowprint.service.requests import backups as bk
from nowprint.service.requests import memory as m

FOLDER = "/profile/backups"


class FakeBackups(FakePersonas):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.backups = br.BackupList(FOLDER, ())
        self.restored: tuple[br.Restored, ...] = ()
        """What the next core restores, or has restored."""
        self.forgotten_since = 0
        """How much of any backup was forgotten since it was made."""

    def reply(self, request: Any) -> Any:
        match request:
            case bk.MakeBackup(path):
                return self._back_up(path)
            case bk.ListBackups():
                return self.backups
            case bk.DeleteBackup(path):
                return self._drop(path)
            case bk.PreviewRestore(path):
                backup = self._backup(path)
                return br.RestorePreview(backup, self._contents(), self.forgotten_since, 0)
            case bk.Restore(path):
                self.restored = (br.Restored(self._backup(path).path, f"{FOLDER}/before.zip"),)
                return None
            case bk.GetRestored():
                return self.restored
            case m.PlanForgetting():
                there = self.backups
                plan = super().reply(request)
                return dataclasses.replace(
                    plan, backups=len(there.backups), elsewhere=there.elsewhere
                )
        return super().reply(request)

    def _contents(self) -> br.Contents:
        return br.Contents(len(self.conversations), len(self.messages), len(self.episodes))

    def _back_up(self, path: str) -> br.Backup:
        here = path or f"{FOLDER}/{len(self.backups.backups)}.zip"
        made = br.Backup(here, NOW, "by hand", "0.1.0", 1_234_567, self._contents())
        if path:
            try:
                Path(path).write_bytes(b"backup")
            except OSError as fault:
                raise UserError(f"{path} can't be written: choose another place.") from fault
            elsewhere = (*self.backups.elsewhere, br.CopyElsewhere(path, NOW))
            self.backups = dataclasses.replace(self.backups, elsewhere=elsewhere)
        else:
            listed = (made, *self.backups.backups)
            self.backups = dataclasses.replace(self.backups, backups=listed)
        return made

    def _drop(self, path: str) -> None:
        there = self.backups
        left = dataclasses.replace(
            there,
            backups=tuple(one for one in there.backups if one.path != path),
            elsewhere=tuple(one for one in there.elsewhere if one.path != path),
        )
        if left == there:
            raise NotFound(f"There is no backup {path}: it may have been deleted.")
        self.backups = left

    def _backup(self, path: str) -> br.Backup:
        for one in self.backups.backups:
            if one.path == path:
                return one
        raise UserError(f"{path} can't be read: see that it is there, and readable.")
