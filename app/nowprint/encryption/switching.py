"""Puts a profile's new files in the place of the old ones, so that a kill at any moment loses nothing.

A change of form (plain to encrypted, or back) first writes every new file whole beside the old one, under a
hidden name. Then one file says that they hold (key_file.py), and each takes its place. A start finds out
from that file how far it came: before, it removes the new files; after, it goes on with what is left. Either
way it needs no key.

What goes was plain or may be read with the key, so its bytes are overwritten first. On a magnetic disk they
are gone then; an SSD writes elsewhere, and a trace may remain there until it uses that place again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from nowprint.encryption.contents import BACKUPS
from nowprint.saving import keep_name

SUFFIX = ".switching"
"""Ends the hidden name of a new file."""
_DATABASE = "memory.db"
_SIDES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database that is in use."""

Step = Callable[[str], None]
"""Called before each step; tests end the process there."""


def new_name(path: Path) -> Path:
    """Where the new form of a file is written."""
    return path.with_name(f".{path.name}{SUFFIX}")


def switch(home: Path, step: Step = lambda _: None) -> None:
    """Put all new files in their places."""
    for new in waiting(home):
        old = new.with_name(new.name.removeprefix(".").removesuffix(SUFFIX))
        if old.name == _DATABASE:
            for end in _SIDES:
                remove(old.with_name(old.name + end))
        step(f"overwrite {old.name}")
        if old.exists():
            overwrite(old)
        step(f"replace {old.name}")
        os.replace(new, old)
    for folder in _folders(home):
        keep_name(folder)


def drop(home: Path, step: Step = lambda _: None) -> None:
    """Remove all new files, and what a kill while they were written left."""
    for new in waiting(home):
        for end in _SIDES:
            remove(new.with_name(new.name + end))
        step(f"drop {new.name}")
        remove(new)


def waiting(home: Path) -> tuple[Path, ...]:
    return tuple(sorted(file for folder in _folders(home) for file in folder.glob(f".*{SUFFIX}")))


def clear(home: Path) -> None:
    """Remove what kills left of files while they were replaced (saving.py, settings.py), and while backups
    were worked on or restored."""
    for folder in _folders(home):
        for pattern in (".*.new", "*.json.new", ".work-*/**/*", "restore.new/*"):
            for left in folder.glob(pattern):
                if left.is_file():
                    remove(left)


def _folders(home: Path) -> tuple[Path, Path]:
    return home, home / BACKUPS


def remove(path: Path) -> None:
    if path.exists():
        overwrite(path)
        path.unlink(missing_ok=True)


def overwrite(path: Path) -> None:
    """Write zeros over the bytes of a file, as far as the disk lets them lie in the same place."""
    with contextlib.suppress(OSError), open(path, "r+b") as file:
        left = file.seek(0, 2)
        file.seek(0)
        while left > 0:
            left -= file.write(bytes(min(left, 1 << 20)))
        file.flush()
        os.fsync(file.fileno())
