"""Messages are found by their words: current with every change, in no list what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.memory.marked import everything, open_memory

from nowprint.inspection import EpisodeFilter, Forgetting
from nowprint.memory.browse.message_search import MOST_FROM_ONE
from nowprint.memory.memory import Memory
from nowprint.records import Role

from ..conftest import Draft, Profiled

CAT = "我的猫叫豆豆，今年八岁了。"
WEDDING = "妹の結婚式は十月に京都であります。"
RICE = "ผมกินข้าวกับน้ำปลา"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    memory = open_memory(tmp_path / "profile")
    yield memory
    memory.close()


def tell(memory: Memory, *texts: str, role: Role = "user", title: str = "") -> int:
    id = memory._store.create_conversation(title).id
    for text in texts:
        memory._store.add_message(id, role, text, model="Gemma" if role == "assistant" else "")
    return id


def found(memory: Memory, text: str, **filters: object) -> list[str]:
    hits = memory.messages.find(text, **filters)  # type: ignore[arg-type]
    return [memory._store.message(hit.message_id).text for hit in hits]


def test_whole_words_and_the_beginning_of_the_last_one(memory: Memory) -> None:
    texts = ("Ask O'Brien about the boat.", "The café is in Porto.", "Boats and a cafeteria.")
    tell(memory, *texts)
    assert found(memory, "o'brien") == [texts[0]]
    assert found(memory, "boat") == [texts[2], texts[0]]
    assert found(memory, "boat the") == [texts[0]]
    assert found(memory, "CAFE") == [texts[2], texts[1]]
    assert found(memory, "cafe porto") == [texts[1]]
    for nothing in ("oat", "", " ", '"', "*", "brien OR porto", "a NEAR b"):
        assert found(memory, nothing) == []


def test_parts_of_a_run(memory: Memory) -> None:
    tell(memory, CAT, WEDDING, RICE)
    for part, text in (
        ("豆豆", CAT),
        ("猫", CAT),
        ("結婚式", WEDDING),
        ("กินข้าว", RICE),
        ("น้ำ", RICE),
    ):
        assert found(memory, part) == [text], part
    assert found(memory, "豆猫") == []


def test_episodes_are_found_by_parts_of_a_run(home: Profiled, make_draft: Draft) -> None:
    for text in (CAT, WEDDING, RICE):
        home.memory.keep(make_draft(text))
    for part, text in (("豆豆", CAT), ("結婚式", WEDDING), ("京都", WEDDING), ("ข้าว", RICE)):
        page = home.memory.query.page(EpisodeFilter(part))
        assert [one.text for one in page.episodes] == [text], part


def test_an_excerpt_shows_the_words(memory: Memory) -> None:
    id = tell(memory, "Nothing. " * 100 + "The harbour is closed.")
    (hit,) = memory.messages.find("harb")
    assert (hit.conversation_id, hit.role, hit.start) == (id, "user", 904)
    assert [hit.excerpt[start:end] for start, end in hit.marks] == ["harb"]


def test_filters(memory: Memory) -> None:
    store = memory._store
    asked = tell(memory, "A boat in May.")
    tell(memory, "A boat answers.", role="assistant")
    project = memory.projects.create("Boats").id
    memory.projects.move_conversation(asked, project)
    with store.database.writing() as connection:
        connection.execute("UPDATE message SET created = 100 * id")
    assert found(memory, "boat", project=project) == ["A boat in May."]
    assert found(memory, "boat", project=0) == ["A boat answers."]
    assert found(memory, "boat", model="Gemma") == ["A boat answers."]
    assert found(memory, "boat", since=200.0) == ["A boat answers."]
    assert found(memory, "boat", until=200.0) == ["A boat in May."]
    assert memory.messages.answering() == ("Gemma",)


def test_the_newest_few_of_each_conversation(memory: Memory) -> None:
    texts = [f"Boat number {number}." for number in range(9)]
    tell(memory, *texts[:8])
    tell(memory, texts[8])
    assert found(memory, "boat") == [texts[8], *reversed(texts[8 - MOST_FROM_ONE : 8])]
    assert found(memory, "boat", limit=2) == [texts[8], texts[7]]


def test_an_answer_is_found_when_it_ends(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "profile")
    store = memory._store
    id = tell(memory, "Tell me of boats.")
    answer = store.add_message(id, "assistant", "", state="writing")
    store.update_message(answer.id, "A ketch has", "writing")
    assert found(memory, "ketch") == []
    store.update_message(answer.id, "A ketch has two masts.", "complete")
    assert found(memory, "ketch masts") == ["A ketch has two masts."]
    again = store.add_message(id, "assistant", "A sloop has", state="writing", replaces=answer.id)
    store.update_message(again.id, "A sloop has one", "writing")
    assert found(memory, "ketch") == ["A ketch has two masts."]  # it is on another branch now
    memory.close()
    opened = open_memory(tmp_path / "profile")  # the core was killed while it wrote
    assert found(opened, "sloop") == ["A sloop has one"]
    assert all(finding.ok for finding in opened.findings(False))
    opened.close()


def test_every_place_in_a_chat(memory: Memory) -> None:
    id = tell(memory, "Boat, boats.", "No ship.", "A rowBOAT.")
    places = memory.messages.find_in(id, "boat")
    texts = {one.id: one.text for one in memory._store.messages(id)}
    assert [texts[one.message_id][one.start : one.end] for one in places] == [
        *("Boat", "boat", "BOAT")
    ]


def test_what_is_forgotten_is_hidden_at_once_and_then_gone(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "profile")
    word = "zanzibarquarry"
    kept = [f"Message {number} of a garden with {chr(97 + number) * 9}." for number in range(20)]
    gone = tell(memory, f"The {word} is deep.", f"What of the {word}?", CAT)
    tell(memory, *kept)
    assert len(found(memory, word)) == 2
    batch = memory.forgetting.forget(Forgetting(conversation=gone), messages=True, answers=True)
    assert found(memory, word) == found(memory, "豆豆") == []
    memory.forgetting.undo(batch.batch)
    assert len(found(memory, word)) == 2
    memory.forgetting.forget(Forgetting(conversation=gone), messages=True, answers=True)
    memory.purging.purge(all=True)
    assert all(finding.ok for finding in memory.findings(False))
    assert len(found(memory, "garden", limit=9)) == MOST_FROM_ONE
    memory.close()
    for needle in (word[2:-3].encode(), "猫叫".encode(), " 猫  叫 ".encode()):
        hits = [name for name, data in everything(tmp_path / "profile") if needle in data]
        assert hits == [], needle
