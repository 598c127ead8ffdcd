"""What other assistants export: conversations with branches, memories as text, tables and JSON."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from nowprint.errors import MemoryFileError
from nowprint.inspection import EpisodeFilter
from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.files.opening import open_file, open_text
from nowprint.memory.files.staging import Contents
from nowprint.memory.formats.json_elements import MOST_DEPTH, elements
from nowprint.memory.formats.task import Work

from ..conftest import Profiled
from .conftest import chats_of

JULY_1 = 1719860400.0
"""2024-07-01 19:00 UTC."""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Contents]:
    """A file of that name with that content, opened."""

    def opened(content: Any, name: str = "conversations.json") -> Contents:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (tmp_path / name).write_bytes(data)
        return open_file(tmp_path / name, "", Work("Reading", lambda _: None, Event()))

    return opened


def texts(contents: Contents) -> list[str]:
    return [one.text for one in contents.episodes]


def said(chat: Chat) -> list[tuple[str, str]]:
    """The branch that is shown."""
    return [(chat.messages[at].role, chat.messages[at].text) for at in chat.branch()]


# --- ChatGPT -----------------------------------------------------------------------------------


def node(
    parent: str | None, *children: str, role: str = "user", text: Any = None, **more: Any
) -> Any:
    message = None
    if text is not None:
        content = text if isinstance(text, dict) else {"content_type": "text", "parts": [text]}
        message = {"author": {"role": role}, "create_time": JULY_1, "content": content, **more}
    return {"parent": parent, "children": list(children), "message": message}


TREE = {
    "title": "Pets",
    "create_time": JULY_1 - 60,
    "current_node": "5",
    "mapping": {
        "root": node(None, "1"),
        "1": node("root", "2", "9", role="system", text="You are helpful."),
        "2": node("1", "3", "4", text="I have a cat."),
        "3": node("2", role="assistant", text="An answer that was written again."),
        "4": node("2", "5", role="assistant", text="How nice!", create_time=JULY_1 + 5),
        "5": node(
            "4", text={"content_type": "multimodal_text", "parts": [{"image": 1}, "This one."]}
        ),
        "9": node("1", text="I have a dog (edited away)."),
    },
}


def test_of_chatgpts_tree_the_branch_that_was_last_shown_is_taken(
    read: Callable[..., Contents],
) -> None:
    contents = read([TREE])
    (pets,) = chats_of(contents)
    assert (contents.source, pets.title) == ("ChatGPT", "Pets")
    assert said(pets) == [
        ("user", "I have a cat."), ("assistant", "How nice!"), ("user", "This one."),
    ]  # fmt: skip
    assert [pets.messages[at].created for at in pets.branch()] == [JULY_1, JULY_1 + 5, JULY_1]
    assert contents.notes == [
        "1 chat has several branches (edited messages, answers written again): all come along; memories "
        "are read from the one that was last shown.",
        "Left out: 1 system text.",
        "Left out: 1 picture or file.",
    ]


def test_tools_and_hidden_messages_are_no_part_of_the_conversation(
    read: Callable[..., Contents],
) -> None:
    code = {"content_type": "code", "text": "print(1)"}
    hidden = {"metadata": {"is_visually_hidden_from_conversation": True}}
    mapping = {
        "1": node(None, "2", text="Hi", **hidden),
        "2": node("1", "3", role="tool", text="result"),
        "3": node("2", "4", role="assistant", text=code),
        "4": node("3", "5", role="assistant", text="bio", recipient="bio"),
        "5": node("4", text="I have a cat."),
    }
    (one,) = chats_of(read([{"mapping": mapping, "current_node": "5"}]))
    assert said(one) == [("user", "I have a cat.")]


def test_a_tree_without_an_end_is_read_to_its_last_leaf(read: Callable[..., Contents]) -> None:
    (one,) = chats_of(read([TREE | {"current_node": "gone"}]))
    assert said(one) == [("user", "I have a dog (edited away).")]


@pytest.mark.parametrize("mapping", [
    {"a": {"parent": "a"}},
    {"a": {"parent": "b", "children": ["b"]}, "b": {"parent": "a", "children": ["a"]}},
])  # fmt: skip
def test_a_tree_that_goes_round_is_told(
    mapping: dict[str, Any], read: Callable[..., Contents]
) -> None:
    with pytest.raises(MemoryFileError, match="circle"):
        read([{"mapping": mapping, "current_node": "a"}])


def test_deep_trees_are_no_recursion(read: Callable[..., Contents]) -> None:
    mapping = {
        str(n): node(str(n - 1) if n else None, str(n + 1), text=f"Message {n}.")
        for n in range(5000)
    }
    (one,) = chats_of(read([{"mapping": mapping, "current_node": "4999"}]))
    assert len(one.messages) == 5000


def test_the_zip_of_the_export_is_read_wherever_the_file_stands_in_it(
    read: Callable[..., Contents],
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("export/conversations.json", json.dumps([TREE]))
        archive.writestr("export/image.png", b"\x89PNG")
        archive.writestr("export/../../evil", b"x")
    contents = read(buffer.getvalue(), "export.zip")
    assert [one.title for one in chats_of(contents)] == ["Pets"]


# --- Claude ------------------------------------------------------------------------------------


def test_claudes_conversations(read: Callable[..., Contents]) -> None:
    messages = [
        {"sender": "human", "text": "I have a cat.", "created_at": "2024-07-01T19:00:00Z"},
        {
            "sender": "assistant",
            "text": "Nice.\n[tool]",
            "content": [{"type": "text", "text": "Nice."}, {"type": "tool_use", "input": {}}],
            "created_at": "2024-07-01T12:00:05-07:00",
        },
        {"sender": "human", "text": "", "content": []},
    ]
    contents = read([{"name": "Pets", "created_at": "nonsense", "chat_messages": messages}])
    (pets,) = chats_of(contents)
    assert contents.source == "Claude"
    assert said(pets) == [("user", "I have a cat."), ("assistant", "Nice.")]
    assert [m.created for m in pets.messages] == [JULY_1, JULY_1 + 5]


def test_claudes_memory(read: Callable[..., Contents]) -> None:
    memory = "**Work**\n\nSam is a vet\nin Porto.\n\nSam likes tea."
    contents = read(
        [{"conversations_memory": memory, "project_memories": {"x": "- Builds a boat"}}],
        "memories.json",
    )
    assert contents.source == "Claude"
    assert texts(contents) == [
        "Sam is a vet in Porto.",
        "Sam likes tea.",
        "Builds a boat",
    ]


# --- lists -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Has a cat.\nLives in Porto.\n", ["Has a cat.", "Lives in Porto."]),
        ("# Facts\n\n- Has a cat\n  called Pickwick\n* [x] Lives in Porto\n\n3) Plays chess\n",
         ["Has a cat called Pickwick", "Lives in Porto", "Plays chess"]),
        ("About me:\n- Has a cat\n- Has a cat\n", ["Has a cat"]),
        ("A long fact that\ngoes on.\n\nAnother.", ["A long fact that goes on.", "Another."]),
        ("\ufeffHas a cat\r\nLives in Porto\r\n", ["\ufeffHas a cat", "Lives in Porto"]),
        ('["Has a cat", "Lives in Porto"]', ["Has a cat", "Lives in Porto"]),
        ("[maybe] has a cat", ["[maybe] has a cat"]),
        ("• Has a cat\n• Lives in Porto", ["Has a cat", "Lives in Porto"]),
    ],
)  # fmt: skip
def test_pasted_lists(text: str, facts: list[str]) -> None:
    assert texts(open_text(text)) == facts


def test_dates_before_a_memory_are_its_time() -> None:
    found = open_text("[2024-07-01] - Has a cat.\n[unknown] Likes tea.\n").episodes
    assert [one.text for one in found] == ["Has a cat.", "Likes tea."]
    assert found[0].created == JULY_1 - 19 * 3600
    assert found[1].created > found[0].created


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        (b"id,memory,created_at\n1,Has a cat,2024-07-01\n2,\"Tea, mostly\",\n", ["Has a cat", "Tea, mostly"]),
        (b"n;text\n1;Has a cat\n", ["Has a cat"]),
        (b"Has a cat\nLives in Porto\n", ["Has a cat", "Lives in Porto"]),
        (b"\xef\xbb\xbftext\n=1+1\n", ["=1+1"]),
    ],
)  # fmt: skip
def test_tables(table: bytes, facts: list[str], read: Callable[..., Contents]) -> None:
    assert texts(read(table, "facts.csv")) == facts


@pytest.mark.parametrize(
    "value",
    [
        {"results": [{"memory": "Has a cat", "created_at": "2024-07-01T12:00:00-07:00"}, {"memory": "Tea"}]},
        [{"memory": "Has a cat", "created_at": "2024-07-01T12:00:00-07:00"}, {"memory": "Tea"}],
        {"memories": [{"text": "Has a cat", "created_at": JULY_1}, "Tea"]},
    ],
)  # fmt: skip
def test_mem0s_json(value: Any, read: Callable[..., Contents]) -> None:
    contents = read(value, "mem0.json")
    assert texts(contents) == ["Has a cat", "Tea"]
    assert contents.episodes[0].created == JULY_1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\x89PNG\0\0", b'{"results": 7}', b"[[]]"])
def test_what_holds_nothing_is_told(content: bytes, read: Callable[..., Contents]) -> None:
    with pytest.raises(MemoryFileError, match="Nothing was found"):
        read(content, "thing.json")


@pytest.mark.parametrize(
    "content",
    [
        b'[{"mapping": {}}',
        b'[{"mapping": {}}, 7]',
        b"[NaN]",
        b'["\xff"]',
        b"[" * 1000,
        b"[1] [2]",
        b"{",
    ],
)
def test_json_that_is_broken_is_told(content: bytes, read: Callable[..., Contents]) -> None:
    with pytest.raises(MemoryFileError):
        read(content)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path, told in (
        (tmp_path / "none.json", "There is no file"),
        (tmp_path, "Nothing was found"),
    ):
        with pytest.raises(MemoryFileError, match=told):
            open_file(path, "", Work("Reading", lambda _: None, Event()))


# --- arrays of any length ----------------------------------------------------------------------


@pytest.mark.parametrize("piece", [1, 2, 7, 1000])
def test_elements_are_cut_where_they_end_whatever_their_texts_hold(piece: int) -> None:
    values = [{"a": '],"[{\\'}, [], [[1], "\\\\"], "x,y]", 7, None, "🐈\\u00e9", {"b": {"c": [{}]}}]
    data = io.BytesIO(b" \n" + json.dumps(values, indent=1).encode() + b" \n")
    assert list(elements(lambda _: data.read(piece), "it")) == values


def test_depth_is_counted_before_anything_is_built() -> None:
    def nested(depth: int) -> io.BytesIO:
        return io.BytesIO(b"[" + b"[" * depth + b"]" * depth + b"]")

    assert len(list(elements(nested(MOST_DEPTH).read, "it"))) == 1
    with pytest.raises(MemoryFileError, match="nested"):
        list(elements(nested(MOST_DEPTH + 1).read, "it"))


# --- taken over --------------------------------------------------------------------------------


def test_facts_become_episodes_that_somebody_asked_for(home: Profiled) -> None:
    files = home.memory.files
    review = files.review_text("- Has a cat\n- Lives in Porto")
    assert (review.path, review.source) == ("", "a list of facts")
    made = files.apply(review.id, (), read=False)
    assert (made.name, made.episodes) == ("pasted text", 2)
    found = home.memory.query.page(EpisodeFilter(), "oldest", 0, 9).episodes
    assert [e.text for e in found] == ["Has a cat", "Lives in Porto"]
    assert {(e.kind, e.confirmed, e.origin) for e in found} == {("remembered", False, made.id)}


def test_conversations_wait_to_be_read_in_the_order_in_which_they_were_told(
    home: Profiled, tmp_path: Path
) -> None:
    later = TREE | {"title": "Later", "create_time": JULY_1 + 9000}
    later["mapping"] = {"1": node(None, text="Much later.", create_time=JULY_1 + 9000)}
    (tmp_path / "conversations.json").write_text(json.dumps([later | {"current_node": "1"}, TREE]))
    files = home.memory.files
    review = files.review(str(tmp_path / "conversations.json"), "")
    assert (review.groups, review.conversations, review.messages) == ((), 2, 4)
    files.apply(review.id, (), read=True)
    (reading,) = files.replays.all()
    assert (reading.done, reading.total, reading.kept, reading.paused) == (0, 4, 0, False)
    texts = []
    while waiting := files.replays.next():
        message = files.replays.take(waiting, None, {})
        assert message is not None
        texts.append(message.text)
    assert texts == ["I have a cat.", "How nice!", "This one.", "Much later."]
    assert [c.title for c in home.store.conversations()] == ["Later", "Pets"]
    assert files.replays.all() == ()
    gone = files.undo(1)
    assert (gone.episodes, home.store.conversations()) == (0, ())


def test_a_reading_that_is_ended_reads_no_more(home: Profiled, tmp_path: Path) -> None:
    (tmp_path / "conversations.json").write_text(json.dumps([TREE]))
    files = home.memory.files
    files.apply(files.review(str(tmp_path / "conversations.json"), "").id, (), read=True)
    waiting = files.replays.next()
    assert waiting is not None
    files.replays.end(waiting.reading)
    assert files.replays.take(waiting, None, {}) is None
    assert files.replays.next() is None
    assert home.store.conversations() == ()
