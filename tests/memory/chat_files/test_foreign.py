"""Chats of other programs, in the forms in which they export them in 2025 and 2026."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import MemoryFileError
from nowprint.inspection import EpisodeFilter
from nowprint.memory.exports.source import recognised

from ..conftest import Profiled
from .conftest import bring, read_chats, said

JULY_1 = 1719860400.0
"""2024-07-01 19:00 UTC."""


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


# --- ChatGPT -----------------------------------------------------------------------------------


def node(parent: str | None, role: str, content: Any, at: float = 0, **more: Any) -> dict[str, Any]:
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    message = {"author": {"role": role}, "content": content, "create_time": JULY_1 + at, **more}
    return {"parent": parent, "children": [], "message": message}


CHATGPT = {
    "title": "Pets",
    "create_time": JULY_1,
    "update_time": JULY_1 + 90,
    "current_node": "d",
    "mapping": {
        "root": {"parent": None, "message": None, "children": ["a"]},
        "a": node("root", "user", "I have a cat."),
        "t": node("a", "assistant", {"content_type": "thoughts", "thoughts": [
            {"summary": "Cats", "content": "Say something kind."}]}, 1),
        "r": node("t", "assistant", {"content_type": "reasoning_recap", "content": "3 s"}, 1),
        "b": node("r", "assistant", "How nice!", 2, metadata={"model_slug": "gpt-5"}),
        "c": node("b", "user", {"content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer"}, "This one."]}, 3),
        "code": node("c", "assistant", {"content_type": "code", "text": "look()"}, 4, recipient="python"),
        "tool": node("code", "tool", "result", 5),
        "d": node("tool", "assistant", "Sweet.", 6, metadata={"model_slug": "gpt-5"}),
        "e": node("b", "user", "Or a dog?", 7),
    },
}  # fmt: skip


def test_chatgpts_chats_keep_their_branches_models_and_thoughts(tmp_path: Path) -> None:
    (chat,), notes = read_chats(write(tmp_path / "conversations.json", [CHATGPT]))
    assert said(chat) == [
        ("user", "I have a cat."), ("assistant", "How nice!"),
        ("user", "This one."), ("assistant", "Sweet."),
    ]  # fmt: skip
    assert (chat.title, chat.created, chat.updated, chat.branches) == (
        "Pets", JULY_1, JULY_1 + 90, 2,
    )  # fmt: skip
    nice = chat.messages[1]
    assert (nice.model, nice.thought) == ("gpt-5", "Cats\nSay something kind.")
    assert chat.messages[-1].text == "Or a dog?"
    assert chat.messages[-1].parent == 1
    assert notes == ["Left out: 2 steps of tools.", "Left out: 1 picture or file."]


def plain(title: str, *texts: str) -> dict[str, Any]:
    mapping = {
        str(n): node(str(n - 1) if n else None, "assistant" if n % 2 else "user", text, n)
        for n, text in enumerate(texts)
    }
    return {"title": title, "create_time": JULY_1, "mapping": mapping}


@pytest.mark.parametrize("how", ["zip", "in a folder of a zip", "folder", "alone"])
def test_an_export_in_parts(how: str, tmp_path: Path) -> None:
    parts = {
        f"conversations-{n:03}.json": [plain(f"Chat {n}", f"Question {n}.", "Yes.")]
        for n in range(3)
    }
    folder = tmp_path / "export"
    for name, content in parts.items():
        write(folder / name, content)
    write(folder / "user.json", {"id": "user-1", "email": "a@b.c"})
    write(folder / "message_feedback.json", [{"id": "1", "rating": "up"}])
    path = folder
    if "zip" in how:
        path = tmp_path / "export.zip"
        inside = "2025-11/" if how != "zip" else ""
        with zipfile.ZipFile(path, "w") as archive:
            for file in folder.iterdir():
                archive.write(file, inside + file.name)
    elif how == "alone":
        path = folder / "conversations-001.json"
    chats, notes = read_chats(path)
    titles = ["Chat 1"] if how == "alone" else ["Chat 0", "Chat 1", "Chat 2"]
    assert [chat.title for chat in chats] == titles
    others = ["Left out: 2 files without chats or memories."]  # the account's and the feedback
    assert notes == ([] if how == "alone" else others)


def test_a_damaged_chat_costs_itself_alone(home: Profiled, tmp_path: Path) -> None:
    ring = {"title": "ring", "mapping": {
        "root": {"parent": "b", "message": None},
        "a": node("root", "user", "Round"), "b": node("a", "assistant", "and round"),
    }}  # fmt: skip
    bare = {"title": "bare", "mapping": {"a": node(None, "user", "x")}}
    bare["mapping"]["a"]["message"]["content"] = "a string where an object should be"
    stray = plain("stray", "With a stray node.", "Yes.")
    stray["mapping"]["s"] = None
    lost = plain("lost", "One.", "Two.", "Three.", "Four.")
    del lost["mapping"]["1"]
    path = write(
        tmp_path / "conversations.json",
        [plain("good", "Hello.", "Hi."), ring, bare, 7, stray, lost, plain("empty")],
    )
    chats, notes = read_chats(path)
    assert [chat.title for chat in chats] == ["good", "stray", "lost"]
    assert said(chats[2]) == [("user", "Three."), ("assistant", "Four.")]
    assert len(chats[2].messages) == 3  # what stood before the gap is a branch of its own
    assert set(notes) == {
        "Left out: 1 chat that goes round in a circle.",
        "Left out: 1 chat that has a damaged message.",
        "Left out: 1 record that is no chat.",
        "Left out: 1 chat without a message.",
        "Left out: 1 damaged message.",
    }
    assert bring(home, path).chats == 3


def test_messages_that_go_round_are_read_from_the_earliest(tmp_path: Path) -> None:
    ring = {
        "b": node("a", "assistant", "Two.", 1), "a": node("c", "user", "One."),
        "c": node("b", "user", "Three.", 2),
    }  # fmt: skip
    (chat,), notes = read_chats(write(tmp_path / "conversations.json", [{"mapping": ring}]))
    assert [text for _, text in said(chat)] == ["One.", "Two.", "Three."]
    assert notes == [
        "The messages of a chat go round in a circle: it is read from the earliest one."
    ]


def test_a_parent_that_is_missing_is_found_by_its_children(tmp_path: Path) -> None:
    chat = plain("moving", "One.", "Two.", "Three.", "Four.")
    for key, one in chat["mapping"].items():
        one["children"] = [str(int(key) + 1)]
    chat["mapping"]["2"]["parent"] = None
    (found,), _ = read_chats(write(tmp_path / "conversations.json", [chat]))
    assert [text for _, text in said(found)] == ["One.", "Two.", "Three.", "Four."]


def test_links_that_are_missing_are_no_branches(tmp_path: Path) -> None:
    """Neither ``children`` nor ``current_node``, and the nodes in any order."""
    chat = plain("beehive", "One.", "Two.", "Three.", "Four.")
    chat["mapping"] = dict(sorted(chat["mapping"].items(), key=lambda item: "3102".index(item[0])))
    for one in chat["mapping"].values():
        del one["children"]
    (found,), notes = read_chats(write(tmp_path / "conversations.json", [chat]))
    assert [text for _, text in said(found)] == ["One.", "Two.", "Three.", "Four."]
    assert (found.branches, notes) == (1, [])


# --- Claude ------------------------------------------------------------------------------------


def test_claudes_chats_keep_attached_texts_thoughts_and_branches(tmp_path: Path) -> None:
    root = "00000000-0000-4000-8000-000000000000"

    def message(uuid: str, parent: str, sender: str, *blocks: dict[str, Any], **more: Any) -> Any:
        return {
            "uuid": uuid, "parent_message_uuid": parent, "sender": sender, "text": "",
            "content": list(blocks), "created_at": f"2024-07-01T19:00:0{uuid}Z", **more,
        }  # fmt: skip

    def text(said: str) -> dict[str, Any]:
        return {"type": "text", "text": said}

    attached = [{"file_name": "list.txt", "extracted_content": "milk\n```\neggs"}]
    told = {
        "uuid": "x", "name": "Shopping", "created_at": "2024-07-01T19:00:00Z",
        "chat_messages": [
            message("1", root, "human", text("What is on it?"), attachments=attached),
            message("2", "1", "assistant", {"type": "thinking", "thinking": "Read it."},
                    text("Milk."), {"type": "tool_use", "name": "search", "input": {}}),
            message("3", "1", "assistant", text("Milk and eggs.")),
            message("4", "3", "human", text("Thanks."), files=[{"file_name": "a.png"}]),
        ],
    }  # fmt: skip
    (chat,), notes = read_chats(write(tmp_path / "conversations.json", [told]))
    assert said(chat) == [
        ("user", "What is on it?\n\nlist.txt\n````\nmilk\n```\neggs\n````"),
        ("assistant", "Milk and eggs."),
        ("user", "Thanks."),
    ]
    assert (chat.messages[1].thought, chat.branches) == ("Read it.", 2)
    assert set(notes) == {"Left out: 1 step of a tool.", "Left out: 1 picture or file."}


# --- Gemini ------------------------------------------------------------------------------------


def test_geminis_activities_become_chats(tmp_path: Path) -> None:
    def activity(time: str, title: str, html: str = "", **more: Any) -> dict[str, Any]:
        answer = {"safeHtmlItem": [{"html": html}]} if html else {}
        return {"header": "Gemini Apps", "title": title, "time": time,
                "products": ["Gemini Apps"], **answer, **more}  # fmt: skip

    told = [
        activity("2024-07-02T08:00:00Z", "Prompted Good morning", "<p>Hello!</p>"),
        activity("2024-07-02T07:59:00Z", "Created Gemini Canvas titled Plan"),
        activity("2024-07-01T19:10:00.123Z", "Prompted And in Porto?",
                 "<p>Try <strong>two</strong>:</p><ol><li>fish &amp; rice</li><li>soup</li></ol>"
                 "<pre><code>a  &lt; b\nc</code></pre>"),
        activity("2024-07-01T19:00:00Z", "Prompted What to eat?", "<p>Rice.</p>",
                 attachedFiles=["a.png"]),
        activity("2024-07-01T12:00:00Z", "Watched a video") | {"header": "YouTube", "products": ["YouTube"]},
    ]  # fmt: skip
    path = tmp_path / "Takeout/My Activity/Gemini Apps/MyActivity.json"
    write(path, told)
    chats, notes = read_chats(tmp_path / "Takeout")
    assert [said(chat) for chat in chats] == [
        [("user", "Good morning"), ("assistant", "Hello!")],
        [
            ("user", "What to eat?"), ("assistant", "Rice."), ("user", "And in Porto?"),
            ("assistant", "Try **two**:\n\n1. fish & rice\n2. soup\n\n```\na  < b\nc\n```"),
        ],
    ]  # fmt: skip
    assert chats[1].created == JULY_1
    assert chats[1].title == "What to eat?"
    assert set(notes) == {
        "Left out: 1 activity that is no message.",
        "Left out: 1 activity of another program.",
        "Left out: 1 picture or file.",
    }


# --- LM Studio, Jan, Open WebUI ----------------------------------------------------------------


def test_lm_studios_versions_are_branches(tmp_path: Path) -> None:
    def text(said: str) -> list[dict[str, str]]:
        return [{"type": "text", "text": said}]

    def answer(*steps: dict[str, Any]) -> dict[str, Any]:
        return {"type": "multiStep", "role": "assistant", "steps": list(steps),
                "senderInfo": {"senderName": "qwen3-4b"}}  # fmt: skip

    told = {
        "name": "Counting", "createdAt": JULY_1 * 1000, "systemPrompt": "Be brief.",
        "messages": [
            {"versions": [{"type": "singleStep", "role": "user", "content": text("Count.")}],
             "currentlySelected": 0},
            {"versions": [
                answer({"type": "contentBlock", "content": text("<think>Up.</think>\n\nOne.")}),
                answer({"type": "contentBlock", "style": {"type": "thinking"}, "content": text("Down.")},
                       {"type": "contentBlock", "content": text("Three.")},
                       {"type": "debugInfoBlock", "debugInfo": "x"}),
            ], "currentlySelected": 1},
            {"versions": [{"type": "singleStep", "role": "user",
                           "content": [*text("Go on."), {"type": "file", "fileIdentifier": "1.png"}]}],
             "currentlySelected": 0},
        ],
    }  # fmt: skip
    path = write(tmp_path / "conversations/1719860400000.conversation.json", told)
    for place in (path, tmp_path):
        (chat,), notes = read_chats(place)
        assert said(chat) == [("user", "Count."), ("assistant", "Three."), ("user", "Go on.")]
        assert [(m.text, m.thought, m.model) for m in chat.messages if m.role == "assistant"] == [
            ("One.", "Up.", "qwen3-4b"), ("Three.", "Down.", "qwen3-4b"),
        ]  # fmt: skip
        assert chat.created == JULY_1
        assert set(notes) == {"Left out: 1 system text.", "Left out: 1 picture or file."}


@pytest.mark.parametrize("alone", [True, False])
def test_jans_threads(alone: bool, tmp_path: Path) -> None:
    folder = tmp_path / "jan/threads/jan_1"
    write(folder / "thread.json", {
        "id": "jan_1", "title": "Rain", "created": JULY_1, "updated": JULY_1 + 60,
        "assistants": [{"model": {"id": "jan-nano"}}],
    })  # fmt: skip

    def line(role: str, said: str, at: int) -> str:
        content = [{"type": "text", "text": {"value": said, "annotations": []}}]
        return json.dumps({"role": role, "content": content, "created_at": (JULY_1 + at) * 1000})

    lines = [
        line("user", "Will it rain?", 0),
        "{broken",
        line("assistant", "<think>Hm.</think>Yes.", 5),
    ]
    (folder / "messages.jsonl").write_text("\n".join(lines) + "\n")
    (chat,), notes = read_chats(folder / "messages.jsonl" if alone else tmp_path / "jan")
    assert said(chat) == [("user", "Will it rain?"), ("assistant", "Yes.")]
    assert (chat.title, chat.created, chat.updated) == ("Rain", JULY_1, JULY_1 + 60)
    assert (chat.messages[1].model, chat.messages[1].thought) == ("jan-nano", "Hm.")
    assert notes == ["Left out: 1 damaged message."]


@pytest.mark.parametrize("alone", [True, False])
def test_open_webuis_chats_keep_their_branches(alone: bool, tmp_path: Path) -> None:
    thought = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
        "&gt; A &lt; B\n&gt; so yes.\n</details>\n"
    )

    def message(
        id: str, parent: str | None, role: str, content: str, **more: Any
    ) -> dict[str, Any]:
        return {"id": id, "parentId": parent, "childrenIds": [], "role": role, "content": content,
                "timestamp": JULY_1, **more}  # fmt: skip

    told = {
        "id": "1", "title": "Order", "created_at": JULY_1, "updated_at": JULY_1 + 9,
        "chat": {"title": "Order", "history": {"currentId": "c", "messages": {
            "a": message("a", None, "user", "Is A below B?"),
            "b": message("b", "a", "assistant", "No.", model="tiny"),
            "c": message("c", "a", "assistant", thought + "Yes.", modelName="Big", model="big:1"),
        }}},
    }  # fmt: skip
    (chat,), notes = read_chats(write(tmp_path / "chat-export.json", told if alone else [told]))
    assert said(chat) == [("user", "Is A below B?"), ("assistant", "Yes.")]
    last = chat.messages[chat.branch()[-1]]
    assert (last.model, last.thought) == ("Big", "A < B\nso yes.")
    assert (chat.branches, notes) == (2, [])


def test_what_is_no_chat_is_none(tmp_path: Path) -> None:
    for content in ({"a": 1}, [1, 2], [{"memo": "Likes tea"}], {"chats": []}, "text"):
        assert recognised(write(tmp_path / "some.json", content)) is None
    (tmp_path / "folder").mkdir()
    assert recognised(tmp_path / "folder") is None


# --- going on ----------------------------------------------------------------------------------


def test_one_can_go_on_with_a_chat_of_another_program(home: Profiled, tmp_path: Path) -> None:
    made = bring(home, write(tmp_path / "conversations.json", [CHATGPT]))
    assert (made.source, made.chats, made.episodes) == ("ChatGPT", 1, 0)
    (chat,) = home.store.conversations()
    home.store.add_message(chat.id, "user", "Good.")
    texts = [one.text for one in home.store.messages(chat.id)]
    assert texts == ["I have a cat.", "How nice!", "This one.", "Sweet.", "Good."]
    fork = home.store.messages(chat.id)[2]
    assert len(fork.siblings) == 2


def test_memories_are_read_from_the_chats_where_they_stand(
    home: Profiled, tmp_path: Path, make_draft: Callable[..., Any]
) -> None:
    """They are in the list once, whether they are read, too, or not."""
    bring(home, write(tmp_path / "conversations.json", [CHATGPT]), read=True)
    (chat,) = home.store.conversations()
    before = home.store.tree(chat.id)
    replays, read = home.memory.files.replays, []
    while waiting := replays.next():
        assert replays.left(waiting.reading) > 0
        trace = [] if waiting.role == "user" else None
        message = replays.take(waiting, trace, {})
        assert message is not None
        assert message.text == waiting.text
        read.append(message.id)
        if waiting.role == "user":
            home.memory.judge(message.id, None, (), [make_draft(message.text, message)])
    assert read == [one.id for one in home.store.messages(chat.id)]
    assert tuple(replace(one, kept=()) for one in home.store.tree(chat.id)) == before
    assert len(home.store.conversations()) == 1
    found = home.memory.query.ids(EpisodeFilter())
    assert len(found) == 2


def test_what_is_forgotten_before_it_is_read_is_not_read(home: Profiled, tmp_path: Path) -> None:
    bring(home, write(tmp_path / "conversations.json", [CHATGPT]), read=True)
    (chat,) = home.store.conversations()
    home.memory.delete_conversation(chat.id, False)
    replays = home.memory.files.replays
    waiting = replays.next()
    assert waiting is not None
    assert replays.take(waiting, [], {}) is None
    home.memory.purge(all=True)
    assert replays.next() is None
    assert replays.all() == ()


def test_a_file_without_a_whole_chat_says_what_is_wrong(home: Profiled, tmp_path: Path) -> None:
    ring = {"mapping": {"root": {"parent": "a"}, "a": node("root", "user", "Round")}}
    with pytest.raises(MemoryFileError, match=r"Nothing was found.*1 chat that goes round"):
        home.memory.files.review(str(write(tmp_path / "conversations.json", [ring])), "")
