"""Locks a memory file with a passphrase: scrypt (RFC 7914) derives the key, AES-256-GCM encrypts the file.

The outer zip has a manifest that describes only the encryption, and the whole inner file (itself a memory
file) as ``content.locked``: the ciphertext, then the 16 bytes of the tag. The manifest's bytes are the
associated data. Salt and nonce are random each time, so that a locked file differs each time it is written.
Nothing in the inner file is parsed before its tag is verified.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Iterator
from io import BytesIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from nowprint.errors import MemoryFileError, PassphraseNeeded
from nowprint.memory.files import file_format, json_lines
from nowprint.memory.formats.archive import CHUNK, Archive, Entry, Writer
from nowprint.memory.formats.validation import Fields, fault, loads

_N, _R, _P = 2**17, 8, 1
"""scrypt's cost: each guess takes 128 MB and some tenths of a second."""
_LEAST_N = 2**14
_SALT = 16
_NONCE = 12
_TAG = 16

Tick = Callable[[float], None]


def lock(plain: BytesIO, passphrase: str, writer: Writer, tick: Tick) -> None:
    """Encrypt the memory file ``plain`` and write it into the outer zip."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    manifest = json_lines.line(
        {
            "format": file_format.FORMAT,
            "format_version": file_format.VERSION,
            "locked": {
                "kdf": "scrypt",
                "n": _N,
                "r": _R,
                "p": _P,
                "salt": base64.b64encode(salt).decode(),
                "cipher": "AES-256-GCM",
                "nonce": base64.b64encode(nonce).decode(),
            },
        }
    )
    cipher = Cipher(algorithms.AES(_key(passphrase, salt, _N)), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(manifest)

    def parts() -> Iterator[bytes]:
        size = plain.seek(0, 2)
        plain.seek(0)
        while data := plain.read(CHUNK):
            yield cipher.update(data)
            tick(plain.tell() / size)
        yield cipher.finalize()
        yield cipher.tag

    writer.add(file_format.MANIFEST, [manifest], packed=False)
    writer.add(file_format.LOCKED, parts(), packed=False)


def unlock(archive: Archive, manifest: bytes, passphrase: str, tick: Tick) -> BytesIO:
    """The inner file, decrypted. PassphraseNeeded without the right passphrase, MemoryFileError if the file
    is damaged or locked in an unknown way."""
    archive.only((file_format.MANIFEST, file_format.LOCKED))
    salt, nonce, n = _construction(manifest)
    if not passphrase:
        raise PassphraseNeeded("The memory file is locked: give its passphrase.")
    if file_format.LOCKED not in archive.names:
        raise fault("its content is missing")
    tick(0.0)
    cipher = Cipher(algorithms.AES(_key(passphrase, salt, n)), modes.GCM(nonce)).decryptor()
    cipher.authenticate_additional_data(manifest)
    with archive.open(file_format.LOCKED) as entry:
        if entry.size < _TAG:
            raise fault("its content is missing")
        plain = BytesIO()
        for data in _ciphertext(entry):
            plain.write(cipher.update(data))
            tick(entry.read_bytes / entry.size)
        tag = entry.read(_TAG)
    try:
        cipher.finalize_with_tag(tag)
    except (InvalidTag, ValueError):
        raise PassphraseNeeded(
            "The passphrase doesn't open the memory file: try again (or the file is damaged)."
        ) from None
    plain.seek(0)
    return plain


def _ciphertext(entry: Entry) -> Iterator[bytes]:
    left = entry.size - _TAG
    while left > 0 and (data := entry.read(min(left, CHUNK))):
        left -= len(data)
        yield data


def _construction(manifest: bytes) -> tuple[bytes, bytes, int]:
    told = Fields(loads(manifest, file_format.MANIFEST), file_format.MANIFEST).object("locked")
    n = told.whole("n", _LEAST_N, _N)
    if (
        told.get("kdf") != "scrypt"
        or told.get("cipher") != "AES-256-GCM"
        or (told.get("r"), told.get("p")) != (_R, _P)
        or n & (n - 1)
    ):
        raise MemoryFileError(
            "The memory file is locked in a way that this version doesn't know: update Nowprint."
        )
    return _decoded(told, "salt", _SALT), _decoded(told, "nonce", _NONCE), n


def _decoded(told: Fields, name: str, size: int) -> bytes:
    try:
        value = base64.b64decode(told.text(name, 100), validate=True)
    except (binascii.Error, ValueError):
        raise told.wrong(name) from None
    if len(value) != size:
        raise told.wrong(name)
    return value


def _key(passphrase: str, salt: bytes, n: int) -> bytes:
    kdf = Scrypt(salt=salt, length=32, n=n, r=_R, p=_P)
    return kdf.derive(passphrase.encode("utf-8", "surrogatepass"))
