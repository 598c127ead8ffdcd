"""The backups of one profile: made, listed, thinned, followed by forgetting, and looked at before restoring.

Restoring itself is done when a profile is opened (restoring.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from nowprint.backup_records import (
    Backup,
    BackupKind,
    BackupList,
    CopyElsewhere,
    RestorePreview,
)
from nowprint.errors import NotFound, UserError
from nowprint.events import Progress
from nowprint.memory.backups import container, restoring
from nowprint.memory.backups.folder import Folder, told
from nowprint.memory.backups.following import known, rewrite
from nowprint.memory.backups.making import make
from nowprint.memory.backups.manifest import may_hold
from nowprint.memory.backups.thinning import superfluous
from nowprint.memory.erasure.copies import Followed
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.forgotten_marks import ForgottenMarks
from nowprint.records import DoctorFinding

_FOLLOWING = "Removing it from the backups"
_MAKING = "Backing up"
DAY = 86400.0


class Backups:
    """Thread-safe. A caller that also holds the database's lock takes it after ``held``."""

    def __init__(
        self,
        home: Path,
        database: Database,
        on_event: Callable[[Progress], None],
        clock: Callable[[], float],
    ) -> None:
        self._folder = Folder(home, database.cipher)
        self._database = database
        self._marks = ForgottenMarks(database)
        self._on_event = on_event
        self._clock = clock
        self._lock = threading.RLock()

    # --- making ----------------------------------------------------------------------------

    def make(self, path: str = "", kind: BackupKind = "by hand") -> Backup:
        """Back up the profile to a file, by default to a new one in its folder of backups. UserError if that
        fails: other backups stay."""
        with self._lock:
            self._folder.make()
            made = self._clock()
            target = Path(path).expanduser().absolute() if path else self._folder.new_name(made)
            marks = len(self._marks.all())
            self._on_event(Progress(_MAKING, None))
            try:
                manifest = make(self._folder, target, kind, made)
            finally:
                self._on_event(Progress(_MAKING, 1.0))
            if self._folder.holds(target):
                self._folder.note_followed(self._folder.followed() | {target.name: marks})
            else:
                self._folder.note_elsewhere(target, manifest)
            return told(target, manifest)

    def due(self, days: int) -> bool:
        """Whether an automatic backup is to be made, of which there is one every ``days`` days: something has
        changed since the last one. A new profile is a day old first."""
        if not days:
            return False
        now, value = self._clock(), self._database.value
        # a clock that was set back must not keep the next one from being made
        made = [one.made for one in self.list().backups if one.made <= now]
        if not made:
            return bool(now - (value("SELECT min(created) FROM conversation") or now) >= days * DAY)
        changed = value(
            "SELECT max(at) FROM (SELECT max(updated) AS at FROM conversation"
            " UNION ALL SELECT max(at) FROM audit)"
        )
        return now - max(made) >= days * DAY and changed is not None and changed > max(made)

    def automatic(self, days: int) -> Backup | None:
        """Make an automatic backup if one is due, then delete those that are superfluous."""
        with self._lock:
            if not self.due(days):
                return None
            made = self.make(kind="automatic")
            for one in superfluous(self.list().backups, self._clock()):
                self.drop(f"{self._folder.path.name}/{Path(one.path).name}")
            return made

    # --- what there is -----------------------------------------------------------------------

    def list(self) -> BackupList:
        return self._folder.listed()

    def delete(self, path: str) -> None:
        """Delete a backup in the profile, or no longer name one elsewhere."""
        there = self._folder.named(path)
        if there is None:
            if not self._folder.leave_out(path):
                raise NotFound(f"There is no backup {path}: it may have been deleted.")
            return
        try:
            there.unlink()
        except OSError as fault:
            raise UserError(
                f"{there} can't be deleted ({fault.strerror or fault}): make its folder writable."
            ) from fault

    def findings(self, days: int) -> tuple[DoctorFinding, ...]:
        """Read every backup in the profile, and tell whether it can be restored."""
        listed, damaged = self.list(), []
        for one in listed.backups:
            try:
                with container.reading(Path(one.path)) as reader:
                    reader.verify()
            except UserError:
                damaged.append(Path(one.path).name)
        damaged += listed.damaged
        count = f"{len(listed.backups)} in {listed.path}, {listed.bytes / 1e6:.1f} MB"
        told = f"{count}, every {days} days" if days > 1 else f"{count}, every day"
        if not days:
            told = f"{count}; automatic ones are switched off"
        if damaged:
            told += f"; damaged: {', '.join(damaged)}: delete these"
        return (DoctorFinding("backups", not damaged, told),)

    # --- restoring -------------------------------------------------------------------------

    def preview(self, path: str) -> RestorePreview:
        """What restoring a backup would do; changes nothing. MemoryFileError if it can't be restored."""
        return restoring.preview(self._folder, self._found(path), self._database)

    def ask_to_restore(self, path: str) -> None:
        """Let the next opening of the profile restore a backup. MemoryFileError if it can't be restored."""
        there = self._found(path)
        restoring.preview(self._folder, there, self._database)
        restoring.ask(self._folder.home, there)

    def _found(self, path: str) -> Path:
        return self._folder.named(path) or Path(path).expanduser().absolute()

    # --- forgetting (erasure/copies.py) ----------------------------------------------------

    def held(self) -> AbstractContextManager[object]:
        return self._lock

    def count(self) -> int:
        return len(self._folder.files())

    def unfollowed(self) -> bool:
        """Whether something was purged that a backup here may still hold: a kill came in between."""
        return len(self.up_to_date()) < self.count()

    def up_to_date(self) -> frozenset[str]:
        marks, followed = len(self._marks.all()), self._folder.followed()
        there = self._folder.files()
        return frozenset(one.name for one in there if followed.get(one.name, 0) == marks)

    def follow(
        self,
        rows: Mapping[str, Sequence[int]] | None = None,
        before: frozenset[str] = frozenset(),
    ) -> Followed:
        with self._lock:
            marks, current = len(self._marks.all()), self.up_to_date()
            waiting = [one for one in self._folder.files() if one.name not in current]
            if rows is not None:
                older = self._older_than(rows)
                waiting = [one for one in waiting if one.name not in before & older]
            knowing = known(self._database)
            rewritten: list[str] = []
            dropped: list[str] = []
            for number, path in enumerate(waiting):
                self._on_event(Progress(_FOLLOWING, number / len(waiting)))
                name = f"{self._folder.path.name}/{path.name}"
                try:
                    if rewrite(self._folder, path, knowing):
                        rewritten.append(name)
                except UserError:  # damaged, or there is no room
                    if self.drop(name):
                        dropped.append(name)
            if waiting:
                self._on_event(Progress(_FOLLOWING, 1.0))
            self._note_followed(marks)
            return Followed(tuple(rewritten), tuple(dropped))

    def _older_than(self, rows: Mapping[str, Sequence[int]]) -> set[str]:
        """The backups of this profile that were made before any of these rows was."""
        identity = str(self._database.meta("identity"))
        return {
            path.name
            for path, manifest in self._folder.manifests()
            if manifest is not None
            and manifest.identity == identity
            and not may_hold(manifest.highest, rows)
        }

    def _note_followed(self, marks: int) -> None:
        try:
            self._folder.note_followed({one.name: marks for one in self._folder.files()})
        except UserError:  # then they are compared again
            return

    def parts(self, path: Path) -> Iterable[IO[bytes]]:
        if not self._folder.holds(path):
            return
        try:
            with container.reading(path) as reader:
                yield from reader.opened(self._folder.path, self._folder.cipher)
        except UserError:  # its bytes as they are were searched
            return

    def drop(self, name: str) -> bool:
        there = self._folder.home / name
        if there not in self._folder.files():
            return False
        try:
            there.unlink()
        except OSError:
            return False
        return True

    def elsewhere(self, rows: Mapping[str, Sequence[int]]) -> tuple[CopyElsewhere, ...]:
        identity = str(self._database.meta("identity"))
        return tuple(
            CopyElsewhere(one.path, one.made)
            for one in self._folder.elsewhere()
            if one.identity != identity or may_hold(one.highest, rows)
        )
