"""Reads the chats of a file, zip or folder: Nowprint's own, or what another program exported.

A source is read as often as needed, from the beginning each time, and one chat is in memory at a time. A chat
of another program that is damaged costs itself alone, and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from nowprint.errors import MemoryFileError
from nowprint.memory.chat_files import chat_json
from nowprint.memory.chat_files.chat import Chat, LeftOut
from nowprint.memory.chat_files.foreign import (
    chatgpt,
    claude,
    gemini,
    jan,
    lm_studio,
    open_webui,
)
from nowprint.memory.chat_files.foreign.tree import Damaged
from nowprint.memory.chat_files.parts import Part, Read, parts_of
from nowprint.memory.formats.json_elements import elements
from nowprint.memory.formats.task import Work
from nowprint.memory.formats.validation import MOST_TEXT_BYTES, fault, loads

OURS, GEMINI, JAN = "Nowprint", "Gemini", "Jan"
_PROGRAMS: dict[str, tuple[Callable[[Any], bool], Callable[[Any, LeftOut], Chat | None]]] = {
    "ChatGPT": (chatgpt.is_chat, chatgpt.chat),
    "Claude": (claude.is_chat, claude.chat),
    "Open WebUI": (open_webui.is_chat, open_webui.chat),
    "LM Studio": (lm_studio.is_chat, lm_studio.chat),
}
_LOOKED_AT = 20
"""Elements of an array that are looked at to see whose it is: the first ones may be damaged."""
_JAN_MESSAGES, _JAN_THREAD = "messages.jsonl", "thread.json"
_MEMORIES = "memories.json"


class ChatSource:
    """The chats of a path; ``programs`` names who wrote them, by the parts that hold them."""

    def __init__(self, path: Path, programs: dict[str, str]) -> None:
        self._path = path
        self._programs = programs

    @property
    def program(self) -> str:
        return " and ".join(sorted(set(self._programs.values())))

    def read(self, work: Work, told: LeftOut) -> Iterator[Chat]:
        """The chats, part by part; ``told`` counts what is left out."""
        with parts_of(self._path) as parts:
            ours = [part for part in parts if part.path in self._programs]
            size, before = sum(part.size for part in ours), 0
            beside = {part.path: part for part in parts}
            for part in ours:
                with part.open() as read:
                    counted = _counted(read, before, size, work)
                    yield from _chats(self._programs[part.path], part, counted, beside, told)
                before += part.size


def recognised(path: Path) -> ChatSource | None:
    """The source of the chats at a path; None if it holds none. MemoryFileError for a damaged zip."""
    with parts_of(path) as parts:
        programs = {part.path: program for part in parts if (program := _program(part))}
    return ChatSource(path, programs) if programs else None


def _counted(read: Read, before: int, size: int, work: Work) -> Read:
    done = before

    def counted(most: int) -> bytes:
        nonlocal done
        data = read(most)
        done += len(data)
        work.tick(done / max(1, size))
        return data

    return counted


# --- whose is it? ------------------------------------------------------------------------------


def _program(part: Part) -> str:
    """Who wrote a part, seen by its content; empty if it holds no chats."""
    if part.name == _JAN_MESSAGES:
        return JAN
    if part.name.lower() == _MEMORIES:
        return ""
    with part.open() as read:
        beginning = read(4096)
        if chat_json.is_ours(beginning):
            return OURS
        again = _again(beginning, read)
        try:
            for value, _ in zip(_elements(again, part, LeftOut()), range(_LOOKED_AT), strict=False):
                if gemini.is_activity(value):
                    return GEMINI
                for program, (is_chat, _read) in _PROGRAMS.items():
                    if is_chat(value):
                        return program
        except MemoryFileError:
            return ""
    return ""


def _again(beginning: bytes, read: Read) -> Read:
    rest = [beginning]
    return lambda most: rest.pop() if rest else read(most)


def _elements(read: Read, part: Part, told: LeftOut) -> Iterator[Any]:
    """The elements of an array; an object stands for itself."""
    first = read(4096)
    while first and not first.lstrip(b"\xef\xbb\xbf \t\r\n"):
        first = read(4096)
    again = _again(first, read)
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        yield from elements(
            again,
            part.name,
            damaged=lambda: told.add("chat that is damaged", "chats that are damaged"),
        )
    elif first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        yield loads(_whole(again, part).removeprefix(b"\xef\xbb\xbf"), part.name)


def _whole(read: Read, part: Part) -> bytes:
    if part.size > MOST_TEXT_BYTES:
        raise fault(f"{part.name} is far too long")
    pieces = []
    while data := read(1 << 20):
        pieces.append(data)
    return b"".join(pieces)


# --- reading -----------------------------------------------------------------------------------


def _chats(
    program: str, part: Part, read: Read, beside: dict[str, Part], told: LeftOut
) -> Iterator[Chat]:
    if program == OURS:
        yield from chat_json.read(read)
    elif program == GEMINI:
        yield from gemini.chats(_elements(read, part, told), told)
    elif program == JAN:
        thread = beside.get(f"{part.folder}/{_JAN_THREAD}".lstrip("/"))
        yield from _one(lambda: jan.chat(_thread(thread), _lines(part, read), told), told)
    else:
        is_chat, read_one = _PROGRAMS[program]
        for value in _elements(read, part, told):
            if not is_chat(value):
                told.add("chat of an unknown form", "chats of unknown forms")
                continue
            yield from _one(lambda value=value: read_one(value, told), told)  # type: ignore[misc]


def _one(make: Callable[[], Chat | None], told: LeftOut) -> Iterable[Chat]:
    """The chat, if it isn't damaged."""
    try:
        chat = make()
    except Damaged as problem:
        told.add(f"chat that {problem}", f"chats, each of which {problem}")
        return ()
    return () if chat is None else (chat,)


def _thread(part: Part | None) -> Any:
    if part is None:
        return None
    with part.open() as read:
        try:
            return loads(_whole(read, part), part.name)
        except MemoryFileError:
            return None


def _lines(part: Part, read: Read) -> Iterator[Any]:
    for line in _whole(read, part).splitlines():
        if line.strip():
            try:
                yield loads(line, part.name)
            except MemoryFileError:
                yield None
