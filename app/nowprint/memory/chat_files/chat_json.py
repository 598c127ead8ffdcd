"""Nowprint's own JSON of chats, written and read one chat after the other.

``resources/chats.schema.json`` describes it for other programs. Unlike files of other programs one of ours is
taken whole or not at all: what is damaged was changed after it was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import nowprint
from nowprint.errors import MemoryFileError
from nowprint.language.prompt_injection import visible
from nowprint.memory.chat_files.chat import MOST_MESSAGES, ROLES, STATES, Chat, ChatMessage
from nowprint.memory.formats.json_elements import elements
from nowprint.memory.formats.validation import (
    MOST_MESSAGE,
    MOST_NAME,
    MOST_TIME,
    Fields,
    fault,
    loads,
)

FORMAT = "nowprint-chats"
VERSION = 1
MOST_HEAD = 2**16
"""The most bytes before the chats."""
_CHATS = re.compile(rb'"chats"\s*:\s*\[')
_OURS = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{\s*"format"\s*:\s*"nowprint-chats"')


def is_ours(beginning: bytes) -> bool:
    """Whether a file that begins so is one of ours."""
    return _OURS.match(beginning) is not None


# --- writing -----------------------------------------------------------------------------------


def written(chats: Iterable[Chat], now: float) -> Iterator[bytes]:
    """The file, piece by piece: a chat a line."""
    head = {
        "format": FORMAT,
        "format_version": VERSION,
        "app_version": nowprint.__version__,
        "exported": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
    }
    yield _text(head)[:-1] + b',"chats":['
    between = b"\n"
    for chat in chats:
        yield between + _text(_chat(chat))
        between = b",\n"
    yield b"\n]}\n"


def _text(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def _chat(chat: Chat) -> dict[str, Any]:
    return {
        "title": chat.title,
        "project": chat.project,
        "created": chat.created,
        "updated": chat.updated,
        "recalls": chat.recalls,
        "captures": chat.captures,
        "thinks": chat.thinks,
        "shown": _id(chat.shown),
        "messages": [_message(place, one) for place, one in enumerate(chat.messages)],
    }


def _message(place: int, one: ChatMessage) -> dict[str, Any]:
    """What is as usual isn't written: most messages are complete, and nobody's thought stands before them."""
    told: dict[str, Any] = {
        "id": place + 1,
        "parent": _id(one.parent),
        "role": one.role,
        "created": one.created,
    }
    if one.state != "complete":
        told["state"] = one.state
    if one.model:
        told["model"] = one.model
    if one.replaces is not None:
        told["replaces"] = _id(one.replaces)
    if one.thought:
        told["thought"] = one.thought
    return told | {"text": one.text}


def _id(place: int | None) -> int | None:
    return None if place is None else place + 1


# --- reading -----------------------------------------------------------------------------------


def read(read_some: Callable[[int], bytes]) -> Iterator[Chat]:
    """The chats of a file. MemoryFileError for whatever is wrong with it."""
    held = b""
    while not (found := _CHATS.search(held)):
        data = read_some(4096)
        held += data
        if not data or len(held) > MOST_HEAD:
            raise fault("its chats are missing, or stand too far behind its beginning")
    _check_head(held[: found.end()] + b"]}")
    rest = [held[found.end() - 1 :]]

    def again(most: int) -> bytes:
        return rest.pop() if rest else read_some(most)

    for number, value in enumerate(elements(again, "the file", end=b"}"), 1):
        yield _read_chat(Fields(value, f"chat {number:,}"))


def _check_head(data: bytes) -> None:
    head = Fields(loads(data.removeprefix(b"\xef\xbb\xbf"), "its beginning"), "its beginning")
    head.one_of("format", (FORMAT,))
    if head.whole("format_version", 1) > VERSION:
        raise MemoryFileError(
            "The chats were written by a newer version of Nowprint: update Nowprint to read them."
        )


def _read_chat(f: Fields) -> Chat:
    places: dict[int, int] = {}
    messages: list[ChatMessage] = []
    for one in f.objects("messages", MOST_MESSAGES):
        id = one.whole("id", 1)
        if id in places:
            raise one.wrong("id")
        messages.append(_read_message(one, places))
        places[id] = len(messages) - 1
    created = f.number("created", 0, MOST_TIME)
    shown = _place(f, "shown", places)
    if messages and shown is None:
        raise f.wrong("shown")
    return Chat(
        title=visible(f.text("title", MOST_NAME)),
        created=created,
        updated=f.number("updated", 0, MOST_TIME) if f.has("updated") else created,
        messages=tuple(messages),
        shown=shown,
        project=visible(f.text("project", MOST_NAME)) if f.has("project") else None,
        recalls=_flag(f, "recalls"),
        captures=_flag(f, "captures"),
        thinks=_flag(f, "thinks"),
    )


def _flag(f: Fields, name: str) -> bool:
    return f.flag(name) if f.has(name) else True


def _read_message(f: Fields, places: dict[int, int]) -> ChatMessage:
    return ChatMessage(
        role=f.one_of("role", ROLES),
        text=f.text("text", MOST_MESSAGE),
        created=f.number("created", 0, MOST_TIME),
        parent=_place(f, "parent", places),
        state=f.one_of("state", STATES) if f.has("state") else "complete",
        model=f.text("model", MOST_NAME) if f.has("model") else "",
        thought=f.text("thought", MOST_MESSAGE) if f.has("thought") else "",
        replaces=_place(f, "replaces", places),
    )


def _place(f: Fields, name: str, places: dict[int, int]) -> int | None:
    """The place of a message that stands further up."""
    if not f.has(name):
        return None
    id = f.whole(name, 1)
    if id not in places:
        raise f.wrong(name)
    return places[id]
