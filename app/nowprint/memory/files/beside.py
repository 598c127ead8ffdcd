"""A file that is whole or not there: written beside its name and renamed, after fsync.

What a kill left of one, which holds memories and is hidden, goes when the next one is written.
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
def replacing(path: Path) -> Generator[BinaryIO, None, None]:
    """The file to write to. Whatever fails leaves the old file; UserError says what to do."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    _clear(path)
    try:
        try:
            with open(beside, "xb") as file:
                beside.chmod(0o600)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError as problem:
            raise _explained(path, problem) from problem
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _clear(path: Path) -> None:
    """Whatever was begun so long ago that nobody writes it any more."""
    with contextlib.suppress(OSError):
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
            if left.stem.rpartition(".")[2].isdigit() and left.stat().st_mtime < time.time() - OLD:
                left.unlink()


def _explained(path: Path, problem: OSError) -> UserError:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return UserError(f"The disk is full: free some space for {path}; nothing was written.")
    return UserError(
        f"{path} can't be written ({problem.strerror or problem}): choose another place or name."
    )
