"""Conversations and messages, and a store that opens with care."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path

import pytest

from nowprint.errors import NotFound, ProfileError
from nowprint.memory.storage import database
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.settings import Profile


@pytest.fixture
def path(profile: Profile) -> Path:
    profile.home.mkdir()
    return profile.database


def checksums(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
    }


def test_a_conversation_is_there_after_reopening(path: Path) -> None:
    store = ConversationStore(path)
    conversation = store.create_conversation()
    asked = store.add_message(
        conversation.id, "user", "What is a nuthatch, and does it sing at all?"
    )
    answer = store.add_message(conversation.id, "assistant", "A bird.", model="m1")
    store.close()
    again = ConversationStore(path)
    assert again.messages(conversation.id) == (asked, answer)
    assert again.message(answer.id).model == "m1"
    again.close()


def test_the_first_message_names_an_untitled_conversation() -> None:
    store = ConversationStore(None)
    plain, named = store.create_conversation(), store.create_conversation("Birds")
    store.add_message(plain.id, "user", "Hello\nthere,\tmy  old friend and all the others")
    store.add_message(plain.id, "user", "Something else")
    store.add_message(named.id, "user", "Hello")
    assert store.conversation(plain.id).title == "Hello there, my old friend and…"
    assert store.conversation(named.id).title == "Birds"
    long = store.create_conversation()
    store.add_message(long.id, "user", "x" * 500)
    assert len(store.conversation(long.id).title) == 48
    store.close()


def test_the_last_used_conversation_comes_first() -> None:
    store = ConversationStore(None)
    first, second = store.create_conversation("a"), store.create_conversation("b")
    assert [c.id for c in store.conversations()] == [second.id, first.id]
    store.add_message(first.id, "user", "again")
    assert [c.id for c in store.conversations()] == [first.id, second.id]
    assert store.rename_conversation(second.id, "c").title == "c"
    store.close()


def test_messages_come_in_pages() -> None:
    store = ConversationStore(None)
    conversation = store.create_conversation()
    ids = [store.add_message(conversation.id, "user", str(n)).id for n in range(10)]
    assert [m.id for m in store.messages(conversation.id, limit=3)] == ids[-3:]
    assert [m.id for m in store.messages(conversation.id, before=ids[7], limit=3)] == ids[4:7]
    assert [m.id for m in store.messages(conversation.id)] == ids
    store.close()


def test_a_replaced_answer_is_kept_and_left_out() -> None:
    store = ConversationStore(None)
    conversation = store.create_conversation()
    asked = store.add_message(conversation.id, "user", "Well?")
    old = store.add_message(conversation.id, "assistant", "No.")
    new = store.add_message(conversation.id, "assistant", "Yes.", replaces=old.id)
    assert store.messages(conversation.id) == (asked, new)
    assert store.message(old.id).text == "No."
    assert store.message(old.id).siblings == (old.id, new.id)
    store.close()


def test_an_answer_that_was_being_written_is_broken_off(path: Path) -> None:
    store = ConversationStore(path)
    conversation = store.create_conversation()
    answer = store.add_message(conversation.id, "assistant", "", state="writing")
    store.update_message(answer.id, "As far as", "writing")
    store.close()
    again = ConversationStore(path)
    assert again.message(answer.id).state == "broken"
    assert again.message(answer.id).text == "As far as"
    again.close()


def test_what_is_not_there_is_not_found() -> None:
    store = ConversationStore(None)
    for use in (store.message, store.conversation, store.delete_conversation, store.messages):
        with pytest.raises(NotFound):
            use(99)
    with pytest.raises(NotFound):
        store.update_message(99, "", "complete")
    with pytest.raises(NotFound):
        store.add_message(99, "user", "Hello")
    store.close()


def test_an_id_is_never_used_again(path: Path) -> None:
    store = ConversationStore(path)
    first = store.create_conversation()
    message = store.add_message(first.id, "user", "Hello")
    store.delete_conversation(first.id)
    store.close()
    again = ConversationStore(path)
    second = again.create_conversation()
    assert second.id > first.id
    assert again.add_message(second.id, "user", "Hello").id > message.id
    again.close()


def test_temporary_ids_begin_where_they_are_told_to() -> None:
    store = ConversationStore(None, first_id=1_000_000)
    conversation = store.create_conversation()
    assert conversation.id == 1_000_000
    assert store.add_message(conversation.id, "user", "Hello").id == 1_000_000
    store.close()


@pytest.mark.parametrize(
    "text",
    ["\x00\x01\x1b[0m", "<|im_end|><|im_start|>system", "é" * 200_000, "🦉\u200d", "a\r\nb"],
    ids=["control", "special", "long", "wide", "lines"],
)
def test_any_text_comes_back_as_it_was(path: Path, text: str) -> None:
    store = ConversationStore(path)
    conversation = store.create_conversation()
    message = store.add_message(conversation.id, "user", text)
    store.close()
    again = ConversationStore(path)
    assert again.message(message.id).text == text
    again.close()


def test_half_a_surrogate_pair_keeps_every_place() -> None:
    store = ConversationStore(None)
    conversation = store.create_conversation()
    assert store.add_message(conversation.id, "user", "a\ud83db").text == "a\ufffdb"
    store.close()


# --- opening -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mark",
    [
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('nowprint', '9_from_the_future', 'then')",
        "PRAGMA user_version = 7",
    ],
    ids=["migration", "version"],
)
def test_a_newer_database_is_refused_and_left_as_it_is(path: Path, mark: str) -> None:
    ConversationStore(path).close()
    newer = sqlite3.connect(path)
    newer.execute(mark)
    newer.commit()
    newer.close()
    before = checksums(path.parent)
    with pytest.raises(ProfileError, match="newer version of Nowprint"):
        ConversationStore(path)
    assert checksums(path.parent) == before


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks (url)")
    other.commit()
    other.close()
    before = checksums(path.parent)
    with pytest.raises(ProfileError, match="another program"):
        ConversationStore(path)
    assert checksums(path.parent) == before


@pytest.mark.parametrize("damage", ["header", "page", "text"])
def test_a_damaged_database_is_set_aside(path: Path, damage: str) -> None:
    store = ConversationStore(path)
    conversation = store.create_conversation()
    for number in range(200):
        store.add_message(conversation.id, "user", f"{number} " + "word " * 100)
    store.close()
    data = bytearray(path.read_bytes())
    if damage == "header":
        data[:16] = b"not a database.."
    elif damage == "page":
        for start in range(20 * 4096, len(data), 4096):
            data[start : start + 64] = b"\xff" * 64
    else:
        data = bytearray(b"just some text\n" * 100)
    path.write_bytes(data)
    path.with_name("memory.db-wal").write_bytes(b"")
    with pytest.raises(ProfileError) as raised:
        ConversationStore(path)
    (aside,) = (
        file for file in path.parent.glob("memory.db.damaged-*") if not file.name.endswith("-wal")
    )
    assert str(aside) in str(raised.value)
    assert aside.read_bytes() == bytes(data)
    assert not path.exists()
    fresh = ConversationStore(path)
    assert fresh.conversations() == ()
    fresh.close()
    assert aside.read_bytes() == bytes(data)


@pytest.mark.parametrize("seems", ["in the check", "by an error"])
def test_what_only_seemed_damaged_stays(
    seems: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that failed to read a page once."""
    store = ConversationStore(path)
    store.create_conversation("Kept")
    look = database._damage
    looks = [0]

    def failing(connection: sqlite3.Connection) -> str:
        looks[0] += 1
        if looks[0] > 1:
            return look(connection)
        if seems == "in the check":
            return "*** in database main *** Page 3: unable to get the page. error code=266"
        fault = sqlite3.DatabaseError("database disk image is malformed")
        fault.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise fault

    monkeypatch.setattr(database, "_damage", failing)
    assert store.database.damage() == "", "doctor doesn't set it aside either"
    store.close()
    looks[0] = 0
    with pytest.raises(ProfileError, match="can't be read"):
        ConversationStore(path)
    assert list(path.parent.glob("*damaged*")) == []
    with contextlib.closing(ConversationStore(path)) as store:
        assert [one.title for one in store.conversations()] == ["Kept"]


def test_two_damaged_databases_are_both_kept(path: Path) -> None:
    for text in (b"one" * 1000, b"two" * 1000):
        path.write_bytes(text)
        with pytest.raises(ProfileError):
            ConversationStore(path)
    kept = {file.read_bytes() for file in path.parent.glob("memory.db.damaged-*")}
    assert kept == {b"one" * 1000, b"two" * 1000}


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.write_bytes(b"")
    store = ConversationStore(path)
    assert store.conversations() == ()
    store.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "memory.db"
    with pytest.raises(ProfileError, match="nowhere"):
        ConversationStore(path)


def test_a_full_disk_is_told_and_nothing_is_half_saved(path: Path) -> None:
    store = ConversationStore(path)
    conversation = store.create_conversation()
    with store.database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ProfileError, match="full"):
        store.add_message(conversation.id, "user", "word " * 10_000)
    assert store.messages(conversation.id) == ()
    store.close()


def test_a_profile_that_cannot_be_written_is_told(path: Path) -> None:
    store = ConversationStore(path)
    with store.database.reading() as connection:
        connection.execute("PRAGMA query_only = ON")
    with pytest.raises(ProfileError, match="writable"):
        store.create_conversation()
    store.close()
