"""Writes and reads the zip around a memory file.

Writing the same content gives the same bytes. Reading expects a file that may come from anybody: before
Python's zipfile opens a file, its last record is checked: how many entries the zip has and how long their
list is, so that a list of millions never becomes objects. Only entries of known names are opened, nothing is
unpacked to the disk, and of an entry no more bytes are read than it declares. (Zip64, encrypted entries and
rarer compressions are refused: Nowprint doesn't write them.)
"""

from __future__ import annotations

import contextlib
import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, Self

from nowprint.errors import MemoryFileError
from nowprint.memory.formats.validation import fault

_EPOCH = (1980, 1, 1, 0, 0, 0)
_LEVEL = 6
_MODE = 0o600 << 16

MOST_BYTES = 2**31
"""The most bytes of a file, and of all that it unpacks to."""
MOST_RATIO = 200
"""An entry over ``FREE_BYTES`` may be at most this many times larger than its compressed form."""
FREE_BYTES = 2**22
MOST_LIST_BYTES = 2**24
CHUNK = 2**18

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_ZIP64_MARK, _ZIP64_BYTES = b"PK\x06\x07", 20
"""The mark and length of the Zip64 locator, which stands just before the last record."""
_ENCRYPTED = 0x1 | 0x40
_LINK = 0o120000
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
    UnicodeError,
    KeyError,
)


@dataclass(frozen=True, slots=True)
class Written:
    """The length and hash of an entry that was written."""

    bytes: int
    sha256: str


# --- writing -----------------------------------------------------------------------------------


class Writer:
    """Writes entries in the order in which they are added. Use it as a context manager: at its end it writes
    the list of entries."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", allowZip64=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._zip.close()
            return
        with contextlib.suppress(OSError, ValueError):  # the first error is the one to report
            self._zip.close()

    def add(
        self, name: str, parts: Iterable[bytes], *, packed: bool = True, level: int = _LEVEL
    ) -> Written:
        """Write an entry; ``packed``: deflated rather than stored."""
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.create_system = 3  # else it would differ between systems
        info.external_attr = _MODE
        if packed:
            info._compresslevel = level  # type: ignore[attr-defined]  # zipfile has no public name for it
        size = 0
        digest = hashlib.sha256()
        with self._zip.open(info, "w") as entry:
            for part in parts:
                size += len(part)
                digest.update(part)
                entry.write(part)
        return Written(size, digest.hexdigest())


# --- reading -----------------------------------------------------------------------------------


class Archive:
    """An opened zip whose list of entries was checked. MemoryFileError for whatever is wrong with it."""

    def __init__(self, file: BinaryIO, *, most_entries: int) -> None:
        with explained():
            self._size = _check_end(file, most_entries)
            self._zip = zipfile.ZipFile(file)
        self.entries = self._zip.infolist()
        if sum(info.compress_size for info in self.entries) > self._size:
            raise fault("its parts lie over one another, as in no honest file")
        self.names = [info.filename for info in self.entries]

    def only(self, known: Iterable[str]) -> None:
        """MemoryFileError unless the zip holds only files of these names, each once."""
        if len(set(self.names)) < len(self.names):
            raise fault("two of its parts have the same name")
        if set(self.names) - set(known):
            raise fault("it holds parts that don't belong into it")
        for info in self.entries:
            self.check(info)
        if sum(info.file_size for info in self.entries) > MOST_BYTES:
            raise fault("it holds more than 2 GB")

    @staticmethod
    def check(info: zipfile.ZipInfo) -> None:
        """MemoryFileError if an entry is encrypted, no file, oddly compressed or too large."""
        if info.flag_bits & _ENCRYPTED:
            raise fault("its zip is encrypted: unpack it with its password first")
        if info.is_dir() or (info.external_attr >> 16) & 0o170000 == _LINK:
            raise fault("it holds a link or a folder in the place of a file")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise fault("it is compressed in a way that Nowprint doesn't read")
        if info.file_size > MOST_BYTES:
            raise fault("it holds more than 2 GB")
        if info.file_size > max(FREE_BYTES, MOST_RATIO * info.compress_size):
            raise fault("it unpacks to many times its size, as no honest file does")

    @contextmanager
    def open(self, name: str) -> Generator[Entry, None, None]:
        """Open an entry for reading."""
        with explained():
            info = self._zip.getinfo(name)
            self.check(info)
            with self._zip.open(info) as entry:
                yield Entry(entry, info.file_size)

    def close(self) -> None:
        self._zip.close()


class Entry:
    """The unpacked bytes of one entry, counted and hashed as they are read."""

    def __init__(self, entry: IO[bytes], size: int) -> None:
        self._entry = entry
        self._digest = hashlib.sha256()
        self.size = size
        self.read_bytes = 0

    def read(self, most: int) -> bytes:
        data = self._entry.read(most)
        self._count(data)
        return data

    def whole(self, most: int, tick: Callable[[], None] = lambda: None) -> bytearray:
        """All bytes; MemoryFileError if they are more than ``most``. ``tick`` is called before each piece."""
        if self.size > most:
            raise fault("one of its parts is far too long")
        whole = bytearray()  # joining pieces would hold all bytes twice
        while data := self.read(CHUNK):
            tick()
            whole += data
        return whole

    def lines(self, most: int) -> Iterator[bytes]:
        """The lines without their ends; MemoryFileError for one longer than ``most`` bytes."""
        while data := self._entry.readline(most + 1):
            self._count(data)
            if len(data) > most:
                raise fault("one of its lines is far too long")
            yield data.rstrip(b"\r\n")

    def _count(self, data: bytes) -> None:
        self.read_bytes += len(data)
        if self.read_bytes > self.size:
            raise fault("one of its parts is longer than it says")
        self._digest.update(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@contextmanager
def explained(open_fault: Callable[[str], MemoryFileError] = fault) -> Generator[None, None, None]:
    """Raise the zip library's many errors as MemoryFileError; other errors go through."""
    try:
        yield
    except _FAULTS as problem:
        raise open_fault("its zip is damaged or not complete") from problem


def _check_end(file: BinaryIO, most_entries: int) -> int:
    """Check the zip's last record, wherever its comment lets it begin. Returns the file's size in bytes.

    A Zip64 record is refused, because zipfile trusts it more than the last record, whatever either says.
    """
    size = file.seek(0, 2)
    if size > MOST_BYTES:
        raise fault("it is larger than 2 GB")
    tail_size = min(size, _END.size + 0xFFFF)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise fault("its zip is damaged or not complete")
    _, disk, first_disk, here, entries, list_bytes, offset, _ = _END.unpack_from(tail, at)
    is_zip64 = tail[max(0, at - _ZIP64_BYTES) : at].startswith(_ZIP64_MARK)
    if is_zip64 or 0xFFFF in (entries, here) or 0xFFFFFFFF in (list_bytes, offset):
        raise fault("it is larger than 4 GB, or made for files that are")
    if disk or first_disk or here != entries:
        raise fault("it is only a part of a zip")
    if entries > most_entries or list_bytes > MOST_LIST_BYTES:
        raise fault("it holds far too many parts")
    file.seek(0)
    return size
