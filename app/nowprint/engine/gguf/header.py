"""A GGUF file's header, read without trust and without the weights.

Layout, little-endian: magic "GGUF", version (uint32), number of tensors (uint64), number of metadata
entries (uint64). An entry is a key, a type (uint32) and a value; a tensor is a name, a number of dimensions
(uint32), that many sizes (uint64), a type (uint32) and an offset (uint64) into the data, which begins at the
next multiple of the alignment. A string is its length (uint64) and its bytes; an array is its elements' type
(uint32), their number (uint64) and the elements.
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

The file may be hostile: it is read forward in chunks, counts and lengths are compared with limits and with
what is left of the file, and no memory is reserved by what the file claims. A key or a tensor that is there
twice, arrays within arrays and a fifth dimension are refused, as llama.cpp refuses them.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from nowprint.errors import ModelFileError
from nowprint.language.prompt_injection import visible

MOST_BYTES = 256 << 20
"""Of a header; that of a model with a vocabulary of 262,144 tokens has some 16 MB."""
MOST_ENTRIES = 4096
MOST_TENSORS = 1 << 16
MOST_STRINGS = 4_000_000
"""In all arrays together; the largest vocabularies and their merges have some 800,000."""
MOST_NAME = 512
"""Bytes of a key or a tensor's name; llama.cpp's own tensors have fewer than 64."""
MOST_TEXT = 1 << 20
"""Bytes of a string that is kept, such as the chat template."""
MOST_LAYERS = 512
"""Elements of an array that is kept: one for each layer. llama.cpp has the same limit."""

Value = str | int | float | tuple[int, ...]

_TEXTS = frozenset(
    (
        "general.architecture",
        "general.name",
        "general.type",
        "adapter.type",
        "tokenizer.chat_template",
    )
)
"""The strings that are kept; all others are skipped."""
_ALIGNMENT = 32
"""Bytes, where the file doesn't say otherwise."""

_CHUNK = 1 << 20
_U32, _U64, _COUNTS = struct.Struct("<I"), struct.Struct("<Q"), struct.Struct("<QQ")
_SCALARS = {
    type: struct.Struct(f"<{form}")
    for type, form in zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True)
}
_FLOATS = (6, 12)
_STRING, _ARRAY = 8, 9
_PLACES = [struct.Struct(f"<{dimensions}QIQ") for dimensions in range(5)]
"""A tensor's sizes, type and offset."""

BLOCKS: dict[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110),
    22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
    42: (64, 18),
}  # fmt: skip
"""The tensor types of llama.cpp (``enum ggml_type``): weights in a block, and the block's bytes."""


class HeaderCutShort(ModelFileError):
    """The file ends before its header does, or before the data that this announces."""


class HeaderFault(ModelFileError):
    """The header is against the format, or of a version that llama.cpp doesn't read."""


@dataclass(frozen=True, slots=True)
class Tensor:
    name: str
    shape: tuple[int, ...]
    """The length of a row first."""
    type: int
    offset: int
    """Bytes from the beginning of the tensors' data."""

    @property
    def size(self) -> int | None:
        """Bytes; None if its type is none of ``BLOCKS``."""
        if self.type not in BLOCKS:
            return None
        weights, size = BLOCKS[self.type]
        return math.prod(self.shape) // weights * size


@dataclass(frozen=True, slots=True)
class Header:
    """Numbers are as the file claims them, unchecked. What it doesn't tell is None, a text is empty."""

    architecture: str
    name: str
    type: str
    """``model``, ``adapter``, ``imatrix`` or ``mmproj``; empty in many files."""
    file_type: int | None
    """How most weights are quantised: a value of ``enum llama_ftype``."""
    context_length: int | None
    """Tokens that the model was trained to read."""
    block_count: int | None
    """Layers."""
    embedding_length: int | None
    head_count: int | tuple[int, ...] | None
    """Attention heads; a tuple has a number for each layer."""
    head_count_kv: int | tuple[int, ...] | None
    """Heads that have keys and values of their own; as many as ``head_count`` if it is None."""
    key_length: int | None
    """Of one head; embedding_length / head_count if it is None."""
    value_length: int | None
    """Of one head; embedding_length / head_count if it is None."""
    pooling_type: int | None
    """0 none, 1 mean, 2 CLS, 3 last, 4 rank: a value of ``enum llama_pooling_type``."""
    chat_template: str
    vocabulary: int
    """Tokens."""
    adapter_type: str
    split_no: int | None
    """Which part of a split set this file is, from 0 on."""
    split_count: int | None
    """Parts of the set."""
    split_tensors: int | None
    """Tensors of all parts together."""
    metadata: Mapping[str, Value]
    """All scalars, the strings of ``_TEXTS``, and arrays of at most ``MOST_LAYERS`` whole numbers."""
    tensors: tuple[Tensor, ...]
    data: int
    """Where the tensors' data begins: bytes from the beginning of the file."""
    size: int
    """Bytes of the file."""

    def own(self, key: str) -> Value | None:
        """A value of the architecture's own, such as "attention.sliding_window"."""
        return self.metadata.get(f"{self.architecture}.{key}")

    @property
    def data_end(self) -> int:
        """Bytes that the file must have for all tensors whose type is known."""
        ends = [tensor.offset + (tensor.size or 0) for tensor in self.tensors]
        return self.data + max(ends) if ends else 0


