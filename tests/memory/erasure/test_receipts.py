"""What is left when the minute is over: a receipt, numbers, and no byte of it."""

from __future__ import annotations

import json

import pytest

from nowprint.errors import NotFound
from nowprint.events import Progress
from nowprint.inspection import Forgetting, Forgotten
from nowprint.records import UNDO_SECONDS, Alternative, TokenScore
from nowprint.salience.head import starting_head
from nowprint.salience.learning import dump, learned

from ..talked import BOILER, CAT, CODE, Talk


def test_the_receipt_counts_and_holds_no_content(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT, "Pickwick it is.")
    talk.say(BOILER)
    done = talk.memory.forgetting.forget(Forgetting((cat,)), messages=True, answers=True)
    assert talk.memory.purging.receipts.all() == ()
    talk.clock.now += UNDO_SECONDS
    talk.memory.purge()
    (receipt,) = talk.memory.purging.receipts.all()
    assert talk.memory.purging.receipts.get(done.batch) == receipt
    assert (receipt.episodes, receipt.messages, receipt.answers) == (1, 1, 1)
    assert receipt.removed - receipt.asked == UNDO_SECONDS
    assert receipt.files == ("memory.db", "index.hnsw")
    assert receipt.searched >= 3
    assert receipt.sampled == 3
    assert receipt.found_in == ()
    checks = {check.form: check for check in receipt.checks}
    assert not any(check.hits for check in receipt.checks)
    for form in ("text in UTF-8", "text in UTF-16, little-endian", "embedding, 8 bits"):
        assert checks[form].pieces, form
    with talk.memory._database.reading() as connection:
        stored = "".join(str(tuple(row)) for row in connection.execute("SELECT * FROM forgetting"))
        stored += "".join(str(tuple(row)) for row in connection.execute("SELECT * FROM audit"))
    assert "Pickwick" not in stored


def test_a_byte_that_is_left_is_told(talk: Talk) -> None:
    """A copy that somebody put into the profile's folder."""
    cat, _, _ = talk.say(CAT)
    (talk.folder / "memory.db.damaged").write_text(CAT, encoding="utf-16-le")
    talk.memory.forgetting.forget(Forgetting((cat,)), messages=True, answers=True)
    talk.memory.purge(all=True)
    (receipt,) = talk.memory.purging.receipts.all()
    found = {check.form for check in receipt.checks if check.hits}
    both = {"text in UTF-16, little-endian", "text in UTF-16, big-endian"}
    assert {"text in UTF-16, little-endian"} <= found <= both, "one is the other, a byte further on"
    assert receipt.found_in == ("memory.db.damaged",)


def test_what_is_not_forgotten_is_no_byte_that_is_left(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    talk.memory.forgetting.forget(Forgetting((cat,)))  # the message stays
    talk.memory.purge(all=True)
    (receipt,) = talk.memory.purging.receipts.all()
    assert not any(check.hits for check in receipt.checks)
    assert receipt.left_out >= 3
    assert talk.found(CAT) == [CAT]


def test_what_the_head_has_learned_holds_numbers_alone(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    why = talk.memory.why(cat)
    values = {part.feature: part.value for part in why.contributions} | {"names": 1.0}
    stored = json.loads(dump(learned(starting_head(), [values], worth=False)))
    names = set(starting_head().weights)
    assert set(stored["weights"]) <= names
    assert all(isinstance(one, float) for one in stored["weights"].values())
    assert {*stored} == {"bias", "weights", "worth", "not_worth"}


def test_what_the_model_might_have_said_goes_from_answers_that_had_it(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    _, asked, said = talk.say(BOILER, "Fine, then.", recalled=cat)
    top = (Alternative(7, "Pickwick", 0.5),)
    odd = TokenScore(5, "Fine", 0, 4, 9.0, 3.0, 1.0, 0.5, top)
    with talk.memory._database.writing():
        talk.memory._writer.statistics({said.id: [odd]}, {})
        talk.memory._writer.statistics({asked.id: [odd]}, {})
    assert talk.store.trace(said.id)[0].top
    talk.memory.forgetting.forget(Forgetting((cat,)))
    talk.memory.purge(all=True)
    (token,) = talk.store.trace(said.id)
    assert token.top == ()
    assert token.surprisal == pytest.approx(9.0, abs=0.2)
    assert talk.store.trace(asked.id)[0].top, "of what the user said nothing else is known"


def test_many_tell_how_far_they_are(talk: Talk) -> None:
    conversation = talk.store.create_conversation().id
    ids = []
    with talk.memory._database.writing():
        for number in range(210):
            message = talk.store.add_message(conversation, "user", f"Fact {number} is {number}.")
            draft = talk.draft(message.text, message)
            ids.append(talk.memory.judge(message.id, None, (), [draft])[0].episode.id)
    talk.told.clear()
    done = talk.memory.forgetting.forget(Forgetting(tuple(ids)), messages=True)
    task = "Looking for what repeats it"
    assert talk.told == [Progress(task, None), Progress(task, 1.0)]
    assert done == Forgotten(done.batch, 210, 210, 0)
    talk.told.clear()
    assert talk.memory.purge(all=True) == 210
    told = [event.fraction or 0.0 for event in talk.told if isinstance(event, Progress)]
    assert told == sorted(told)
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert len(told) > 3


def test_the_receipt_names_the_messages_that_still_say_it(talk: Talk) -> None:
    """The message and its answer were kept: the words are in the profile, and the receipt says so."""
    code, asked, said = talk.say(CODE, "Noted: the garage opens with 471109.")
    talk.say(BOILER)
    talk.memory.forgetting.forget(Forgetting((code,)))
    talk.memory.purge(all=True)
    (receipt,) = talk.memory.purging.receipts.all()
    assert talk.found("471109") == ["471109"]
    assert receipt.kept_in == (asked.id, said.id)
    checks = {check.form: check for check in receipt.checks}
    assert checks["text in UTF-8"].hits == 0
    assert checks["text in UTF-8"].kept >= 1
    assert checks["embedding, 8 bits"].kept == 0, "only the memory had one"


def test_messages_named_in_a_receipt_can_go_later(talk: Talk) -> None:
    code, asked, said = talk.say(CODE, "Noted: the garage opens with 471109.")
    talk.say(BOILER)
    talk.memory.forgetting.forget(Forgetting((code,)))
    talk.memory.purge(all=True)
    (first,) = talk.memory.purging.receipts.all()
    plan = talk.memory.forgetting.plan(Forgetting(messages=first.kept_in))
    assert (plan.ids, plan.messages, plan.answers) == ((), (asked.id,), (said.id,))
    done = talk.memory.forgetting.forget(Forgetting(messages=first.kept_in))
    assert done == Forgotten(done.batch, 0, 1, 1)
    assert talk.memory.purging.receipts.get(first.batch).kept_in == ()
    talk.memory.forgetting.undo(done.batch)
    assert talk.memory.purging.receipts.get(first.batch).kept_in == first.kept_in
    talk.memory.forgetting.forget(Forgetting(messages=first.kept_in))
    talk.memory.purge(all=True)
    assert talk.found("471109", "garage") == []
    assert [one.kept_in for one in talk.memory.purging.receipts.all()] == [(), ()]
    with pytest.raises(NotFound):
        talk.memory.forgetting.plan(Forgetting(messages=(asked.id,)))
