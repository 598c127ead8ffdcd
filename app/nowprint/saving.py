"""Writes a file so that it is whole or unchanged: to a hidden file beside it, which is renamed after fsync.

A kill may leave such a hidden file, which may hold memories; writing the same file again deletes it.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Protocol

from nowprint.errors import UserError


class Cipher(Protocol):
    """What the files of an encrypted profile are written and read with (encryption/cipher.py)."""

    key: bytes
    """The profile's key; all others are derived from it."""
    database: bytes
    """SQLCipher's raw key."""

    def seal(self, name: str, data: bytes) -> bytes: ...
    def unseal(self, name: str, data: bytes) -> bytes: ...
    def write(self, name: str, plain: BinaryIO, sealed: BinaryIO) -> None: ...
    def reader(self, name: str, sealed: BinaryIO) -> BinaryIO: ...
    def seal_line(self, text: str) -> str: ...
    def unseal_line(self, line: str) -> str: ...


OLD = 3600.0
"""Seconds after which a hidden file is taken for the remains of a kill."""


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = True) -> Generator[BinaryIO, None, None]:
    """A context with the file to write to; when it ends, the new file is on the disk under its name.

    If anything fails, the old file stays; UserError says what the user can do. ``private``: other users of
    the machine can't read the file.
    """
    target = Path(os.path.realpath(path))  # a symbolic link stays a link
    if target.exists() and not target.is_file():  # renaming would replace a device by a file
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
        keep_name(target.parent)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def read_file(path: Path, cipher: Cipher | None = None) -> bytes:
    """The content of a profile's file. ValueError if it was changed, or isn't encrypted as it should be."""
    data = path.read_bytes()
    return cipher.unseal(path.name, data) if cipher else data


def write_file(path: Path, data: bytes, cipher: Cipher | None = None) -> None:
    """Replace a profile's file as a whole; UserError says what the user can do if that fails."""
    with replacing(path) as file:
        file.write(cipher.seal(path.name, data) if cipher else data)


def keep_name(folder: Path) -> None:
    """Let the new name survive a power cut, on systems where a folder can be synchronised to disk."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clear(path: Path) -> None:
    """Delete hidden files of earlier attempts that are too old to be still written to."""
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
