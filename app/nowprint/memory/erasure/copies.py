"""What forgetting asks of the backups, which stand above it (backups/backups.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from nowprint.backup_records import CopyElsewhere


@dataclass(frozen=True, slots=True)
class Followed:
    """The files of backups that were rewritten without what was forgotten, and of those that were deleted
    because that wasn't possible, as paths in the profile."""

    rewritten: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


class Copies(Protocol):
    def held(self) -> AbstractContextManager[object]:
        """While this is held, no backup is made."""

    def count(self) -> int:
        """How many backups there are in the profile."""

    def up_to_date(self) -> frozenset[str]:
        """The names of the backups that hold nothing that was purged until now."""

    def follow(self, rows: Mapping[str, Sequence[int]], before: frozenset[str]) -> Followed:
        """Remove from the backups in the profile what was purged. ``rows`` were purged now, by table; the
        backups in ``before`` were up to date until then."""

    def parts(self, path: Path) -> Iterable[IO[bytes]]:
        """The unpacked parts of a file if it is a backup in the profile, to be searched."""

    def drop(self, name: str) -> bool:
        """Delete the backup of this name, a path in the profile. Returns whether it was one, and is gone."""

    def elsewhere(self, rows: Mapping[str, Sequence[int]]) -> tuple[CopyElsewhere, ...]:
        """The backups outside of the profile that may hold any of these rows, given by table."""


class NoCopies:
    """For a memory without a folder."""

    def held(self) -> AbstractContextManager[object]:
        return nullcontext()

    def count(self) -> int:
        return 0

    def up_to_date(self) -> frozenset[str]:
        return frozenset()

    def follow(self, rows: Mapping[str, Sequence[int]], before: frozenset[str]) -> Followed:
        return Followed()

    def parts(self, path: Path) -> Iterable[IO[bytes]]:
        return ()

    def drop(self, name: str) -> bool:
        return False

    def elsewhere(self, rows: Mapping[str, Sequence[int]]) -> tuple[CopyElsewhere, ...]:
        return ()
