"""The elements of a part, one at a time: of a JSON array, of lines of JSON, of a web page or of a picture.

An object stands for itself. What is packed with gzip is unpacked first. A part that is damaged from some
place on gives the elements before it, and that is counted.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from nowprint.errors import MemoryFileError
from nowprint.memory.exports import card_picture, gemini_page
from nowprint.memory.exports.parts import Part, Read
from nowprint.memory.exports.records import LeftOut
from nowprint.memory.formats.archive import CHUNK, MOST_BYTES
from nowprint.memory.formats.json_elements import elements
from nowprint.memory.formats.validation import MOST_TEXT_BYTES, fault, loads

_BLANK = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"
_LINES = (".jsonl", ".ndjson")
_WRAPPERS = ("conversations", "chats")
"""What stands around a list of chats in some exports."""


def elements_of(part: Part, read: Read, told: LeftOut) -> Iterator[Any]:
    """The elements of a part; None for a line that is no JSON. MemoryFileError if it has none that can be
    read."""
    some = False
    try:
        for element in _elements(part, read, told):
            yield element
            some = True
    except MemoryFileError:
        if not some:
            raise
        told.add("rest of a file that is damaged", "rests of files that are damaged")


def _elements(part: Part, read: Read, told: LeftOut) -> Iterator[Any]:
    name = part.name.lower()
    if name.endswith(".gz"):
        name, read = name.removesuffix(".gz"), _unpacked(read)
    if name.endswith((".html", ".htm")):
        yield from gemini_page.activities(read)
        return
    if name.endswith(".png"):
        yield from card_picture.cards(read)
        return
    first = b""
    while not first and (data := read(CHUNK)):
        first = data.removeprefix(_MARK).lstrip(_BLANK)
    again = _again(first, read)
    if first.startswith(b"["):
        yield from elements(
            again,
            part.name,
            damaged=lambda: told.add("record that is damaged", "records that are damaged"),
        )
    elif first.startswith(b"{"):
        for value in _objects(again, part.name, lines=name.endswith(_LINES)):
            within = _wrapped(value)
            yield from (value,) if within is None else within


def _wrapped(value: Any) -> list[Any] | None:
    for key in _WRAPPERS:
        within = value.get(key) if isinstance(value, dict) else None
        if isinstance(within, list):
            return within
    return None


def _objects(read: Read, name: str, *, lines: bool) -> Iterator[Any]:
    """The objects of lines of JSON, or the one object of the file."""
    found = split(read, name)
    first = next(found)
    second = next((line for line in found if line.strip()), b"")
    if lines or (second and _parsed(first, name) is not None):
        for line in chain((first, second), found):
            if line.strip():
                yield _parsed(line, name)
        return
    yield loads(_joined(chain((first, second), found), name), name)


def _parsed(line: bytes, name: str) -> Any:
    try:
        return loads(line, name)
    except MemoryFileError:
        return None


def _joined(pieces: Iterable[bytes], name: str) -> bytes:
    whole = bytearray()
    for piece in pieces:
        whole += piece + b"\n"
        if len(whole) > MOST_TEXT_BYTES:
            raise fault(f"{name} is far too long")
    return bytes(whole)


def split(read: Read, name: str) -> Iterator[bytes]:
    """The lines, without their ends. MemoryFileError for one that is far too long."""
    held = bytearray()
    while data := read(CHUNK):
        held += data
        if b"\n" in data:
            *whole, rest = bytes(held).split(b"\n")
            yield from whole
            held = bytearray(rest)
        if len(held) > MOST_TEXT_BYTES:
            raise fault(f"{name} has a line that is far too long")
    yield bytes(held)


def whole(part: Part) -> Any:
    """The JSON of a part that is one object or array; None if it is damaged or far too long."""
    if part.size > MOST_TEXT_BYTES:
        return None
    try:
        with part.open() as read:
            return loads(b"".join(iter(lambda: read(CHUNK), b"")).removeprefix(_MARK), part.name)
    except MemoryFileError:
        return None


def _again(beginning: bytes, read: Read) -> Read:
    rest = [beginning]
    return lambda most: rest.pop() if rest else read(most)


def _unpacked(read: Read) -> Read:
    """What the gzip holds, piece by piece; MemoryFileError if it is damaged or unpacks to far too much."""
    unpack = zlib.decompressobj(31)
    size = 0

    def unpacked(most: int) -> bytes:
        nonlocal size
        while not unpack.eof:
            packed = unpack.unconsumed_tail or read(CHUNK)
            try:
                data = unpack.decompress(packed, most)
            except zlib.error:
                raise fault("its gzip is damaged") from None
            size += len(data)
            if size > MOST_BYTES:
                raise fault("it unpacks to more than 2 GB")
            if data:
                return data
            if not packed:
                raise fault("its gzip is not complete")
        return b""

    return unpacked
