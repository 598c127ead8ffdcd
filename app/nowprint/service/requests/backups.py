"""Requests about backups of the profile, and about restoring one."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.backup_records import Backup, BackupList, Restored, RestorePreview
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class MakeBackup(Request[Backup]):
    """Back up the profile to a file; without a path, to a new one in its folder of backups."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class ListBackups(Request[BackupList]):
    """The backups in the profile, and those that were written elsewhere."""


@dataclass(frozen=True, slots=True)
class DeleteBackup(Request[None]):
    """Delete a backup in the profile, or no longer name one elsewhere."""

    path: str


@dataclass(frozen=True, slots=True)
class PreviewRestore(Request[RestorePreview]):
    """What restoring this backup would do. ``path`` may be the name of one in the profile."""

    path: str


@dataclass(frozen=True, slots=True)
class Restore(Request[None]):
    """Let the next core restore this backup when it opens the profile; the front end has to end this one and
    to start it. ``GetRestored`` then tells how it went."""

    path: str


@dataclass(frozen=True, slots=True)
class GetRestored(Request[tuple[Restored, ...]]):
    """What was restored when this core opened the profile; empty if nothing was."""


FILING = (MakeBackup, ListBackups, DeleteBackup, PreviewRestore, Restore)
"""They read or write whole files."""
