"""The database's file alone has everything, as soon as nothing is written any more."""

from __future__ import annotations

from nowprint.memory.storage.conversations import ConversationStore

from ..talked import CAT, Talk


def test_the_database_alone_has_everything_after_a_call_and_after_closing(talk: Talk) -> None:
    """As a copy of the one file, made by any other program."""
    talk.say(CAT)
    for end in (talk.store.database.settle, talk.memory.close):
        end()
        copy = talk.folder.parent / f"{end.__name__}.db"
        copy.write_bytes((talk.folder / "memory.db").read_bytes())
        store = ConversationStore(copy)
        (chat,) = store.conversations()
        assert [one.text for one in store.messages(chat.id)] == [CAT, "Okay."]
        store.database.close()
    assert not (talk.folder / "memory.db-wal").exists()
    talk.open()
