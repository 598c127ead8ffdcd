"""Encrypts or decrypts a backup that lies in the profile, part by part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nowprint.encryption import switching
from nowprint.memory.backups import container
from nowprint.memory.backups.folder import Folder
from nowprint.memory.backups.manifest import DATABASE
from nowprint.memory.encryption.copying import copy
from nowprint.saving import Cipher

Convert = Callable[[str, bytes], bytes]


def convert(path: Path, cipher: Cipher | None, wanted: Cipher | None) -> None:
    """Write the new form of a backup. MemoryFileError if it is damaged, or encrypted with another key."""
    change: Convert = wanted.seal if wanted else cipher.unseal if cipher else _same
    folder = Folder(path.parent.parent)
    with container.reading(path) as reader, folder.scratch() as work:
        old, new = work / "old", work / "new"
        try:
            for made in (old, new):
                made.mkdir()
            reader.unpack(old)
            for part in reader.manifest.files:
                if part.name == DATABASE:
                    copy(old / part.name, cipher, new / part.name, wanted)
                else:
                    (new / part.name).write_bytes(change(part.name, (old / part.name).read_bytes()))
            parts = {part.name: new / part.name for part in reader.manifest.files}
            container.write(switching.new_name(path), reader.manifest, parts)
        finally:
            for file in work.glob("*/*"):
                switching.remove(file)


def _same(_: str, data: bytes) -> bytes:
    return data