def read_header(path: Path) -> Header:
    """The header of a regular file. HeaderCutShort, HeaderFault, or ModelFileError if it can't be read."""
    try:
        with open(path, "rb") as file:
            return _header(_Reader(file, os.fstat(file.fileno()).st_size, shown(path)))
    except OSError as fault:
        raise unreadable(path, fault) from fault


def shown(path: Path) -> str:
    """A file's name for a sentence: on one line, every character of it visible."""
    name = (path.name or str(path)).encode("utf-8", "replace").decode()
    return " ".join(visible(name).splitlines())


def unreadable(path: Path, fault: OSError) -> ModelFileError:
    reason = fault.strerror or fault
    return ModelFileError(f"The model file {path} can't be read ({reason}): choose another.")


class _Reader:
    """Goes forward through a file of ``size`` bytes, of which one chunk at a time is in memory."""

    def __init__(self, file: BinaryIO, size: int, name: str) -> None:
        self._file = file
        self.size = size
        self.name = name
        self._chunk = b""
        self._start = 0
        """Of the chunk, in the file."""
        self._at = 0
        """In the chunk, or beyond it where something was skipped."""
        self._strings = 0

    @property
    def position(self) -> int:
        return self._start + self._at

    def number(self, form: struct.Struct) -> Any:
        return self.numbers(form)[0]

    def numbers(self, form: struct.Struct) -> tuple[Any, ...]:
        at = self._take(form.size)
        return form.unpack_from(self._chunk, at)

    def string(self, most: int, what: str) -> str:
        length = self.number(_U64)
        if length > most:
            raise self.fault(f"{what} has {length:,} bytes")
        at = self._take(length)
        return self._chunk[at : at + length].decode("utf-8", "replace")

    def skip(self, count: int) -> None:
        self._check(count)
        self._at += count

    def skip_strings(self, count: int) -> None:
        self._strings += count
        if self._strings > MOST_STRINGS:
            raise self.fault("it claims too many strings")
        self._check(count * _U64.size)
        length = _U64.unpack_from
        chunk, at = self._chunk, self._at
        last = len(chunk) - _U64.size
        for _ in range(count):
            if at > last:
                self._at = at
                at = self._take(_U64.size)
                chunk = self._chunk
                last = len(chunk) - _U64.size
            at += _U64.size + length(chunk, at)[0]
        self._at = at
        self._check(0)

    def fault(self, what: str) -> HeaderFault:
        return HeaderFault(
            f"{self.name} is damaged ({what}): download it again or choose another model file."
        )

    def cut_short(self) -> HeaderCutShort:
        return HeaderCutShort(f"{self.name} is cut short: download it again or choose another.")

    def _check(self, count: int) -> None:
        """Whether the header may have so many bytes more, and the file has them."""
        end = self.position + count
        if end > MOST_BYTES:
            raise self.fault("its header has no end")
        if end > self.size:
            raise self.cut_short()

    def _take(self, count: int) -> int:
        """Go over so many bytes, which are in the chunk afterwards; where they begin in it."""
        self._check(count)
        if self._at + count > len(self._chunk):
            self._start += self._at
            self._at = 0
            self._file.seek(self._start)
            self._chunk = self._file.read(max(count, _CHUNK))
            if len(self._chunk) < count:  # another program has shortened the file
                raise self.cut_short()
        at = self._at
        self._at += count
        return at


