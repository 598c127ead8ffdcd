"""The profile's key at work: it encrypts whole files and lines of logs, and gives the database its key.

Each use has a key of its own, derived with HKDF-SHA-256. A sealed file is made as age makes its payload
(the STREAM construction): the content is cut into chunks, each encrypted with AES-256-GCM under a key of this
file alone, with the chunk's number, and whether it is the last one, as its nonce. So no chunk can be
changed, moved, dropped or added unnoticed, and any place of a large file can be read without the rest. A
file sealed under one name doesn't open under another.
"""

from __future__ import annotations

import base64
import io
import os
from typing import BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nowprint.encryption.placed import Placed

KEY_BYTES = 32
MAGIC = b"nowprint sealed 1\n"
CHUNK = 1 << 16
_SALT = 32
_TAG = 16
_HEAD = len(MAGIC) + _SALT
LINE = "sealed "
"""Begins a sealed line of a log."""


class NotAuthentic(ValueError):
    """The bytes were changed, cut off, or sealed with another key or under another name."""


class ProfileCipher:
    """What holds for one profile while this process has its key (``saving.Cipher``)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a profile's key has 32 bytes")
        self.key = key
        self.database = derived(key, b"", b"nowprint database")
        """SQLCipher's raw key."""
        self._files = derived(key, b"", b"nowprint files")

    def seal(self, name: str, data: bytes) -> bytes:
        sealed = io.BytesIO()
        self.write(name, io.BytesIO(data), sealed)
        return sealed.getvalue()

    def unseal(self, name: str, data: bytes) -> bytes:
        """NotAuthentic, a ValueError, if it isn't what was sealed under this name."""
        return self.reader(name, io.BytesIO(data)).read()

    def write(self, name: str, plain: BinaryIO, sealed: BinaryIO) -> None:
        """Seal all that ``plain`` holds from its place on."""
        salt = os.urandom(_SALT)
        chunks = _Chunks(self._files, name, salt)
        sealed.write(MAGIC + salt)
        number, data = 0, plain.read(CHUNK)
        while True:
            following = plain.read(CHUNK) if len(data) == CHUNK else b""
            sealed.write(chunks.seal(number, data, last=not following))
            if not following:
                return
            number, data = number + 1, following

    def reader(self, name: str, sealed: BinaryIO) -> BinaryIO:
        """The content, to be read from any place. NotAuthentic, now or at a read, if it was changed."""
        return cast(BinaryIO, io.BufferedReader(_Unsealing(self._files, name, sealed), CHUNK))

    def seal_line(self, text: str) -> str:
        return LINE + base64.b64encode(self.seal("log", text.encode("utf-8", "replace"))).decode()

    def unseal_line(self, line: str) -> str:
        """A line that isn't sealed is returned as it is."""
        if not line.startswith(LINE):
            return line
        return self.unseal("log", base64.b64decode(line[len(LINE) :])).decode("utf-8")


def derived(key: bytes, salt: bytes, use: bytes) -> bytes:
    """A key for one use alone."""
    return HKDF(SHA256(), KEY_BYTES, salt or None, use).derive(key)


class _Chunks:
    """The chunks of one sealed file."""

    def __init__(self, key: bytes, name: str, salt: bytes) -> None:
        self._cipher = AESGCM(derived(key, salt, MAGIC + name.encode()))

    def seal(self, number: int, data: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(number, last), data, None)

    def unseal(self, number: int, data: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number, last), data, None)
        except InvalidTag:
            raise NotAuthentic("it was changed, or sealed with another key") from None


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class _Unsealing(Placed):
    def __init__(self, key: bytes, name: str, sealed: BinaryIO) -> None:
        self._sealed = sealed
        body = sealed.seek(0, 2) - _HEAD
        sealed.seek(0)
        head = sealed.read(_HEAD)
        if body < _TAG or not head.startswith(MAGIC):
            raise NotAuthentic("it is not sealed, or cut off")
        self._chunks = _Chunks(key, name, head[len(MAGIC) :])
        self._last = (body - 1) // (CHUNK + _TAG)
        super().__init__(body - (self._last + 1) * _TAG)
        self._held = (-1, b"")
        self._chunk(self._last)  # what was cut off shows at once

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._sealed.seek(_HEAD + number * (CHUNK + _TAG))
            data = self._sealed.read(CHUNK + _TAG)
            self._held = (number, self._chunks.unseal(number, data, last=number == self._last))
        return self._held[1]

    def part(self, at: int) -> bytes:
        return self._chunk(at // CHUNK)[at % CHUNK :] if at < self._size else b""
