"""The parts of what the user chose: a file by itself, the files in a folder, or the entries of a zip."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nowprint.memory.formats.archive import MOST_BYTES, Archive
from nowprint.memory.formats.validation import fault

MOST_PARTS = 50_000
"""The most parts of a zip or folder: a data export brings every picture along."""
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
BESIDE = {"messages.jsonl": "thread.json"}
"""What tells more of a file that is chosen by itself."""
_ENDINGS = (".json", ".jsonl")

Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """``path`` is its path in the folder or zip, with slashes. ``open`` gives a function that returns the
    next bytes, at most as many as it is asked for."""

    path: str
    size: int
    open: Callable[[], AbstractContextManager[Read]]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@contextmanager
def parts_of(path: Path) -> Generator[list[Part], None, None]:
    """The JSON files among the parts, in the order of their paths. MemoryFileError for a damaged zip."""
    if path.is_dir():
        yield sorted(_in_folder(path), key=lambda part: part.path)
        return
    with open(path, "rb") as file:
        if file.read(4) not in ZIPS:
            beside = [path.with_name(BESIDE[path.name])] if path.name in BESIDE else []
            yield [_file(one, one.name) for one in (path, *beside) if one.is_file()]
            return
        archive = Archive(file, most_entries=MOST_PARTS)
        try:
            yield sorted(_in_zip(archive), key=lambda part: part.path)
        finally:
            archive.close()


def _in_folder(folder: Path) -> Iterator[Part]:
    seen = 0
    for place, _, names in os.walk(folder):  # which follows no links to folders
        for name in names:
            seen += 1
            if seen > MOST_PARTS:
                raise fault("the folder holds far too many files")
            file = Path(place, name)
            if name.lower().endswith(_ENDINGS) and file.is_file() and not file.is_symlink():
                yield _file(file, file.relative_to(folder).as_posix())


def _file(file: Path, name: str) -> Part:
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise fault(f"{name} is larger than 2 GB")

    @contextmanager
    def opened() -> Generator[Read, None, None]:
        with open(file, "rb") as data:
            yield data.read

    return Part(name, size, opened)


def _in_zip(archive: Archive) -> Iterator[Part]:
    seen: set[str] = set()
    for info in archive.entries:
        path = info.filename
        if not path.lower().endswith(_ENDINGS):
            continue
        if path in seen:
            raise fault("two of its parts have the same name")
        seen.add(path)
        yield Part(path, info.file_size, _entry(archive, path))


def _entry(archive: Archive, path: str) -> Callable[[], AbstractContextManager[Read]]:
    @contextmanager
    def opened() -> Generator[Read, None, None]:
        with archive.open(path) as entry:
            yield entry.read

    return opened
