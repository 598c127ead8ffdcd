"""Reads an encrypted database's file, or its write-ahead log, as the plain bytes that it stands for.

So a search for residue also looks into pages that no table uses any more, and into damaged databases that
were set aside. Nothing is authenticated here: what was changed gives other bytes, not an error. A page's
last 80 bytes are its initialisation vector, 16 bytes, and its HMAC; the first page begins with a salt in the
place of SQLite's first 16 bytes. Every byte keeps its place.
"""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from nowprint.encryption.placed import Placed

PAGE = 4096
_RESERVE, _VECTOR, _BEGIN = 80, 16, 16
_MAGIC = b"SQLite format 3\x00"
_LOG_HEAD, _FRAME_HEAD = 32, 24
"""Of a write-ahead log: its own head, and that of each frame, which has one page."""


def opened(file: BinaryIO, key: bytes, *, log: bool) -> BinaryIO:
    """``key`` is SQLCipher's raw key; ``log``: the file is a write-ahead log."""
    return cast(BinaryIO, io.BufferedReader(_Pages(file, key, log), PAGE))


class _Pages(Placed):
    def __init__(self, file: BinaryIO, key: bytes, log: bool) -> None:
        self._file = file
        self._key = key
        self._start, self._before = (_LOG_HEAD, _FRAME_HEAD) if log else (0, 0)
        super().__init__(file.seek(0, 2))

    def part(self, at: int) -> bytes:
        step = self._before + PAGE
        number, inside = divmod(at - self._start, step)
        return self._raw(0, self._start)[at:] if number < 0 else self._unit(number, step)[inside:]

    def _unit(self, number: int, step: int) -> bytes:
        data = self._raw(self._start + number * step, step)
        head, page = data[: self._before], data[self._before :]
        if len(page) < PAGE:
            return data
        first = self._start == 0 and number == 0
        if self._start:  # a frame's head begins with the number of its page
            first = int.from_bytes(head[:4], "big") == 1
        return head + self._page(page, first)

    def _page(self, page: bytes, first: bool) -> bytes:
        begin = _BEGIN if first else 0
        end = PAGE - _RESERVE
        vector = page[end : end + _VECTOR]
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(vector)).decryptor()
        plain = cipher.update(page[begin:end]) + cipher.finalize()
        return _MAGIC[:begin] + plain + page[end:]

    def _raw(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        return self._file.read(size)
