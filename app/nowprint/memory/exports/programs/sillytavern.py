"""SillyTavern's chats, a line of JSON for each message, and its character cards.

The first line of a chat tells of it. A message has ``swipes``, the answers among which the user chose: each
is a branch. A card describes a character, not the user: nothing of it becomes a memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import Character, LeftOut, Record
from nowprint.memory.exports.shown_times import shown_time
from nowprint.memory.exports.text import name_of
from nowprint.memory.formats.validation import MOST_NAME, time_of
from nowprint.memory.storage.conversations import clean
from nowprint.model_settings import LONGEST_SYSTEM

_CARD = ("description", "personality", "scenario", "first_mes", "mes_example")
_DESCRIBED = ("system_prompt", "description", "personality", "scenario")
_MACRO = re.compile(r"\{\{(char|user)\}\}", re.IGNORECASE)
MOST_SWIPES = 1_000


def is_line(element: Any) -> bool:
    return isinstance(element, dict) and (
        "chat_metadata" in element
        or ("user_name" in element and "character_name" in element)
        or ("mes" in element and "is_user" in element)
    )


def records(elements: Iterable[Any], beside: Beside, told: LeftOut) -> Iterator[Chat]:
    head: dict[str, Any] = {}
    nodes: dict[Any, Node] = {}
    names: set[str] = set()
    before: Any = None
    for number, line in enumerate(elements):
        if not isinstance(line, dict) or not isinstance(line.get("mes"), str):
            if isinstance(line, dict) and is_line(line) and not head:
                head = line
                names = {str(line.get("user_name")), str(line.get("character_name"))}
            else:
                told.add("damaged message")
            continue
        if _of_program(line, names):
            told.add("note of the program", "notes of the program")
            continue
        before = _message(number, line, before, nodes, told)
    character = head.get("character_name")
    title = character if isinstance(character, str) and character != "unused" else ""
    begun = _time(head.get("create_date"))
    title = title or beside.part.name.rsplit(".", 1)[0]
    yield from chat_of(title[:MOST_NAME], (begun, 0.0), nodes, before, told)


def _of_program(line: dict[str, Any], names: set[str]) -> bool:
    """Whether the program said it: the mark for that also stands at messages that the user has hidden."""
    extra = line.get("extra")
    kind = extra.get("type") if isinstance(extra, dict) else None
    return bool(line.get("is_system")) and (bool(kind) or line.get("name") not in names)


def _message(
    number: int, line: dict[str, Any], before: Any, nodes: dict[Any, Node], told: LeftOut
) -> Any:
    """Add the message with its other versions; returns the node that the next one follows."""
    role = "user" if line.get("is_user") is True else "assistant"
    at, extra = _time(line.get("send_date")), line.get("extra")
    extra = extra if isinstance(extra, dict) else {}
    model = extra.get("model") or line.get("name")
    thought = extra.get("reasoning")
    thought = thought if isinstance(thought, str) else ""
    swipes = line.get("swipes")
    swipes = swipes[:MOST_SWIPES] if isinstance(swipes, list) and role == "assistant" else []
    chosen = line["mes"]
    for which, text in enumerate(swipes):
        if not isinstance(text, str):
            told.add("damaged message")
        elif text != chosen and text.strip():
            nodes[number, which] = Node(before, said(role, text, at, told, model=model))
    nodes[number, -1] = Node(before, said(role, chosen, at, told, model=model, thought=thought))
    return (number, -1)


def _time(value: Any) -> float:
    return shown_time(value) if isinstance(value, str) else time_of(value, or_ms=True)


# --- cards -------------------------------------------------------------------------------------


def is_card(element: Any) -> bool:
    if not isinstance(element, dict):
        return False
    inner = element.get("data")
    card = inner if isinstance(inner, dict) else element
    return str(element.get("spec", "")).startswith("chara_card") or (
        isinstance(card.get("name"), str) and sum(key in card for key in _CARD) >= 3
    )


def card(element: dict[str, Any], told: LeftOut) -> Iterator[Record]:
    """The character, with what a model has to know to speak as it."""
    inner = element.get("data")
    found = inner if isinstance(inner, dict) else element
    said = [found[key] for key in _DESCRIBED if isinstance(found.get(key), str)]
    name = name_of(found["name"]) if isinstance(found.get("name"), str) else ""
    text = "\n\n".join(filter(str.strip, said))
    text = _MACRO.sub(lambda mark: name if mark[1].lower() == "char" else "the user", text)
    told.add("greeting of a character", "greetings of a character", _greetings(found))
    book = found.get("character_book")
    entries = book.get("entries") if isinstance(book, dict) else None
    _leave_out_lore(entries, told)
    if name and text:
        yield Character(name, clean(text)[:LONGEST_SYSTEM])
    else:
        told.add(
            "character without a name or description", "characters without a name or description"
        )


def _greetings(card: dict[str, Any]) -> int:
    others = card.get("alternate_greetings")
    return bool(card.get("first_mes")) + (len(others) if isinstance(others, list) else 0)


def is_lore(element: Any) -> bool:
    """Whether it is a book about an invented world."""
    entries = element.get("entries") if isinstance(element, dict) else None
    found = list(entries.values()) if isinstance(entries, dict) else []
    return bool(found) and all(
        isinstance(one, dict) and "content" in one and ("key" in one or "keys" in one)
        for one in found
    )


def lore(element: dict[str, Any], told: LeftOut) -> Iterator[Record]:
    _leave_out_lore(element["entries"], told)
    yield from ()


def _leave_out_lore(entries: Any, told: LeftOut) -> None:
    told.add(
        "entry about an invented world",
        "entries about an invented world",
        len(entries) if isinstance(entries, dict | list) else 0,
    )
