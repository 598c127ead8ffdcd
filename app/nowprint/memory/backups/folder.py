"""The folder of backups in a profile: what is in it, what was written elsewhere, how far forgetting came.

``elsewhere.jsonl`` has a line for each backup that was written outside of the profile. It is only ever added
to, so that another process may do that too, and it is no part of the database, which restoring replaces.
``followed.json`` says of each backup here how many marks of forgotten rows it was last compared with.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nowprint.backup_records import Backup, BackupList, CopyElsewhere
from nowprint.errors import ProfileError, UserError
from nowprint.memory.backups import container
from nowprint.memory.backups.manifest import Manifest
from nowprint.saving import Cipher, replacing

FOLDER = "backups"
_END = ".zip"
_ELSEWHERE, _FOLLOWED = "elsewhere.jsonl", "followed.json"
_WORK = ".work-"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A line of ``elsewhere.jsonl``: a backup outside, and which rows it may hold."""

    path: str
    made: float
    identity: str
    highest: Mapping[str, int]


class Folder:
    """``home`` is the profile's folder, ``cipher`` an encrypted one's."""

    def __init__(self, home: Path, cipher: Cipher | None = None) -> None:
        self.home = home
        self.cipher = cipher
        self.path = home / FOLDER

    def make(self) -> None:
        """ProfileError if the folder can't be made."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise ProfileError(
                f"{self.path} can't be made ({fault.strerror or fault}): make {self.home} writable."
            ) from fault

    def new_name(self, made: float) -> Path:
        """A name for a backup that no file has yet."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(made))
        path, number = self.path / f"{stamp}{_END}", 1
        while path.exists():
            number += 1
            path = self.path / f"{stamp}-{number}{_END}"
        return path

    def files(self) -> list[Path]:
        return sorted(self.path.glob(f"[!.]*{_END}"))

    def manifests(self) -> Iterator[tuple[Path, Manifest | None]]:
        """All backups here, each with its manifest; None for a file that can't be read as one."""
        for path in self.files():
            try:
                with container.reading(path) as reader:
                    yield path, reader.manifest
            except UserError:
                yield path, None

    def listed(self) -> BackupList:
        backups, damaged = [], []
        for path, manifest in self.manifests():
            if manifest is None:
                damaged.append(path.name)
            else:
                backups.append(told(path, manifest))
        elsewhere = (CopyElsewhere(one.path, one.made) for one in self.elsewhere())
        newest = tuple(sorted(backups, key=lambda one: -one.made))
        return BackupList(str(self.path), newest, tuple(damaged), tuple(elsewhere))

    def named(self, name: str) -> Path | None:
        """The backup here that has this name or path; None if there is none."""
        return next((one for one in self.files() if name in (one.name, str(one))), None)

    def holds(self, path: Path) -> bool:
        """Whether a file of this path is one of ``files``."""
        listed = path.suffix == _END and not path.name.startswith(".")
        return listed and path.parent.resolve() == self.path.resolve()

    # --- elsewhere -------------------------------------------------------------------------

    def note_elsewhere(self, path: Path, manifest: Manifest) -> None:
        line = Elsewhere(str(path), manifest.made, manifest.identity, dict(manifest.highest))
        self.make()
        try:
            with open(self.path / _ELSEWHERE, "a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(line)) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise UserError(
                f"{path} was written, but that can't be noted in {self.path} "
                f"({fault.strerror or fault}): receipts won't name it."
            ) from fault

    def elsewhere(self) -> tuple[Elsewhere, ...]:
        """The backups outside, the newest of each path."""
        found: dict[str, Elsewhere] = {}
        with contextlib.suppress(OSError):
            for line in (self.path / _ELSEWHERE).read_text("utf-8").splitlines():
                with contextlib.suppress(ValueError, TypeError):
                    one = Elsewhere(**json.loads(line))
                    found[one.path] = one
        return tuple(found.values())

    def leave_out(self, path: str) -> bool:
        """No longer name a backup outside. Returns whether there was one of this path."""
        there = self.elsewhere()
        rest = [one for one in there if one.path != path]
        if len(rest) == len(there):
            return False
        with replacing(self.path / _ELSEWHERE) as file:
            file.write("".join(f"{json.dumps(asdict(one))}\n" for one in rest).encode())
        return True

    # --- followed --------------------------------------------------------------------------

    def followed(self) -> dict[str, int]:
        """How many marks each backup was compared with, by its name."""
        stored: Any = {}
        with contextlib.suppress(OSError, ValueError):
            stored = json.loads((self.path / _FOLLOWED).read_text("utf-8"))
        there = stored.items() if isinstance(stored, dict) else ()
        return {name: marks for name, marks in there if isinstance(marks, int)}

    def note_followed(self, marks: Mapping[str, int]) -> None:
        with replacing(self.path / _FOLLOWED) as file:
            file.write(json.dumps(marks).encode())

    # --- scratch ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one piece of work, which is deleted at its end."""
        self.make()
        folder = self.path / f"{_WORK}{os.getpid()}-{time.monotonic_ns()}"
        try:
            folder.mkdir(mode=0o700)
        except OSError as fault:
            raise UserError(
                f"{self.path} can't be written to ({fault.strerror or fault}): nothing was changed."
            ) from fault
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Delete what a kill left: folders of work, and backups that were not complete. Call it before
        anything else uses the folder."""
        for left in (*self.path.glob(f"{_WORK}*"), *self.path.glob(".*.new")):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def told(path: Path, manifest: Manifest) -> Backup:
    return Backup(
        str(path),
        manifest.made,
        manifest.kind,
        manifest.program,
        path.stat().st_size,
        manifest.contents,
    )
