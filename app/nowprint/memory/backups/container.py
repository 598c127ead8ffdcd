"""Reads and writes the bytes of backups; nothing else does.

A backup is a zip of the files of ``PARTS`` and a manifest with their sizes and SHA-256. The files of an
encrypted profile are in it as they are in the profile: encrypted with its key. One that is read may
come from anybody: archive.py refuses bombs, and since only the names of ``PARTS`` are ever unpacked, no path
leads out of the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from nowprint.errors import UserError
from nowprint.memory.backups import manifest as form
from nowprint.memory.backups.manifest import DATABASE, Manifest, PackedFile
from nowprint.memory.formats import archive
from nowprint.memory.formats.validation import fault
from nowprint.memory.storage.forgotten_marks import KEY_FILE
from nowprint.saving import Cipher, replacing

KEY = "key.json"
"""What opens an encrypted profile. It is in backups that lie outside of the profile alone."""
PARTS = (DATABASE, "settings.json", "model-settings.json", KEY_FILE, KEY)
"""The index isn't among them: it is made anew from the database. Nor are models, logs and drafts."""
MOST_MANIFEST = 2**20
MOST_OTHERS = 2**24
"""The most bytes of the manifest, and of each other part but the database."""
_IN_MEMORY = 2**26
_QUICK = 1
"""Deflate's level: a higher one takes three times as long and saves a tenth."""


def write(target: Path, manifest: Manifest, parts: Mapping[str, Path]) -> Manifest:
    """Write a backup of the files in ``parts``, by their names in it. It is whole, on the disk and under its
    name when this returns; otherwise nothing has changed. Returns the manifest with these files."""
    packed = []
    with replacing(target) as file, archive.Writer(file) as zipped:
        for name, path in parts.items():
            with open(path, "rb") as part:
                done = zipped.add(name, _pieces(part), level=_QUICK)
            packed.append(PackedFile(name, done.bytes, done.sha256))
        complete = replace(manifest, files=tuple(packed))
        zipped.add(form.NAME, [complete.written()])
    return complete


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while data := file.read(archive.CHUNK):
        yield data


class Reader:
    """An open backup."""

    def __init__(self, path: Path, zipped: archive.Archive, manifest: Manifest) -> None:
        self._path = path
        self._zip = zipped
        self.manifest = manifest

    def unpack(self, folder: Path) -> None:
        """Unpack all parts into an empty folder. MemoryFileError if one isn't what the manifest says."""
        with _explained(f"{self._path} can't be unpacked to {folder}"):
            if sum(file.bytes for file in self.manifest.files) > shutil.disk_usage(folder).free:
                raise OSError(errno.ENOSPC, "the disk is full")
            for part in self.manifest.files:
                with open(folder / part.name, "xb", opener=_private) as file:
                    self._copy(part, file)
                    file.flush()
                    os.fsync(file.fileno())

    def verify(self) -> None:
        """MemoryFileError if a part isn't what the manifest says."""
        with _explained(f"{self._path} can't be read"), open(os.devnull, "wb") as nowhere:
            for part in self.manifest.files:
                self._copy(part, nowhere)

    def opened(self, folder: Path, cipher: Cipher | None = None) -> Iterator[IO[bytes]]:
        """The unpacked parts one by one, as files that have no name: a kill leaves nothing of them. With the
        ``cipher`` of an encrypted profile, as what they stand for."""
        for part in self.manifest.files:
            with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder)) as held:
                file = cast(BinaryIO, held)
                self._copy(part, file)
                if cipher:
                    from nowprint.memory.encryption.plain_view import plain_view

                    file = plain_view(Path(part.name), file, cipher) or file
                yield file

    def _copy(self, part: PackedFile, file: IO[bytes]) -> None:
        with self._zip.open(part.name) as entry, archive.explained():
            while data := entry.read(archive.CHUNK):
                file.write(data)
            if (entry.read_bytes, entry.sha256) != (part.bytes, part.sha256):
                raise fault(f"its {part.name} is damaged")


@contextmanager
def reading(path: Path) -> Generator[Reader, None, None]:
    """Open a backup. MemoryFileError if it isn't one, UserError if it can't be read."""
    with contextlib.ExitStack() as held:
        with _explained(f"{path} can't be read"):
            if path.exists() and not path.is_file():
                raise OSError(errno.EINVAL, "it is no file")
            file = held.enter_context(open(path, "rb"))
            zipped = archive.Archive(file, most_entries=len(PARTS) + 1)
            zipped.only((*PARTS, form.NAME))
            if form.NAME not in zipped.names:
                raise fault("it is no backup of Nowprint")
            with zipped.open(form.NAME) as entry:
                manifest = form.read(bytes(entry.whole(MOST_MANIFEST)))
            _check(zipped, manifest)
        yield Reader(path, zipped, manifest)


@contextmanager
def _explained(what: str) -> Generator[None, None, None]:
    """Raise an OSError as a UserError that begins with ``what``."""
    try:
        yield
    except OSError as problem:
        raise UserError(
            f"{what} ({problem.strerror or problem}): nothing was changed; see that the file is there "
            "and the disk has room."
        ) from problem


def _check(zipped: archive.Archive, manifest: Manifest) -> None:
    """MemoryFileError unless the manifest names what is in the zip, and that can be a profile."""
    named = [part.name for part in manifest.files]
    if sorted((*named, form.NAME)) != sorted(zipped.names) or DATABASE not in named:
        raise fault("its list of parts isn't that of its parts")
    if any(part.name != DATABASE and part.bytes > MOST_OTHERS for part in manifest.files):
        raise fault("one of its parts is far too long")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
