"""What is special to a program, where the exports in data/ don't show it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from nowprint.memory.exports.programs import chatgpt
from nowprint.memory.exports.records import LeftOut
from nowprint.memory.files.opening import open_file
from nowprint.memory.files.staging import Contents
from nowprint.memory.formats.task import Work

from .expectations import DATA

Opened = Callable[..., Contents]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """A file with this JSON, or these lines of it, opened."""

    def open_one(*values: Any, name: str = "export.json") -> Contents:
        (tmp_path / name).write_text("\n".join(json.dumps(value) for value in values))
        return open_file(tmp_path / name, "", Work("Reading", lambda _: None, Event()))

    return open_one


def texts(contents: Contents) -> list[str]:
    return [one.text for one in contents.episodes]


def messages(contents: Contents) -> list[str]:
    assert contents.chats is not None
    chats = contents.chats.source.chats(Work("Reading", lambda _: None, Event()))
    return [one.text for chat in chats for one in chat.messages]


# --- mem0 --------------------------------------------------------------------------------------


def test_of_mem0s_history_each_memory_counts_as_it_was_left(opened: Opened) -> None:
    def change(id: str, event: str, old: str | None, new: str | None, day: int) -> dict[str, Any]:
        return {
            "id": f"{id}-{day}", "memory_id": id, "old_memory": old, "new_memory": new,
            "event": event, "created_at": f"2025-05-{day:02}T10:00:00+00:00",
        }  # fmt: skip

    contents = opened([
        change("a", "ADD", None, "Lives in Oulu", 1), change("b", "ADD", None, "Has a cat", 2),
        change("a", "UPDATE", "Lives in Oulu", "Lives in Turku", 9),
        change("b", "DELETE", "Has a cat", None, 4), change("c", "ADD", None, "Plays chess", 3),
        change("c", "ADD", None, "Plays", 2), 7,
    ])  # fmt: skip
    assert (contents.source, texts(contents)) == ("mem0", ["Lives in Turku", "Plays chess"])
    assert set(contents.notes) == {
        "Left out: 3 older versions of memories.",
        "Left out: 1 memory that is deleted.",
        "Left out: 1 record without a text.",
    }


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        ({"state": "DELETED"}, "deleted"),
        ({"status": "archived"}, "archived"),
        ({"deleted_at": "2025-01-01T00:00:00Z"}, "deleted"),
        ({"is_deleted": 1}, "deleted"),
        ({"metadata": {"state": "paused"}}, "paused"),
        ({"is_active": False}, "disabled"),
        ({"expiration_date": "2025-06-30"}, "expired"),
        ({"event": "DELETE"}, "deleted"),
        ({"superseded_by": "b"}, "superseded"),
    ],
)
def test_what_mem0_no_longer_uses_is_counted(mark: Any, why: str, opened: Opened) -> None:
    contents = opened({"memory": "Gone", **mark}, {"memory": "Likes tea"}, name="mem0.jsonl")
    assert texts(contents) == ["Likes tea"]
    assert contents.notes == [f"Left out: 1 memory that is {why}."]


@pytest.mark.parametrize(
    "mark",
    [
        {"state": "active", "archived_at": "2025-01-01T00:00:00Z"},
        {"expiration_date": "2999-01-01"},
        {"expiration_date": None, "deleted_at": None, "metadata": None},
        {"state": ["deleted"], "is_deleted": {}, "expiration_date": [1]},
    ],
)
def test_what_mem0_uses_is_a_fact(mark: Any, opened: Opened) -> None:
    assert texts(opened([{"memory": "Likes tea", **mark}])) == ["Likes tea"]


def test_of_a_memory_that_is_there_in_two_versions_the_newer_counts(opened: Opened) -> None:
    def version(id: str, text: str, day: int, **more: Any) -> dict[str, Any]:
        return {"id": id, "memory": text, "updated_at": f"2025-05-{day:02}T10:00:00Z", **more}

    contents = opened([
        version("1", "Has a cat", 1), version("1", "Has two cats", 2),
        version("2", "Plays chess", 4), version("2", "Plays", 3), version("3", "Lives in Oulu", 1),
        version("3", "Lives in Oulu", 5, state="deleted"),
    ])  # fmt: skip
    assert texts(contents) == ["Has two cats", "Plays chess"]
    assert contents.notes == [
        "Left out: 3 older versions of memories.", "Left out: 1 memory that is deleted.",
    ]  # fmt: skip


# --- ChatGPT -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Yes.\ue200cite\ue202turn0search1\ue201 No.", "Yes. No."),
        ('See \ue200entity\ue202["city","Porto","in Portugal"]\ue201.', "See Porto."),
        ("See \ue200entity\ue202[broken\ue201.", "See."),
        ("A【8†source】 b 【8:2†plan.pdf】.", "A b."),
        ("A【note】 b", "A【note】 b"),
        ("Half \ue200cite\ue202turn0", "Half citeturn0"),
    ],
)
def test_marks_of_citations_are_no_text(written: str, shown: str) -> None:
    assert chatgpt.without_marks(written, {}) == shown


def test_what_a_mark_stands_for_is_told_beside_it() -> None:
    mark = "\ue200products\ue202x\ue201"
    beside = {"content_references": [{"matched_text": mark, "alt": "A lamp", "type": "product"}, 7]}
    assert chatgpt.without_marks(f"Buy {mark}!", beside) == "Buy A lamp!"


# --- the others --------------------------------------------------------------------------------


def test_open_webuis_older_chats_are_lists(opened: Opened) -> None:
    said = [
        {"role": "user", "content": "Is 91 prime?", "timestamp": 1_700_000_000},
        {"role": "assistant", "content": [{"type": "text", "text": "<think>7 × 13</think>No."}]},
    ]
    contents = opened([
        {"id": "1", "title": "Sums", "chat": {"messages": said}},
        {"id": "2", "title": "Sums", "chat": json.dumps({"history": {"messages": {
            "a": {"id": "a", "parentId": None, "role": "user", "content": "As text."}}}})},
    ])  # fmt: skip
    assert contents.source == "Open WebUI"
    assert messages(contents) == ["Is 91 prime?", "No.", "As text."]


def test_jans_messages_that_were_written_again_count_once(opened: Opened) -> None:
    def line(id: str, role: str, text: str, **more: Any) -> dict[str, Any]:
        content = [{"type": "text", "text": {"value": text}}]
        return {"id": id, "role": role, "content": content, "created_at": 1_700_000_000, **more}

    contents = opened(
        line("1", "user", "Wil it rain?"), line("1", "user", "Will it rain?"),
        line("2", "assistant", "No model is loaded.", status="error"), line("3", "assistant", "Yes."),
        name="messages.jsonl",
    )  # fmt: skip
    assert messages(contents) == ["Will it rain?", "Yes."]
    assert set(contents.notes) == {
        "Left out: 1 older version of a message.", "Left out: 1 answer that failed.",
    }  # fmt: skip


def test_a_table_has_its_times_in_any_column(tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text("Thema;Notiz;Wann\nTante;Heißt Hilde;14.3.2025\n;;\n")
    contents = open_file(tmp_path / "facts.csv", "", Work("Reading", lambda _: None, Event()))
    assert [(one.text, one.created) for one in contents.episodes] == [("Heißt Hilde", 1741910400.0)]
    assert contents.notes == ["Left out: 1 memory without text."]


def test_claudes_newest_memory_is_in_files_and_projects_have_names(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "projects").mkdir(parents=True)
    (folder / "memories").mkdir()
    memory = {
        "memory_files": [{"path": "/me.md", "content": "# Me\n- [stated] Likes tea",
                          "updated_at": "2025-03-14T00:00:00Z"}, 7],
        "project_memories": {"p": "Meets on Mondays."},
    }  # fmt: skip
    project = {"uuid": "p", "name": "Choir\n\u202e", "prompt_template": "", "docs": [{}]}
    (folder / "memories/a.json").write_text(json.dumps(memory))
    (folder / "projects/p.json").write_text(json.dumps(project))
    contents = open_file(folder, "", Work("Reading", lambda _: None, Event()))
    kept = [(one.text, one.created == 1741910400.0, one.project) for one in contents.episodes]
    assert kept == [
        ("Meets on Mondays.", False, "Choir ⟨U+202E⟩"), ("Likes tea", True, None),
    ]  # fmt: skip
    assert contents.episodes[0].episode().project == "Choir ⟨U+202E⟩"


def test_a_character_card_is_no_fact_and_may_become_a_persona(tmp_path: Path) -> None:
    work = Work("Reading", lambda _: None, Event())
    for name in ("Onkel Fridolin.png", "Captain Isolde.json"):
        contents = open_file(DATA / name, "", work)
        assert (contents.episodes, contents.chats) == ([], None)
        assert contents.character is not None
        assert contents.character[0] == name.rsplit(".", 1)[0]
        assert "{{" not in contents.character[1]
    (tmp_path / "memories.json").write_text('[{"memory": "Likes tea"}]')
    shutil.copy(DATA / "Captain Isolde.json", tmp_path)
    contents = open_file(tmp_path, "", work)
    assert (texts(contents), contents.character) == (["Likes tea"], None)
    assert contents.notes == [
        "Left out: 2 greetings of a character.",
        "Left out: 1 entry about an invented world.",
        "Left out: 1 character (import its card by itself to make a persona of it).",
    ]


def test_told_twice_is_counted_once() -> None:
    told = LeftOut()
    told.say("Look elsewhere.")
    told.say("Look elsewhere.")
    assert told.notes() == ["Look elsewhere."]
