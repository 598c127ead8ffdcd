"""What forgetting does about damaged databases that were set aside, and answers that are being written."""

from __future__ import annotations

import sqlite3

import pytest

from nowprint.errors import ProfileError
from nowprint.inspection import EpisodeFilter, Forgetting
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import UNDO_SECONDS, Recollection

from ..talked import ALL, BOILER, CAT, Talk


def set_aside(talk: Talk) -> str:
    """Damage the database, and let the next opening set it aside; the name that it has then."""
    talk.memory.close()
    with open(talk.folder / "memory.db", "r+b") as file:
        file.seek(2000)
        file.write(b"\xff" * 100)
        file.truncate((talk.folder / "memory.db").stat().st_size - 4096)
    before = {path.name for path in talk.folder.iterdir()}
    with pytest.raises(ProfileError, match="was damaged"):
        ConversationStore(talk.folder / "memory.db")
    talk.open()
    (name,) = (name for name in {p.name for p in talk.folder.iterdir()} - before if "dam" in name)
    return name


def test_a_damaged_database_that_holds_it_goes_too(talk: Talk) -> None:
    talk.say(CAT)
    talk.say(BOILER)
    aside = set_aside(talk)
    (talk.folder / f"{aside}-wal").write_text(CAT, "utf-8")
    assert talk.found(CAT, BOILER) == [CAT, BOILER]
    again, _, _ = talk.say(CAT)
    assert talk.memory.forgetting.plan(Forgetting((again,))).copies == (aside,)
    talk.memory.forgetting.forget(Forgetting((again,)), **ALL)
    talk.memory.purge(all=True)
    assert talk.found(CAT) == []
    (receipt,) = talk.memory.purging.receipts.all()
    assert (receipt.deleted, receipt.found_in) == ((aside,), ())
    assert not any(check.hits for check in receipt.checks)
    assert [path.name for path in talk.folder.iterdir() if "damaged" in path.name] == []


def test_a_damaged_database_that_holds_nothing_of_it_stays(talk: Talk) -> None:
    talk.say(BOILER)
    aside = set_aside(talk)
    talk.say(BOILER)
    cat, _, _ = talk.say(CAT)
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    talk.memory.purge(all=True)
    (receipt,) = talk.memory.purging.receipts.all()
    assert (receipt.deleted, receipt.found_in) == ((), ())
    assert (talk.folder / aside).exists()


def test_no_other_file_is_ever_deleted(talk: Talk) -> None:
    """Whatever else lies in the folder is the user's."""
    cat, _, _ = talk.say(CAT)
    for name in ("diary.txt", "memory.db.damaged", "my-memory.db.damaged-1", "memory.db-wal.old"):
        (talk.folder / name).write_text(CAT, "utf-8")
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    talk.memory.purge(all=True)
    (receipt,) = talk.memory.purging.receipts.all()
    assert receipt.deleted == ()
    assert len(receipt.found_in) == 4


def test_receipts_of_before_can_still_be_read(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    talk.memory.purge(all=True)
    (receipt,) = talk.memory.purging.receipts.all()
    with sqlite3.connect(talk.folder / "memory.db") as connection:
        connection.execute("UPDATE forgetting SET receipt = json_remove(receipt, '$.deleted')")
    connection.close()
    assert talk.memory.purging.receipts.all() == (receipt,)


def test_an_answer_that_is_being_written_with_it_goes_before_it_can_repeat_it(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    boiler, _, _ = talk.say(BOILER)
    store, memory = talk.store, talk.memory
    answers = []
    for recalled in (cat, boiler):
        conversation = store.create_conversation().id
        store.add_message(conversation, "user", "What was it again?")
        answer = store.add_message(conversation, "assistant", "", state="writing", model="tiny")
        given = [Recollection(one, 1.0, ()) for one in memory.episodes([recalled])]
        memory.begin_answer(answer.id, given, ())
        answers.append((answer.id, given))
    plan = memory.forgetting.plan(Forgetting((cat,)))
    assert plan.answers == (answers[0][0],)
    memory.forgetting.forget(Forgetting((cat,)), **ALL)
    for id, given in answers:
        memory.finish_turn(
            answer_id=id, answer_text=f"You said: {given[0].episode.text}", state="complete",
            traces={}, baselines={}, recollections=given, pinned=(),
        )  # fmt: skip
    talk.clock.now += UNDO_SECONDS
    memory.purge()
    assert talk.found(CAT, BOILER) == [BOILER]
    assert [one.text for one in memory.query.page(EpisodeFilter(), "newest").episodes] == [BOILER]


def test_drafts_that_say_it_go_and_others_stay(talk: Talk) -> None:
    for said, left in ((CAT, False), (BOILER, True)):
        drafts = talk.folder / "drafts.json"
        drafts.write_text(f'{{"new": "{said}"}}', "utf-8")
        cat, _, _ = talk.say(CAT)
        talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
        talk.memory.purge(all=True)
        receipt = talk.memory.purging.receipts.all()[0]
        assert drafts.exists() is left
        assert receipt.deleted == (() if left else ("drafts.json",))
        assert not any(check.hits for check in receipt.checks)