def _header(reader: _Reader) -> Header:
    if reader.size < _U32.size or reader.number(_U32) != int.from_bytes(b"GGUF", "little"):
        raise HeaderFault(f"{reader.name} is not a GGUF model file: choose one that ends in .gguf.")
    version = reader.number(_U32)
    if version not in (2, 3):
        kind = "for big-endian machines" if version & 0xFFFF == 0 else f"of version {version}"
        raise HeaderFault(
            f"{reader.name} is a GGUF {kind}, which this Nowprint can't read: "
            "choose a little-endian file of version 2 or 3."
        )
    tensors, entries = reader.numbers(_COUNTS)
    if entries > MOST_ENTRIES or tensors > MOST_TENSORS:
        raise reader.fault(f"it claims {entries:,} entries and {tensors:,} tensors")
    metadata, vocabulary = _metadata(reader, entries)
    found = _tensors(reader, tensors)
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
        raise reader.fault("its alignment is no power of two")

    def text(key: str) -> str:
        value = metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(key: str) -> int | None:
        value = metadata.get(key)
        return value if isinstance(value, int) else None

    def numbers(key: str) -> int | tuple[int, ...] | None:
        value = metadata.get(key)
        return value if isinstance(value, (int, tuple)) else None

    own = text("general.architecture")
    return Header(
        architecture=own,
        name=text("general.name"),
        type=text("general.type"),
        file_type=number("general.file_type"),
        context_length=number(f"{own}.context_length"),
        block_count=number(f"{own}.block_count"),
        embedding_length=number(f"{own}.embedding_length"),
        head_count=numbers(f"{own}.attention.head_count"),
        head_count_kv=numbers(f"{own}.attention.head_count_kv"),
        key_length=number(f"{own}.attention.key_length"),
        value_length=number(f"{own}.attention.value_length"),
        pooling_type=number(f"{own}.pooling_type"),
        chat_template=text("tokenizer.chat_template"),
        vocabulary=vocabulary,
        adapter_type=text("adapter.type"),
        split_no=number("split.no"),
        split_count=number("split.count"),
        split_tensors=number("split.tensors.count"),
        metadata=metadata,
        tensors=found,
        data=-(-reader.position // alignment) * alignment,
        size=reader.size,
    )


def _metadata(reader: _Reader, entries: int) -> tuple[dict[str, Value], int]:
    """What is kept, and the number of tokens."""
    kept: dict[str, Value] = {}
    keys: set[str] = set()
    vocabulary = 0
    for _ in range(entries):
        key = reader.string(MOST_NAME, "a key")
        if not key or key in keys:
            raise reader.fault("a key is empty or there twice")
        keys.add(key)
        type = reader.number(_U32)
        if type == _ARRAY:
            inner, count = reader.number(_U32), reader.number(_U64)
            if key == "tokenizer.ggml.tokens":
                vocabulary = count
            if numbers := _array(reader, inner, count):
                kept[key] = numbers
        elif type != _STRING:
            kept[key] = reader.number(_scalar(reader, type))
        elif key in _TEXTS:
            kept[key] = reader.string(MOST_TEXT, key)
        else:
            reader.skip(reader.number(_U64))
    return kept, vocabulary


def _array(reader: _Reader, type: int, count: int) -> tuple[int, ...]:
    """Its elements if they are few whole numbers; else it is skipped."""
    if type == _STRING:
        reader.skip_strings(count)
        return ()
    form = _scalar(reader, type)
    if count > MOST_LAYERS or type in _FLOATS:
        reader.skip(count * form.size)
        return ()
    return tuple(map(int, reader.numbers(struct.Struct(f"<{count}{form.format[1:]}"))))


def _scalar(reader: _Reader, type: int) -> struct.Struct:
    if type not in _SCALARS:
        raise reader.fault("a value has a type that the format doesn't know")
    return _SCALARS[type]


def _tensors(reader: _Reader, count: int) -> tuple[Tensor, ...]:
    found: dict[str, Tensor] = {}
    for _ in range(count):
        name = reader.string(MOST_NAME, "a tensor's name")
        dimensions = reader.number(_U32)
        if name in found or dimensions >= len(_PLACES):
            raise reader.fault("a tensor is there twice or has too many dimensions")
        *shape, type, offset = reader.numbers(_PLACES[dimensions])
        if max(offset, *shape, math.prod(shape)) >= 1 << 63:
            raise reader.fault("a tensor is larger than any file")
        found[name] = Tensor(name, tuple(shape), type, offset)
    return tuple(found.values())
