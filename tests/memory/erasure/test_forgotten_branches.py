"""A branch that is deleted, and a chat that is forgotten with all its branches: no byte of them is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.memory.marked import Clock, everything, open_memory

from nowprint.memory.memory import Memory

FIRST, SECOND, REPLY, OTHER = (
    f"{word} walks over the glacier with a red lantern"
    for word in ("Asgerd", "Bertil", "Cyrille", "Dagny")
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(tmp_path: Path, clock: Clock) -> Memory:
    return open_memory(tmp_path / "profile", clock)


def told(memory: Memory) -> tuple[int, int]:
    """A conversation whose first message was edited; the id of the message as it was first."""
    store = memory._store
    id = store.create_conversation("Walks").id
    first = store.add_message(id, "user", FIRST)
    store.add_message(id, "assistant", REPLY)
    store.add_message(id, "user", SECOND)
    store.add_message(id, "user", OTHER, parent=0)
    return id, first.id


def left(memory: Memory, tmp_path: Path) -> set[str]:
    memory.close()
    whole = b"\n".join(data for _, data in everything(tmp_path / "profile"))
    return {text for text in (FIRST, SECOND, REPLY, OTHER) if text.encode() in whole}


def shown(memory: Memory, id: int) -> list[str]:
    return [one.text for one in memory._store.messages(id)]


def test_a_deleted_branch_comes_back_within_its_minute(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "profile")
    id, first = told(memory)
    memory._store.show_branch(first)
    hidden = memory.forgetting.delete_branch(first)
    assert (hidden.messages, hidden.answers) == (2, 1)
    assert shown(memory, id) == [OTHER]
    memory.forgetting.undo(hidden.batch)
    memory._store.show_branch(first)
    assert shown(memory, id) == [FIRST, REPLY, SECOND]
    memory.close()


def test_then_its_bytes_go_and_the_other_stays(
    memory: Memory, clock: Clock, tmp_path: Path
) -> None:
    id, first = told(memory)
    memory.forgetting.delete_branch(first)
    memory.purge(all=True)
    assert shown(memory, id) == [OTHER]
    assert memory._store.messages(id)[0].siblings == (memory._store.messages(id)[0].id,)
    assert left(memory, tmp_path) == {OTHER}


def test_a_message_in_the_middle_is_forgotten_and_the_branch_holds(
    memory: Memory, tmp_path: Path
) -> None:
    id, first = told(memory)
    memory._store.show_branch(first)
    reply = memory._store.messages(id)[1].id
    memory.forgetting.take_along(0, [reply])
    assert shown(memory, id) == [FIRST, SECOND]
    memory.purge(all=True)
    assert shown(memory, id) == [FIRST, SECOND]
    assert left(memory, tmp_path) == {FIRST, SECOND, OTHER}


def test_a_forgotten_chat_takes_all_its_branches(memory: Memory, tmp_path: Path) -> None:
    id, _ = told(memory)
    memory.delete_conversation(id, forget=True)
    memory.purge(all=True)
    assert left(memory, tmp_path) == set()
