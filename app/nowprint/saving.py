"""A file that is whole or not there: written beside its name and renamed, after fsync.

What a kill left of one, which may hold memories and is hidden, goes when the next one is written.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from nowprint.errors import UserError

OLD = 3600.0
"""Seconds."""


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = True) -> Generator[BinaryIO, None, None]:
    """The file to write to; it is on the disk when this ends. Whatever fails leaves the old file;
    UserError says what to do. ``private``: others on this machine can't read it."""
    target = Path(os.path.realpath(path))  # a link stays one
    if target.exists() and not target.is_file():  # a device would be renamed away
        raise _cant(path, "it is no file on a disk")
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    _clear(target)
    try:
        try:
            with open(beside, "xb") as file:
                if private:
                    beside.chmod(0o600)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, target)
        except OSError as problem:
            raise _explained(path, problem) from problem
        _keep_name(target.parent)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _keep_name(folder: Path) -> None:
    """Let the new name survive a power cut, on systems where a folder can be synchronised."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clear(path: Path) -> None:
    """Whatever was begun so long ago that nobody writes it any more."""
    with contextlib.suppress(OSError):
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
            if left.stem.rpartition(".")[2].isdigit() and left.stat().st_mtime < time.time() - OLD:
                left.unlink()


def _explained(path: Path, problem: OSError) -> UserError:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return UserError(f"The disk is full: free some space for {path}; nothing was written.")
    return _cant(path, problem.strerror or str(problem))


def _cant(path: Path, why: str) -> UserError:
    return UserError(f"{path} can't be written ({why}): choose another place or name.")
