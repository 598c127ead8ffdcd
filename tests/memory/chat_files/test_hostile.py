"""Damaged and hostile files of chats: one sentence each, and nothing changes."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import MemoryFileError, UserError

from ..conftest import Profiled
from .conftest import bring, export, fill
from .test_round_trip import rows

HEAD = '{"format":"nowprint-chats","format_version":1,"chats":['


def message(**more: Any) -> dict[str, Any]:
    return {"id": 1, "parent": None, "role": "user", "text": "Hello.", "created": 1.0} | more


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    last = messages[-1]["id"] if messages else None
    return {"title": "", "created": 1.0, "shown": last, "messages": list(messages)} | more


CHATS = {
    "dangling parent": chat(message(parent=7)),
    "own parent": chat(message(parent=1)),
    "parent further down": chat(message(parent=2), message(id=2)),
    "circle": chat(message(parent=2), message(id=2, parent=1)),
    "id twice": chat(message(), message()),
    "no id": chat(message(id=0)),
    "id of another type": chat(message(id="1"), shown=1),
    "true as id": chat(message(id=True), shown=1),
    "unknown role": chat(message(role="tool")),
    "list as role": chat(message(role=["user"])),
    "text of another type": chat(message(text=7)),
    "no text": chat({"id": 1, "role": "user", "created": 1}),
    "time of another type": chat(message(created="now")),
    "time beyond all": chat(message(created=1e300)),
    "time below zero": chat(message(), created=-1),
    "unknown state": chat(message(state="writing")),
    "thought of another type": chat(message(thought=[1])),
    "nothing shown": chat(message(), shown=None),
    "shown beyond": chat(message(), shown=9),
    "long title": chat(message(), title="x" * 501),
    "long project": chat(message(), project="x" * 501),
    "messages of another type": chat(messages={"1": message()}),
    "a message that is none": chat(messages=[7]),
    "flag of another type": chat(message(), recalls=1),
    "replaces nothing": chat(message(replaces=4)),
}
FILES = {
    "no chats": '{"format":"nowprint-chats","format_version":1}',
    "newer": '{"format":"nowprint-chats","format_version":2,"chats":[]}',
    "version of another type": '{"format":"nowprint-chats","format_version":"1","chats":[]}',
    "not complete": HEAD + '{"title":"a"',
    "no end": HEAD + "]",
    "more behind": HEAD + "]}]",
    "other keys behind": HEAD + '],"more":1}',
    "no object": HEAD + "7]}",
    "broken": HEAD + "{]}",
    "no numbers": HEAD + '{"title":"","created":NaN,"shown":null,"messages":[]}]}',
    "deep": HEAD + "[" * 100_000,
    "long head": '{"format":"nowprint-chats","x":"' + "x" * 100_000 + '"',
    "many values": HEAD + "[" + "[]," * 2_100_000 + "[]]]}",
}


@pytest.fixture
def refused(home: Profiled, tmp_path: Path) -> Callable[[str | bytes], str]:
    def review(content: str | bytes) -> str:
        path = tmp_path / "chats.json"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        before = rows(home)
        with pytest.raises(MemoryFileError) as told:
            home.memory.files.review(str(path), "")
        assert rows(home) == before
        sentence = str(told.value)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        return sentence

    return review


@pytest.mark.parametrize("what", CHATS)
def test_a_chat_that_cannot_be_is_refused_with_its_place(
    what: str, refused: Callable[[str | bytes], str]
) -> None:
    good = chat(message())
    content = HEAD + ",".join(json.dumps(one) for one in (good, CHATS[what])) + "]}"
    assert "chat 2" in refused(content)


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_cannot_be_is_refused(what: str, refused: Callable[[str | bytes], str]) -> None:
    refused(FILES[what])


def test_what_shows_otherwise_than_it_is_gets_signs(home: Profiled, tmp_path: Path) -> None:
    told = chat(message(text="a\u0000b\u202ec\ud800"), title="x\u202ey", project="p\u200bq")
    (tmp_path / "chats.json").write_text(HEAD + json.dumps(told) + "]}")
    bring(home, tmp_path / "chats.json")
    (there,) = home.store.conversations()
    assert there.title == "x⟨U+202E⟩y"
    assert [one.text for one in home.store.messages(there.id)] == ["a\u0000b\u202ec\ufffd"]
    assert [one.name for one in home.memory.projects.all()] == ["p⟨U+200B⟩q"]


def test_a_changed_file_is_taken_whole_or_not_at_all(home: Profiled, tmp_path: Path) -> None:
    """Bytes of a good file are changed by chance: nothing but a UserError ever comes out."""
    fill(home)
    data = export(home, tmp_path / "good.json")
    chance = random.Random(7)
    pieces = (b'"', b"{", b"}", b"[", b"]", b",", b"0", b"-1", b"null", b"\xff", b"\\", b"")
    path = tmp_path / "changed.json"
    taken = refusals = 0
    for _ in range(300):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(changed))
            changed[at : at + chance.randint(0, 3)] = chance.choice(pieces)
        path.write_bytes(changed)
        before = rows(home)
        try:
            bring(home, path)
        except UserError:
            refusals += 1
            assert rows(home) == before
        else:
            taken += 1
    assert refusals > 100
    assert taken + refusals == 300


def test_of_a_long_file_one_chat_at_a_time_is_in_memory(home: Profiled, tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    with path.open("w") as file:
        file.write(HEAD)
        for number in range(400):
            said = chat(message(text=f"{number} " + "word " * 20_000), created=float(number))
            file.write(("," if number else "") + json.dumps(said))
        file.write("]}")
    assert path.stat().st_size > 40e6
    tracemalloc.start()
    try:
        review = home.memory.files.review(str(path), "")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (review.conversations, review.messages) == (400, 400)
    assert peak < 10e6
