"""A conversation is a tree of messages, of which one branch is shown."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database as Plain

from nowprint.errors import NotFound
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.schema.migrations import migrations
from nowprint.records import Message


@pytest.fixture
def store() -> Iterator[ConversationStore]:
    store = ConversationStore(None)
    yield store
    store.close()


def said(store: ConversationStore, *texts: str) -> tuple[int, list[Message]]:
    """A conversation in which user and model speak in turn."""
    id = store.create_conversation().id
    roles = itertools.cycle(("user", "assistant"))
    return id, [store.add_message(id, role, text) for role, text in zip(roles, texts, strict=False)]


def shown(store: ConversationStore, id: int) -> str:
    return " ".join(one.text for one in store.messages(id))


def test_another_message_in_the_same_place_begins_a_branch(store: ConversationStore) -> None:
    id, (a, b, c, _) = said(store, "a", "b", "c", "d")
    other = store.add_message(id, "user", "C", parent=c.parent)
    assert shown(store, id) == "a b C"
    store.add_message(id, "assistant", "D")
    assert shown(store, id) == "a b C D"
    assert store.message(c.id).siblings == store.message(other.id).siblings == (c.id, other.id)
    assert store.message(b.id).siblings == (b.id,)
    store.show_branch(c.id)
    assert shown(store, id) == "a b c d"
    store.add_message(id, "user", "e")
    assert shown(store, id) == "a b c d e"
    assert [one.text for one in store.tree(id)] == ["a", "b", "c", "d", "C", "D", "e"]
    assert [one.text for one in store.messages(id, leaf=b.id)] == ["a", "b"]
    assert store.message(a.id).parent == 0


def test_the_first_message_can_have_another_beside_it(store: ConversationStore) -> None:
    id, (a, _) = said(store, "a", "b")
    other = store.add_message(id, "user", "A", parent=0)
    assert shown(store, id) == "A"
    assert store.message(a.id).siblings == (a.id, other.id)
    assert store.messages(id, leaf=0) == ()


def test_pages_go_up_the_branch(store: ConversationStore) -> None:
    id, there = said(store, *"abcdef")
    store.add_message(id, "assistant", "D", parent=there[2].id)
    assert [one.text for one in store.messages(id, limit=2)] == ["c", "D"]
    assert [one.text for one in store.messages(id, there[2].id, 2)] == ["a", "b"]
    assert store.messages(id, there[0].id) == ()


def test_a_branch_is_shown_to_its_newest_end(store: ConversationStore) -> None:
    id, (_, b, c, d) = said(store, "a", "b", "c", "d")
    store.add_message(id, "assistant", "D", replaces=d.id)
    store.add_message(id, "user", "C", parent=b.id)
    store.show_branch(c.id)
    assert shown(store, id) == "a b c D"
    with pytest.raises(NotFound):
        store.show_branch(99)


def test_what_followed_a_deleted_message_follows_its_parent(store: ConversationStore) -> None:
    id, (a, b, c, d) = said(store, "a", "b", "c", "d")
    with store.database.writing() as connection:
        connection.execute("DELETE FROM message WHERE id = ?", [b.id])
    assert shown(store, id) == "a c d"
    assert store.message(c.id).parent == a.id
    with store.database.writing() as connection:
        connection.execute("DELETE FROM message WHERE id = ?", [d.id])
    store.add_message(id, "assistant", "e")
    assert shown(store, id) == "a c e"


def test_a_branch_is_deleted_with_all_that_follows(store: ConversationStore) -> None:
    id, (_, b, c, d) = said(store, "a", "b", "c", "d")
    store.add_message(id, "assistant", "D", replaces=d.id)
    store.add_message(id, "user", "C", parent=b.id)
    assert len(store.branch_below(c.id)) == 3
    store.delete_branch(c.id)
    assert shown(store, id) == "a b C"
    assert len(store.tree(id)) == 3


def test_a_fork_is_a_conversation_of_its_own(store: ConversationStore) -> None:
    id, (_, b, c, _) = said(store, "a b", "b", "c", "d")
    store.use_memory(id, recalls=False, captures=True)
    fork = store.fork(c.id)
    assert shown(store, fork.id) == "a b b c"
    assert (fork.title, fork.recalls) == ("a b", False)
    store.add_message(fork.id, "assistant", "x")
    assert shown(store, id) == "a b b c d"
    assert store.message(b.id).siblings == (b.id,)


def test_rows_that_name_nothing_follow_the_last_one(store: ConversationStore) -> None:
    """As an import adds them."""
    id, _ = said(store, "a", "b")
    with store.database.writing() as connection:
        for text in "cd":
            connection.execute(
                """INSERT INTO message (conversation_id, role, text, created, state, model)
                VALUES (?, 'user', ?, 0, 'complete', '')""",
                [id, text],
            )
    assert shown(store, id) == "a b c d"


def test_a_profile_without_branches_migrates(tmp_path: Path) -> None:
    """Answers that a retry had replaced become branches; every conversation shows what it showed."""
    path = tmp_path / "memory.db"
    old = Plain(path, execute_plugins=False)
    migrations.apply(old, stop_before="6_message_search")
    for id in (1, 2):
        old.execute(
            "INSERT INTO conversation (id, title, created, updated) VALUES (?, '', 0, 0)", [id]
        )
    rows = (
        (1, 1, "user", "a", None), (2, 2, "user", "x", None), (3, 1, "assistant", "b", None),
        (4, 1, "assistant", "B", 3), (5, 2, "assistant", "y", None), (6, 1, "user", "c", None),
        (7, 1, "assistant", "d", None), (8, 1, "assistant", "D", 7), (9, 1, "assistant", "DD", 8),
    )  # fmt: skip
    for id, talk, role, text, replaces in rows:
        old.execute(
            """INSERT INTO message (id, conversation_id, role, text, created, state, model, replaces)
            VALUES (?, ?, ?, ?, 0, 'complete', '', ?)""",
            [id, talk, role, text, replaces],
        )
    old.conn.commit()
    old.close()
    store = ConversationStore(path)
    assert shown(store, 1) == "a B c DD"
    assert shown(store, 2) == "x y"
    assert store.message(4).siblings == (3, 4)
    assert store.message(9).siblings == (7, 8, 9)
    store.add_message(1, "user", "e")
    assert shown(store, 1) == "a B c DD e"
    store.close()
    with sqlite3.connect(path) as plain:
        assert plain.execute("SELECT count(*) FROM message WHERE parent < 0").fetchone() == (0,)
    plain.close()
