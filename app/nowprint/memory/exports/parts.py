"""The parts of what the user chose: a file by itself, or the files in a folder or zip, and in the zips in it.

A zip within a zip is read from memory, since nothing is unpacked to the disk. One that is too large for
that is a part like any other file.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nowprint.errors import MemoryFileError
from nowprint.memory.formats.archive import MOST_BYTES, Archive
from nowprint.memory.formats.validation import fault

MOST_PARTS = 50_000
"""The most parts of a zip or folder: a data export brings every picture along."""
MOST_ZIPS = 100
"""The most zips of a folder, which are all open at once."""
MOST_INNER = 128 * 2**20
"""The most bytes of all zips within a zip."""
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
BESIDE = {"messages.jsonl": "thread.json"}
"""What tells more of a file that is chosen by itself."""

Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """``path`` is its path in the folder or zip, with slashes. ``open`` gives a function that returns the
    next bytes, at most as many as it is asked for. ``alone``: it was chosen by itself."""

    path: str
    size: int
    open: Callable[[], AbstractContextManager[Read]]
    alone: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@contextmanager
def parts_of(path: Path) -> Generator[list[Part], None, None]:
    """All parts, in the order of their paths. MemoryFileError for a damaged zip."""
    with ExitStack() as stack:
        if path.is_dir():
            found = _in_folder(path, stack)
        elif _is_zip(path):
            found = _in_zip(_opened(path, stack), "", stack)
        else:
            beside = [path.with_name(BESIDE[path.name])] if path.name in BESIDE else []
            files = (one for one in (path, *beside) if one.is_file())
            found = (_file(one, one.name, alone=True) for one in files)
        yield sorted(found, key=lambda part: part.path)


def _opened(path: Path, stack: ExitStack) -> BinaryIO:
    return stack.enter_context(open(path, "rb"))


def _is_zip(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) in ZIPS


def _in_folder(folder: Path, stack: ExitStack) -> Iterator[Part]:
    seen = zips = 0
    for place, _, names in os.walk(folder):  # which follows no links to folders
        for name in names:
            seen += 1
            if seen > MOST_PARTS:
                raise fault("the folder holds far too many files")
            file = Path(place, name)
            if not file.is_file() or file.is_symlink():
                continue
            inside = file.relative_to(folder).as_posix()
            if name.lower().endswith(".zip") and zips < MOST_ZIPS and _is_zip(file):
                zips += 1
                yield from _in_zip(_opened(file, stack), f"{inside}/", stack)
            else:
                yield _file(file, inside)


def _file(file: Path, name: str, *, alone: bool = False) -> Part:
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise fault(f"{name} is larger than 2 GB")

    @contextmanager
    def opened() -> Generator[Read, None, None]:
        with open(file, "rb") as data:
            yield data.read

    return Part(name, size, opened, alone)


def _in_zip(
    file: BinaryIO, before: str, stack: ExitStack, left: int = MOST_INNER
) -> Iterator[Part]:
    """The files of a zip, which stays open as long as ``stack``; ``before`` stands before their paths, and
    zips within it are opened if they have no more than ``left`` bytes."""
    archive = Archive(file, most_entries=MOST_PARTS)
    stack.callback(archive.close)
    seen: set[str] = set()
    for info in archive.entries:
        if info.is_dir():
            continue
        if info.filename in seen:
            raise fault("two of its parts have the same name")
        seen.add(info.filename)
        if info.filename.lower().endswith(".zip") and info.file_size <= left:
            left -= info.file_size
            try:
                with archive.open(info.filename) as entry:
                    inner = io.BytesIO(entry.whole(info.file_size))
                yield from list(_in_zip(inner, f"{before}{info.filename}/", stack, left=0))
                continue
            except MemoryFileError:
                pass  # it is damaged, or no zip
        yield Part(before + info.filename, info.file_size, _entry(archive, info.filename))


def _entry(archive: Archive, path: str) -> Callable[[], AbstractContextManager[Read]]:
    @contextmanager
    def opened() -> Generator[Read, None, None]:
        with archive.open(path) as entry:
            yield entry.read

    return opened
