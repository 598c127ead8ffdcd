"""The character card in a PNG: JSON in base64, in a text chunk named ``ccv3`` or ``chara``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from nowprint.memory.exports.parts import Read
from nowprint.memory.formats.archive import CHUNK
from nowprint.memory.formats.validation import MOST_TEXT_BYTES, fault, loads

_PNG = b"\x89PNG\r\n\x1a\n"
_NAMES = (b"ccv3", b"chara")
MOST_CHUNKS = 100_000


def cards(read: Read) -> Iterator[Any]:
    """The card, if there is one. MemoryFileError for a damaged PNG."""
    stream = _Stream(read)
    if stream.take(len(_PNG)) != _PNG:
        raise fault("it is no PNG")
    found: dict[bytes, bytes] = {}
    for _ in range(MOST_CHUNKS):
        head = stream.take(8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind == b"IEND":
            break
        if kind == b"tEXt" and size <= MOST_TEXT_BYTES:
            name, _, text = stream.take(size).partition(b"\0")
            found.setdefault(name.lower(), text)
        else:
            stream.skip(size)
        stream.skip(4)  # its checksum
    for name in _NAMES:
        if name in found:
            try:
                data = base64.b64decode(found[name], validate=True)
            except (binascii.Error, ValueError):
                raise fault("the card in the picture is damaged") from None
            yield loads(data, "the card in the picture")
            return


class _Stream:
    def __init__(self, read: Read) -> None:
        self._read = read
        self._held = b""

    def take(self, size: int) -> bytes:
        """The next bytes; fewer at the end."""
        pieces, left = [], size
        while left and (data := self._held or self._read(min(left, CHUNK))):
            pieces.append(data[:left])
            self._held = data[left:]
            left -= len(pieces[-1])
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        while size > 0 and (gone := len(self.take(min(size, CHUNK)))):
            size -= gone
