"""Chats as JSON: exported, brought into another profile, exported again; twice, broken off, forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nowprint.errors import Interrupted, UserError
from nowprint.inspection import Forgetting
from nowprint.memory.chat_files import stored
from nowprint.settings import resources

from ..conftest import Profiled
from .conftest import CODE, bring, export, fill

Open = Callable[[str], Profiled]


def without_time(data: bytes) -> bytes:
    """All but what the documentation excepts."""
    return re.sub(rb'"exported":"[^"]*"', b'"exported":""', data)


def rows(home: Profiled) -> str:
    with home.store.database.reading() as connection:
        return "\n".join(connection.iterdump())


def test_a_chat_that_comes_back_is_the_same_to_the_byte(
    home: Profiled, opened: Open, tmp_path: Path
) -> None:
    first, second, _ = fill(home)
    data = export(home, tmp_path / "a.json")
    other = opened("other")
    assert bring(other, tmp_path / "a.json").chats == 2  # the third has no message to count
    assert without_time(export(other, tmp_path / "b.json")) == without_time(data)
    there = {one.title: one for one in other.store.conversations()}
    assert set(there) == {one.title for one in home.store.conversations()}
    for old in map(home.store.conversation, (first, second)):
        new = there[old.title]
        assert [m.text for m in other.store.messages(new.id)] == [
            m.text for m in home.store.messages(old.id)
        ]
        assert (new.thinks, new.recalls, new.captures, new.updated) == (
            old.thinks, old.recalls, old.captures, old.updated,
        )  # fmt: skip
    assert [project.name for project in other.memory.projects.all()] == ["Sums"]


def test_the_file_is_as_the_schema_says(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    told = json.loads(export(home, tmp_path / "a.json"))
    schema = json.loads((resources() / "chats.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(told)
    told["chats"][0]["messages"][0]["role"] = "nobody"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(told)


def test_a_file_that_is_brought_in_twice_adds_nothing_twice(
    home: Profiled, opened: Open, tmp_path: Path
) -> None:
    fill(home)
    export(home, tmp_path / "a.json")
    other = opened("other")
    bring(other, tmp_path / "a.json")
    before = rows(other)
    with pytest.raises(UserError, match="you have all of these chats already"):
        bring(other, tmp_path / "a.json")
    assert rows(other) == before


def test_a_chat_that_went_on_in_both_places_gets_what_it_lacks(
    home: Profiled, opened: Open, tmp_path: Path
) -> None:
    first, *_ = fill(home)
    export(home, tmp_path / "a.json")
    other = opened("other")
    bring(other, tmp_path / "a.json")
    (there,) = [
        one.id
        for one in other.store.conversations()
        if one.project or len(other.store.messages(one.id)) == 6
    ]
    mine = other.store.add_message(there, "user", "Here it went on.")
    home.store.add_message(first, "user", "There it went on.")
    export(home, tmp_path / "b.json")
    assert bring(other, tmp_path / "b.json").chats == 1
    assert len(other.store.conversations()) == 3
    tree = {one.text: one for one in other.store.tree(there)}
    assert tree["There it went on."].parent == tree["Here it went on."].parent
    assert other.store.messages(there)[-1].id == mine.id  # what was on the screen stays there


def test_only_what_was_chosen_is_exported(home: Profiled, tmp_path: Path) -> None:
    _, second, _ = fill(home)
    made = home.memory.chat_files.export(str(tmp_path / "a.json"), [second, 999], "json", False)
    assert (made.chats, made.messages) == (1, 4)
    with pytest.raises(UserError, match="no chat to export"):
        home.memory.chat_files.export(str(tmp_path / "b.json"), [999], "json", False)
    assert not (tmp_path / "b.json").exists()


def test_a_forgotten_message_is_in_no_export(home: Profiled, tmp_path: Path) -> None:
    first, *_ = fill(home)
    edited = home.store.tree(first)[-1]
    home.memory.forgetting.delete_branch(edited.id)
    assert "halve" not in export(home, tmp_path / "a.json").decode()


def test_an_import_that_breaks_off_leaves_nothing(
    home: Profiled, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home)
    export(home, tmp_path / "a.json")
    other = opened("other")
    before = rows(other)
    insert, count = stored._insert, 0

    def stop_then(*given: Any) -> int:
        nonlocal count
        count += 1
        if count == 5:
            raise Interrupted("stopped")
        return insert(*given)

    monkeypatch.setattr(stored, "_insert", stop_then)
    with pytest.raises(Interrupted):
        bring(other, tmp_path / "a.json")
    assert rows(other) == before


def test_an_import_is_undone_with_its_project_to_the_last_byte(
    home: Profiled, opened: Open, tmp_path: Path
) -> None:
    fill(home)
    export(home, tmp_path / "a.json")
    other = opened("other")
    made = bring(other, tmp_path / "a.json")
    other.memory.files.undo(made.id)
    assert all(not other.store.messages(one.id) for one in other.store.conversations())
    other.memory.purge(all=True)
    assert other.memory.projects.all() == ()
    assert hits(other, "They want a square", "豆豆", "Edited: how do I halve") == {}


def test_forgetting_a_chat_that_came_from_a_file_leaves_no_byte(
    home: Profiled, opened: Open, tmp_path: Path
) -> None:
    """All branches, and the thoughts."""
    fill(home)
    export(home, tmp_path / "a.json")
    other = opened("other")
    bring(other, tmp_path / "a.json")
    words = ("They want a square", "def twice", "halve it", "Square it", "double it")
    assert set(hits(other, *words)) == set(words)
    (there,) = [one.id for one in other.store.conversations() if one.project]
    other.memory.forgetting.forget(Forgetting(conversation=there), messages=True, answers=True)
    other.memory.purge(all=True)
    assert hits(other, *words) == {}
    (receipt,) = other.memory.purging.receipts.all()
    assert receipt.found_in == ()
    assert set(hits(other, "豆豆")) == {"豆豆"}  # the other chat is still there


def hits(home: Profiled, *words: str) -> dict[str, int]:
    """How often each of the words stands in the raw bytes of the profile's files, if at all."""
    data = b"".join(file.read_bytes() for file in home.profile.home.iterdir() if file.is_file())
    found = {word: data.count(word.encode()) for word in words}
    return {word: count for word, count in found.items() if count}


def test_what_is_for_reading_shows_the_branch_that_is_shown(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    text = export(home, tmp_path / "a.md", "markdown").decode()
    assert CODE.strip() in text
    assert "2 other branches are not in this file" in text
    assert "project Sums" in text
    assert "## tiny" in text
    assert "halve" not in text
    assert "They want a square" not in text
    assert (
        "> They want a square."
        in export(home, tmp_path / "a.md", "markdown", thoughts=True).decode()
    )


def test_the_page_needs_nothing_else(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    page = export(home, tmp_path / "a.html", "html", thoughts=True).decode()
    assert '<span class="keyword">def</span>' in page
    assert "<td>1</td>" in page
    assert "&lt;b&gt;please&lt;/b&gt;" in page
    assert "They want a square." in page
    assert "prefers-color-scheme: dark" in page
    assert not re.search(r"<script|<link|<img|src=|https?://|@import|url\(", page)
