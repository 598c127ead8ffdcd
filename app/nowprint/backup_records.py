"""What is told of backups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BackupKind = Literal["automatic", "by hand", "before restoring"]


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a backup, or the profile now, holds."""

    chats: int = 0
    messages: int = 0
    memories: int = 0


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup. ``program`` is the version of Nowprint that made it."""

    path: str
    made: float
    kind: BackupKind
    program: str
    bytes: int
    contents: Contents


@dataclass(frozen=True, slots=True)
class CopyElsewhere:
    """A backup that was written outside of the profile, where forgetting doesn't reach it."""

    path: str
    made: float


@dataclass(frozen=True, slots=True)
class BackupList:
    """The backups in the profile's folder ``path``, the newest first, and those elsewhere. ``damaged`` names
    files that can't be read as backups."""

    path: str
    backups: tuple[Backup, ...]
    damaged: tuple[str, ...] = ()
    elsewhere: tuple[CopyElsewhere, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(backup.bytes for backup in self.backups)


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What restoring a backup would do. ``forgotten`` counts the memories and messages in it that were
    forgotten since, and stay so; ``newer`` counts the memories that are there now and that it lacks, None if
    the backup is of another profile."""

    backup: Backup
    now: Contents
    forgotten: int
    newer: int | None


@dataclass(frozen=True, slots=True)
class Restored:
    """How restoring ended, which was done when the profile was opened. ``kept`` is the backup of what was
    there before, empty if nothing was; ``fault`` says why nothing was restored, and is empty otherwise."""

    backup: str
    kept: str = ""
    fault: str = ""
