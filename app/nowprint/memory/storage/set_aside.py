"""Databases that are damaged, and are set aside beside the one that takes their place."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from nowprint.errors import ProfileError
from nowprint.settings import DRAFTS

SIDES = ("-wal", "-shm")
"""How the names of the files end that SQLite keeps beside a database."""
_ASIDE = ".damaged-"


def set_aside(path: Path, found: str) -> ProfileError:
    """Rename the damaged database with its -wal and -shm files, never over an existing file. Returns the
    error that tells the user about it."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}{_ASIDE}{stamp}")
    number = 1
    while any(file.exists() for file in (aside, *(side(aside, end) for end in SIDES))):
        number += 1
        aside = path.with_name(f"{path.name}{_ASIDE}{stamp}-{number}")
    try:
        for end in SIDES:
            if side(path, end).exists():
                side(path, end).rename(side(aside, end))
        path.rename(aside)
    except OSError as fault:
        return ProfileError(
            f"The database {path} is damaged and could not be set aside "
            f"({fault.strerror or fault}): move it away, then start again."
        )
    first = found.splitlines()[0] if found else "unreadable"
    return ProfileError(
        f"The database was damaged ({first}) and is kept as {aside}: "
        "start again to begin with an empty memory."
    )


def copies(path: Path | None) -> tuple[str, ...]:
    """The file names of the damaged databases that were set aside beside this one."""
    found = () if path is None else path.parent.glob(f"{path.name}{_ASIDE}*")
    return tuple(sorted({copy_of(file.name) for file in found}))


def copy_of(name: str) -> str:
    """The name of the database that a file belongs to: the name without "-wal" or "-shm"."""
    return next((name.removesuffix(end) for end in SIDES if name.endswith(end)), name)


def delete_copy(path: Path, name: str) -> bool:
    """Delete a database that was set aside beside ``path``, with its -wal and -shm files, or the drafts.
    Returns whether nothing of it is left."""
    if name != DRAFTS and not name.startswith(f"{path.name}{_ASIDE}"):
        return False
    try:
        for file in (*(path.with_name(name + end) for end in SIDES), path.with_name(name)):
            file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def side(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
