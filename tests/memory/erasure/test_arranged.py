"""Several conversations and whole projects are deleted with a minute's undo; titles follow what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.memory.marked import everything, open_memory
from tests.memory.talked import Clock

from nowprint.errors import NotFound, UserError
from nowprint.inspection import Forgetting
from nowprint.memory.memory import Memory
from nowprint.records import UNDO_SECONDS, Message

ASKED, SAID = "Asgerd walks over the glacier with a red lantern", "Bertil waits in the valley"
TITLE = "Glacier lantern walk"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(tmp_path: Path, clock: Clock) -> Memory:
    return open_memory(tmp_path / "profile", clock)


def exchange(memory: Memory, asked: str = ASKED, said: str = SAID) -> tuple[Message, Message]:
    store = memory._store
    id = store.create_conversation().id
    return store.add_message(id, "user", asked), store.add_message(id, "assistant", said)


def titled(memory: Memory) -> tuple[Message, Message]:
    asked, said = exchange(memory)
    assert memory.arrangement.first_exchange(asked.conversation_id) == (asked, said)
    made = memory.arrangement.give_title(asked, said, TITLE)
    assert made is not None
    assert made.title == TITLE
    return asked, said


def title(memory: Memory, one: Message) -> str:
    return memory._store.conversation(one.conversation_id).title


def on_disk(memory: Memory, folder: Path, text: str) -> int:
    memory.close()
    return sum(data.count(text.encode()) for _, data in everything(folder / "profile"))


def test_conversations_are_pinned_or_archived(memory: Memory) -> None:
    ids = [exchange(memory)[0].conversation_id for _ in range(2)]
    assert all(one.pinned for one in memory.arrangement.mark(ids, "pinned", True))
    (archived,) = memory.arrangement.mark(ids[:1], "archived", True)
    assert (archived.pinned, archived.archived) == (False, True)
    assert [one.pinned for one in map(memory._store.conversation, ids)] == [False, True]
    with pytest.raises(NotFound):
        memory.arrangement.mark([99], "pinned", True)


def test_several_conversations_go_and_come_back_together(memory: Memory) -> None:
    ids = [exchange(memory)[0].conversation_id for _ in range(3)]
    gone = memory.forgetting.delete_conversations(ids[:2])
    assert (gone.messages, gone.answers) == (2, 2)
    assert [one.id for one in memory._store.conversations()] == ids[2:]
    memory.forgetting.undo(gone.batch)
    assert {one.id for one in memory._store.conversations()} == set(ids)


def test_a_deleted_project_comes_back_with_what_belonged_to_it(memory: Memory) -> None:
    asked, _ = exchange(memory)
    house = memory.projects.create("House")
    memory.projects.move_conversation(asked.conversation_id, house.id)
    gone = memory.forgetting.delete_project(house.id)
    assert gone.projects == 1
    assert memory.projects.all() == ()
    memory.projects.create("House")
    assert memory.forgetting.undo(gone.batch).projects == 1
    assert [one.name for one in memory.projects.all()] == ["House", "House 2"]
    assert memory._store.conversation(asked.conversation_id).project == house.id


def test_after_its_minute_a_projects_name_is_gone(
    memory: Memory, clock: Clock, tmp_path: Path
) -> None:
    gone = memory.forgetting.delete_project(memory.projects.create("Glasshouse").id)
    clock.now += UNDO_SECONDS + 1
    memory.purge()
    assert memory.purging.receipts.all() == ()
    with pytest.raises(UserError):
        memory.forgetting.undo(gone.batch)
    assert on_disk(memory, tmp_path, "Glasshouse") == 0


@pytest.mark.parametrize("which", [0, 1])
def test_a_title_goes_with_either_message_that_it_was_made_from(
    memory: Memory, tmp_path: Path, which: int
) -> None:
    both = titled(memory)
    memory._store.add_message(both[0].conversation_id, "user", "And what then?")
    leaving = frozenset([both[which].id])
    gone = memory.forgetting._hide(
        memory.forgetting._selector.messages(leaving, frozenset()), leaving, messages=False
    )
    assert title(memory, both[0]) != TITLE
    memory.forgetting.undo(gone.batch)
    assert title(memory, both[0]) == TITLE
    memory.forgetting._hide(
        memory.forgetting._selector.messages(leaving, frozenset()), leaving, messages=False
    )
    memory.purge(all=True)
    assert on_disk(memory, tmp_path, TITLE) == 0


def test_a_title_goes_with_a_forgotten_conversation(memory: Memory, tmp_path: Path) -> None:
    asked, _ = titled(memory)
    memory.forgetting.forget(Forgetting(conversation=asked.conversation_id))
    memory.purge(all=True)
    assert on_disk(memory, tmp_path, TITLE) == 0


def test_a_deleted_branch_takes_the_title_that_was_made_from_it(
    memory: Memory, tmp_path: Path
) -> None:
    asked, _ = titled(memory)
    memory._store.add_message(asked.conversation_id, "user", "Another way", parent=0)
    memory.forgetting.delete_branch(asked.id)
    assert title(memory, asked) == "Another way"
    memory.purge(all=True)
    assert on_disk(memory, tmp_path, TITLE) == 0


def test_what_the_user_named_is_never_replaced(memory: Memory) -> None:
    asked, said = exchange(memory)
    memory._store.rename_conversation(asked.conversation_id, "Mine")
    assert memory.arrangement.first_exchange(asked.conversation_id) == ()
    assert memory.arrangement.give_title(asked, said, TITLE) is None
    assert title(memory, asked) == "Mine"


def test_no_title_is_made_from_what_was_forgotten_in_between(memory: Memory) -> None:
    asked, said = exchange(memory)
    memory.forgetting.delete_branch(said.id)
    assert memory.arrangement.give_title(asked, said, TITLE) is None


def test_a_fork_keeps_the_title_as_one_that_was_made_from_its_own_message(memory: Memory) -> None:
    _, said = titled(memory)
    fork = memory._store.fork(said.id)
    memory._store.add_message(fork.id, "user", "Another way", parent=0)
    first = min(one.id for one in memory._store.tree(fork.id))
    memory.forgetting.delete_branch(first)
    assert memory._store.conversation(fork.id).title == "Another way"
