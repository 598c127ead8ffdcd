"""Reads the chats and facts of a file, zip or folder: Nowprint's own chats, or what another program exported.

A source is read as often as needed, from the beginning each time, and one record is in memory at a time. A
record of another program that is damaged costs itself alone, and is counted.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from nowprint.errors import MemoryFileError
from nowprint.memory.chat_files import chat_json
from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.elements import elements_of
from nowprint.memory.exports.forms import Form, form_of
from nowprint.memory.exports.parts import Part, Read, parts_of
from nowprint.memory.exports.records import LeftOut, Record
from nowprint.memory.formats.task import Work
from nowprint.memory.formats.validation import fault

OURS = "Nowprint"
_LOOKED_AT = 20
"""Elements that are looked at to see whose they are: the first ones may be damaged."""
_LOOKED_AT_BYTES = 32 * 2**20
_DATA = (".json", ".jsonl", ".ndjson", ".gz", ".html", ".htm")
_COPIES = ("chat.html",)
"""Parts that repeat what others hold."""
_OF_THE_SYSTEM = ("__MACOSX/", "/__MACOSX/", "/._")


class Export:
    """What a file, zip or folder holds for an import. ``forms`` has the form of each part that is read (None:
    our own chats)."""

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[list[Part]]],
        forms: dict[str, Form | None],
        others: int,
        damaged: int,
        zips: int,
    ) -> None:
        self._opened = opened
        self._forms = forms
        self._others = others
        self._damaged = damaged
        self._zips = zips

    @property
    def program(self) -> str:
        """Who wrote it."""
        names = {OURS if form is None else form.program for form in self._forms.values()}
        return " and ".join(sorted(names))

    def read(self, work: Work, told: LeftOut) -> Iterator[Record]:
        """The chats and facts, part by part; ``told`` counts what is left out."""
        with self._opened() as parts:
            chosen = [part for part in parts if part.path in self._forms]
            size, before = sum(part.size for part in chosen), 0
            used: set[str] = set()
            ids: dict[str, str] = {}
            for part in chosen:
                with part.open() as read:
                    counted = _counted(read, before, size, work)
                    form = self._forms[part.path]
                    if form is None:
                        yield from chat_json.read(counted)
                    else:
                        beside = Beside(part, parts, used, ids)
                        yield from form.read(elements_of(part, counted, told), beside, told)
                before += part.size
            others = max(0, self._others - len(used - self._forms.keys()))
            told.add("file without chats or memories", "files without chats or memories", others)
            told.add("file that is damaged", "files that are damaged", self._damaged)
            if self._zips:
                told.say(
                    "It holds zips that can't be read within it: unpack it, and import the folder."
                )
                told.add("zip within it", "zips within it", self._zips)

    def chats(self, work: Work) -> Iterator[Chat]:
        """The chats alone."""
        return (record for record in self.read(work, LeftOut()) if isinstance(record, Chat))


def recognised(path: Path) -> Export | None:
    """What a path holds; None if it is nothing that is read here. MemoryFileError for a damaged zip."""
    return _export(lambda: parts_of(path))


def pasted(text: str) -> Export | None:
    """As ``recognised``, for JSON that was pasted."""
    data = text.encode("utf-8", "replace")

    @contextmanager
    def opened() -> Generator[Read, None, None]:
        yield io.BytesIO(data).read

    return _export(lambda: nullcontext([Part("the text", len(data), opened, alone=True)]))


def _export(opened: Callable[[], AbstractContextManager[list[Part]]]) -> Export | None:
    forms: dict[str, Form | None] = {}
    others = damaged = zips = 0
    with opened() as parts:
        for part in parts:
            if part.name.lower().endswith(".zip") and not part.alone:
                zips += 1
            if not _is_data(part):
                continue
            try:
                found = _form(part)
            except MemoryFileError:
                if part.alone and part.name.lower().endswith(_DATA):
                    raise
                damaged += 1
                continue
            if found is _NONE:
                others += 1
            else:
                forms[part.path] = found
    return Export(opened, forms, others, damaged, zips) if forms or zips else None


def _is_data(part: Part) -> bool:
    """Whether a part may hold records. (Pictures are many, and only in some places a character is in one.)"""
    path = f"/{part.path}"
    if part.name in _COPIES or any(place in path for place in _OF_THE_SYSTEM):
        return False
    is_card = part.name.lower().endswith(".png") and (part.alone or "/characters/" in path)
    return part.alone or is_card or part.name.lower().endswith(_DATA)


_NONE = Form("", lambda _: False, lambda *_: iter(()))


def _form(part: Part) -> Form | None:
    """The form of a part, seen by its content; None for our own chats, ``_NONE`` for anything else."""
    told = LeftOut()
    with part.open() as read:
        beginning = read(4096)
        if chat_json.is_ours(beginning):
            return None
        alone = part.alone or "memor" in part.name.lower()
        elements = elements_of(part, _first(beginning, read), told)
        for element, _ in zip(elements, range(_LOOKED_AT), strict=False):
            form = form_of(element, alone=alone)
            if form is not None:
                return form
    if told.counts:
        raise fault(f"{part.name} has no record that can be read")
    return _NONE


def _first(beginning: bytes, read: Read) -> Read:
    """``beginning`` and what follows it, as far as it is looked at to recognise a form."""
    rest = [beginning]
    left = _LOOKED_AT_BYTES

    def first(most: int) -> bytes:
        nonlocal left
        data = rest.pop() if rest else read(min(most, left)) if left > 0 else b""
        left -= len(data)
        return data

    return first


def _counted(read: Read, before: int, size: int, work: Work) -> Read:
    done = before

    def counted(most: int) -> bytes:
        nonlocal done
        data = read(most)
        done += len(data)
        work.tick(done / max(1, size))
        return data

    return counted
