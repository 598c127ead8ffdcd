"""Any file of an encrypted profile as the plain bytes that it stands for, to search them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from nowprint.memory.encryption import pages
from nowprint.saving import Cipher

_DATABASE = "memory.db"


def plain_view(path: Path, file: BinaryIO, cipher: Cipher) -> BinaryIO | None:
    """None for a file that isn't encrypted, or was changed. ``path`` says what it is."""
    file.seek(0)
    try:
        return cipher.reader(path.name, file)
    except ValueError:
        pass
    if path.name.startswith(_DATABASE) and not path.name.endswith("-shm"):
        return pages.opened(file, cipher.database, log=path.name.endswith("-wal"))
    if ".log" in path.name:
        file.seek(0)
        return io.BytesIO(
            "\n".join(_lines(file.read().decode("utf-8", "replace"), cipher)).encode()
        )
    return None


def _lines(text: str, cipher: Cipher) -> list[str]:
    lines = []
    for line in text.splitlines():
        try:
            lines.append(cipher.unseal_line(line))
        except ValueError:  # cut off
            lines.append(line)
    return lines
