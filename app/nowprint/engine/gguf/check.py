"""Checks of a model file before llama.cpp opens it; each fault is a sentence that says what to do.

Header layout: magic "GGUF", version (uint32), number of tensors (uint64), number of metadata
entries (uint64); little-endian. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import psutil

from nowprint.errors import ModelFileError

_HEADER = struct.Struct("<4sIQQ")
_EDGE = 1 << 20
"""Bytes at either end of the file that go into its fingerprint."""


def check_file(path: Path) -> int:
    """The file's size in bytes. ModelFileError if it is missing, unreadable, no GGUF of version 2 or 3,
    without weights, or larger than this machine's memory."""
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise ModelFileError(f"{name} is a folder: choose a model file that ends in .gguf.")
        if path.exists() and not path.is_file():  # opening a named pipe would block for ever
            raise ModelFileError(f"{name} is no file on a disk: choose one that ends in .gguf.")
        with open(path, "rb") as file:
            head = file.read(_HEADER.size)
            size = file.seek(0, os.SEEK_END)
    except OSError as fault:
        raise ModelFileError(
            f"The model file {path} can't be read ({fault.strerror or fault}): choose another."
        ) from fault
    if not size:
        raise ModelFileError(f"{name} is empty: download it again or choose another model file.")
    if head[:4] != b"GGUF":
        raise ModelFileError(f"{name} is not a GGUF model file: choose one that ends in .gguf.")
    if len(head) < _HEADER.size:
        raise ModelFileError(f"{name} is cut short: download it again or choose another.")
    _, version, tensors, _ = _HEADER.unpack(head)
    if version not in (2, 3):
        raise ModelFileError(
            f"{name} is a GGUF of version {version}, which this Nowprint can't read: "
            "choose a file of version 2 or 3."
        )
    if not tensors:
        raise ModelFileError(
            f"{name} holds only a vocabulary, no weights: choose a complete model file."
        )
    memory = psutil.virtual_memory().total
    if size > memory:
        raise ModelFileError(
            f"{name} needs {_gigabytes(size)} of memory and this machine has "
            f"{_gigabytes(memory)}: choose a smaller model or a stronger quantisation."
        )
    return size


def fingerprint(path: Path, size: int) -> str:
    """An id of the file's content that is quick for large files: 16 hex digits of a SHA-256 over the size
    and the first and last ``_EDGE`` bytes."""
    digest = hashlib.sha256(str(size).encode())
    with open(path, "rb") as file:
        digest.update(file.read(_EDGE))
        file.seek(max(0, size - _EDGE))
        digest.update(file.read(_EDGE))
    return digest.hexdigest()[:16]


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
