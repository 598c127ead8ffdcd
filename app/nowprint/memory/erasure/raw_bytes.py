"""Searches the raw bytes of every file of a folder for thousands of byte strings ("runs") at once.

At every place of a file the next eight bytes are looked up in a table of hashes, which lets almost none
through; only the rest are compared in full. That searches about 100 MB a second, whatever the number of
runs. Where a zlib stream seems to begin, it is inflated and searched as well.
"""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
import numpy.typing as npt

from nowprint.errors import ProfileError
from nowprint.saving import Cipher

LEAST = 8
"""Bytes: a shorter run could be found by chance."""

_WINDOW = 4 * 2**20
_MOST_INFLATED = 64 * 2**20
_TABLE_BITS = 22
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - _TABLE_BITS)
_Keys = npt.NDArray[np.uint64]

_STREAM = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


@dataclass(frozen=True, slots=True)
class Found:
    """How often each run was found, by the path of each file in the folder. ``files`` counts those read."""

    by_file: Mapping[str, Counter[bytes]]
    files: int

    @property
    def hits(self) -> Counter[bytes]:
        return sum(self.by_file.values(), Counter[bytes]())

    def names_of(self, runs: Container[bytes]) -> list[str]:
        """The files in which any of ``runs`` was found."""
        return [name for name, hits in self.by_file.items() if any(run in runs for run in hits)]


class Search:
    """A set of runs, prepared for searching. Each must have at least ``LEAST`` bytes."""

    def __init__(self, wanted: Iterable[bytes]) -> None:
        self._by_key: dict[int, list[bytes]] = {}
        for run in set(wanted):
            self._by_key.setdefault(int.from_bytes(run[:LEAST], "little"), []).append(run)
        self._keys = np.array(sorted(self._by_key), np.uint64)
        self._table = np.zeros(1 << _TABLE_BITS, np.bool_)
        self._table[self._hashes(self._keys)] = True
        self.longest = max((len(run) for runs in self._by_key.values() for run in runs), default=0)

    @staticmethod
    def _hashes(keys: _Keys) -> _Keys:
        return (keys * _ODD) >> _SHIFT

    def count(self, data: bytes, most: int | None = None) -> Counter[bytes]:
        """How often each run begins in ``data``, or within its first ``most`` bytes."""
        hits: Counter[bytes] = Counter()
        most = len(data) if most is None else most
        for shift in range(min(LEAST, len(data) - LEAST + 1) if len(self._keys) else 0):
            keys = np.frombuffer(data, "<u8", count=(len(data) - shift) // LEAST, offset=shift)
            likely = np.flatnonzero(self._table[self._hashes(keys)])
            for place in likely[np.isin(keys[likely], self._keys)].tolist():
                at = shift + LEAST * place
                if at < most:
                    for run in self._by_key[int(keys[place])]:
                        if data.startswith(run, at):
                            hits[run] += 1
        return hits

    def in_file(self, file: IO[bytes]) -> Counter[bytes]:
        """How often each run occurs in a file, including what its zlib streams hold."""
        hits: Counter[bytes] = Counter()
        for at, data in self._windows(file):
            hits += self.count(data, _WINDOW)
            for stream in _STREAM.finditer(data, 0, min(len(data), _WINDOW + 1)):
                hits += self._inflated(file, at + stream.start())
        return hits

    def _windows(self, file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
        """The file in windows, each with its place in the file. A window includes the beginning of the next
        one, so that no run is cut in two."""
        at = 0
        while True:
            file.seek(at)
            data = file.read(_WINDOW + max(self.longest, 2) - 1)
            if not data:
                return
            yield at, data
            at += _WINDOW

    def _inflated(self, file: IO[bytes], at: int) -> Counter[bytes]:
        """How often each run occurs in the zlib stream that may begin at ``at``, as far as it can be read."""
        unpacking, held = zlib.decompressobj(), io.BytesIO()
        size = 256  # most are no streams, which shows at once
        try:
            while not unpacking.eof and held.tell() < _MOST_INFLATED:
                file.seek(at)
                if not (data := file.read(size)):
                    break
                held.write(unpacking.decompress(data, _MOST_INFLATED))
                at, size = at + len(data), _WINDOW
        except zlib.error:
            pass
        return self.count(held.getvalue())


def search(
    folder: Path,
    wanted: Iterable[bytes],
    opened: Mapping[Path, BinaryIO] | None = None,
    parts: Callable[[Path], Iterable[IO[bytes]]] = lambda _: (),
    cipher: Cipher | None = None,
) -> Found:
    """Search all files below ``folder``. A file in ``opened`` is read through its open file object. ``parts``
    gives what a file holds in a form that has to be unpacked. With the ``cipher`` of an encrypted profile,
    what the files stand for is searched as well."""
    if cipher:
        from nowprint.memory.encryption.plain_view import plain_view
    looking = Search(wanted)
    by_file: dict[str, Counter[bytes]] = {}
    files = 0
    for path in sorted(folder.rglob("*")):
        try:
            if not path.is_file():
                continue
            with _reading(path, opened or {}) as file:
                found = looking.in_file(file)
                if cipher and (plain := plain_view(path, file, cipher)):
                    with suppress(ValueError):  # bytes that were changed stand for nothing
                        found += looking.in_file(plain)
            for part in parts(path):
                found += looking.in_file(part)
        except FileNotFoundError:  # a temporary file that is gone again
            continue
        except OSError as fault:
            raise ProfileError(
                f"What was forgotten is removed, but {path} can't be searched for traces of it "
                f"({fault.strerror or fault}): see that its disk is well."
            ) from fault
        files += 1
        if found:
            by_file[path.relative_to(folder).as_posix()] = found
    return Found(by_file, files)


def _reading(path: Path, opened: Mapping[Path, BinaryIO]) -> AbstractContextManager[BinaryIO]:
    return nullcontext(opened[path]) if path in opened else open(path, "rb")
