"""Parses the elements of one huge JSON array, one at a time.

Chat exports are an array of conversations and may have gigabytes: only one conversation at a time becomes
Python objects. The scanner counts brackets outside of strings only, so that a text full of brackets isn't
taken for nesting. It checks the depth and the length of an element before it parses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from nowprint.errors import MemoryFileError
from nowprint.memory.formats.archive import CHUNK
from nowprint.memory.formats.validation import MOST_TEXT_BYTES, fault, loads

MOST_DEPTH = 200
_BLANK = b" \t\r\n"
_MARK = re.compile(rb'[\[\]{},"]')
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
"""Matches from within a string to its closing quote, or to the end of the data; it never backtracks."""

Read = Callable[[int], bytes]


def elements(
    read: Read, where: str, *, end: bytes = b"", damaged: Callable[[], object] | None = None
) -> Iterator[Any]:
    """The elements of the array that ``read(size)`` returns piece by piece; ``where`` names it in errors.
    ``end`` is what stands behind the array. With ``damaged`` an element that is no JSON is left out, and
    that is called. MemoryFileError if it isn't a JSON array, is incomplete, too deep or has too long an
    element."""
    held = _beginning(read)
    if not held.startswith(b"["):
        raise fault(f"{where} is no JSON array")
    yield from _Scanner(read, held[1:], where, end, damaged)


def _beginning(read: Read) -> bytes:
    """The first piece that isn't blank, without byte order mark and leading blanks."""
    held = b""
    while not held and (data := read(CHUNK)):
        held = data.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    return held


class _Scanner:
    """Cuts elements out of the bytes; ``held`` are the bytes that were read and not yielded yet."""

    def __init__(
        self,
        read: Read,
        held: bytes,
        where: str,
        end: bytes,
        damaged: Callable[[], object] | None,
    ) -> None:
        self._end = end
        self._damaged = damaged
        self._read = read
        self._held = bytearray(held)
        self._where = where
        self._at = 0
        self._depth = 0
        self._in_string = False

    def __iter__(self) -> Iterator[Any]:
        number = 0
        while True:
            cut = self._next_cut()
            element = bytes(self._held[:cut]).strip(_BLANK)
            last = self._held[cut : cut + 1] == b"]"
            del self._held[: cut + 1]
            self._at = 0
            if element or not last or number:
                number += 1
                try:
                    value = loads(element, f"part {number:,} of {self._where}")
                except MemoryFileError:
                    if self._damaged is None:
                        raise
                    self._damaged()
                else:
                    yield value
            if last:
                self._see_end()
                return

    def _next_cut(self) -> int:
        """The place of the comma or bracket after the element that begins ``held``; reads on to find it."""
        while True:
            while (at := self._next_mark()) is not None:
                sign = self._held[at]
                if sign in b"[{":
                    self._depth += 1
                    if self._depth > MOST_DEPTH:
                        raise fault(f"{self._where} is nested far too deep")
                elif sign in b"]}":
                    if not self._depth:
                        return at
                    self._depth -= 1
                elif not self._depth:
                    return at
            self._more()

    def _next_mark(self) -> int | None:
        """The place of the next bracket or comma outside of strings; None if more must be read first."""
        while True:
            if self._in_string:
                text = _STRING.match(self._held, self._at)
                self._at = text.end() if text else self._at
                if self._held[self._at : self._at + 1] != b'"':
                    return None
                self._at += 1
                self._in_string = False
            mark = _MARK.search(self._held, self._at)
            if mark is None:
                self._at = len(self._held)
                return None
            self._at = mark.end()
            if mark[0] != b'"':
                return mark.start()
            self._in_string = True

    def _more(self) -> None:
        data = self._read(CHUNK)
        if not data:
            raise fault(f"{self._where} is not complete")
        self._held += data
        if len(self._held) > MOST_TEXT_BYTES + CHUNK:
            raise fault(f"{self._where} has a part that is far too long")

    def _see_end(self) -> None:
        rest = bytes(self._held).strip(_BLANK)
        while len(rest) <= len(self._end) and (data := self._read(CHUNK)):
            rest = (rest + data).strip(_BLANK)
        if rest != self._end:
            raise fault(f"{self._where} goes on after its end, or is not complete")
