"""A batch of what is forgotten: its plan, what goes along, what stays, and undo."""

from __future__ import annotations

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.inspection import EpisodeFilter, Forgetting
from nowprint.records import APP, UNDO_SECONDS, Recollection

from ..talked import BOILER, CAT, CODE, Talk


def test_the_plan_says_what_would_go_and_changes_nothing(talk: Talk) -> None:
    cat, asked, repeats = talk.say(CAT, "Pickwick needs his phosphorus watched.")
    talk.say("And the weather is fine.", "Lovely.", asked.conversation_id)
    _, _, elsewhere = talk.say(BOILER, "Like Pickwick with his kidney?", recalled=cat)
    plan = talk.memory.forgetting.plan(Forgetting((cat,)))
    assert plan.ids == (cat,)
    assert plan.made == 0
    assert plan.messages == (asked.id,)
    assert plan.answers == (repeats.id, elsewhere.id)
    assert plan.emptied == ()
    assert [(one.id, one.text, one.answer) for one in plan.said] == [
        (asked.id, CAT, False),
        (repeats.id, "Pickwick needs his phosphorus watched.", True),
        (elsewhere.id, "Like Pickwick with his kidney?", True),
    ]
    assert [one.text for one in plan.samples] == [CAT]
    assert len(talk.there()) == 3
    assert talk.memory.forgetting.plan(Forgetting()).ids == ()
    with pytest.raises(NotFound):
        talk.memory.forgetting.plan(Forgetting((99,)))
    with pytest.raises(NotFound):
        talk.memory.forgetting.plan(Forgetting(conversation=99))


@pytest.mark.parametrize(
    ("messages", "answers", "left"),
    [
        (False, False, [CAT, "Pickwick it is."]),
        (True, False, ["Pickwick it is."]),
        (False, True, [CAT]),
        (True, True, []),
    ],
)
def test_messages_and_answers_go_only_if_chosen(
    talk: Talk, messages: bool, answers: bool, left: list[str]
) -> None:
    cat, asked, _ = talk.say(CAT, "Pickwick it is.")
    kept, _, _ = talk.say(BOILER, "Fine.")
    done = talk.memory.forgetting.forget(Forgetting((cat,)), messages=messages, answers=answers)
    assert (done.episodes, done.messages, done.answers) == (1, messages, answers)
    for _ in range(2):  # hidden, then gone
        assert talk.texts(asked.conversation_id) == left
        assert len(talk.store.conversations()) == 2, "a chat goes only if that was chosen"
        assert talk.there() == {kept}
        talk.reopen()
    assert talk.found("kidney disease") == ([] if messages else ["kidney disease"])
    assert talk.found("Pickwick it is") == ([] if answers else ["Pickwick it is"])


def test_a_batch_comes_back_whole_within_its_minute(talk: Talk) -> None:
    cat, asked, _ = talk.say(CAT, "Pickwick it is.")
    talk.memory.saved_filters.save("Pickwick", EpisodeFilter(text="pickwick"), "newest")
    title = talk.store.conversation(asked.conversation_id).title
    done = talk.memory.forgetting.forget(
        Forgetting((cat,)), messages=True, answers=True, chats=True
    )
    assert talk.store.conversations() == ()
    assert talk.memory.saved_filters.all() == ()
    assert talk.memory.retrieval.recall(CAT, limit=3) == ()
    talk.clock.now += UNDO_SECONDS - 1
    assert talk.memory.purge() == 0
    assert talk.memory.forgetting.undo(done.batch) == done
    assert talk.texts(asked.conversation_id) == [CAT, "Pickwick it is."]
    assert talk.store.conversation(asked.conversation_id).title == title
    assert [one.name for one in talk.memory.saved_filters.all()] == ["Pickwick"]
    assert [one.episode.id for one in talk.memory.retrieval.recall(CAT, limit=3)] == [cat]
    assert talk.memory.purging.receipts.all() == ()
    again = talk.memory.forgetting.forget(Forgetting((cat,)), messages=True)
    talk.clock.now += UNDO_SECONDS
    with pytest.raises(UserError, match="minute is over"):
        talk.memory.forgetting.undo(again.batch)
    assert talk.memory.purge() == 1
    with pytest.raises(UserError, match="minute is over"):
        talk.memory.forgetting.undo(again.batch)


def test_two_batches_are_undone_each_by_itself(talk: Talk) -> None:
    first, _, _ = talk.say(CAT)
    second, _, _ = talk.say(BOILER)
    one = talk.memory.forgetting.forget(Forgetting((first,)))
    talk.clock.now += UNDO_SECONDS / 2
    two = talk.memory.forgetting.forget(Forgetting((second,)))
    talk.clock.now += UNDO_SECONDS / 2
    assert talk.memory.purge() == 1
    assert talk.memory.forgetting.undo(two.batch).episodes == 1
    assert talk.there() == {second}
    assert [receipt.batch for receipt in talk.memory.purging.receipts.all()] == [one.batch]


def test_a_title_made_of_a_message_goes_with_it(talk: Talk) -> None:
    cat, asked, _ = talk.say(CAT)
    _, other, _ = talk.say(BOILER, conversation=asked.conversation_id)
    renamed, _, _ = talk.say("Nothing of the kind.")
    named = talk.store.conversations()[0].id
    talk.store.rename_conversation(named, "Pickwick and the kidney disease")
    talk.memory.forgetting.forget(Forgetting((cat,)), messages=True)
    assert talk.store.conversation(asked.conversation_id).title.startswith("The boiler in")
    assert talk.store.conversation(named).title == "Nothing of the kind."
    talk.memory.close()
    assert talk.found("Pickwick") == []
    talk.open()
    assert talk.there() == {renamed, *talk.memory.query.ids(EpisodeFilter("boiler"))}
    assert talk.store.message(other.id).text == BOILER


def test_a_filter_stays_while_something_else_answers_to_it(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    talk.say("The food market opens on Saturdays.")
    talk.memory.saved_filters.save("food", EpisodeFilter(text="food"), "newest")
    talk.memory.saved_filters.save("health", EpisodeFilter(meaning="phosphorus and such"), "newest")
    talk.memory.forgetting.forget(Forgetting((cat,)))
    assert [one.name for one in talk.memory.saved_filters.all()] == ["food"]
    talk.memory.close()
    assert talk.found("phosphorus and such") == []
    talk.open()


def test_what_was_merged_goes_with_it_and_its_other_part_comes_back(talk: Talk) -> None:
    cat, asked, _ = talk.say(CAT)
    boiler, _, _ = talk.say(BOILER)
    merged = talk.memory.editing.merge([cat, boiler], "").id
    plan = talk.memory.forgetting.plan(Forgetting(conversation=asked.conversation_id))
    assert set(plan.ids) == {cat, merged}
    assert plan.own == (asked.id, asked.id + 1)
    assert plan.emptied == ()
    talk.memory.forgetting.forget(Forgetting(conversation=asked.conversation_id))
    assert talk.there() == set()
    talk.memory.purge(all=True)
    assert talk.there() == {boiler}
    assert [one.episode.id for one in talk.memory.retrieval.recall(BOILER, limit=3)] == [boiler]
    assert all(finding.ok for finding in talk.memory.findings(False))
    assert talk.found("phosphorus") == []


def test_forgetting_what_was_merged_forgets_its_parts(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    boiler, _, _ = talk.say(BOILER)
    kept, _, _ = talk.say(CODE)
    merged = talk.memory.editing.merge([cat, boiler], "Both.").id
    plan = talk.memory.forgetting.plan(Forgetting((merged,)))
    assert (plan.ids, plan.made, len(plan.messages)) == ((merged,), 2, 2)
    done = talk.memory.forgetting.forget(Forgetting((merged,)), messages=True)
    assert (done.episodes, done.messages) == (3, 2)
    talk.memory.close()
    assert talk.found("Pickwick", "boiler", "Both.") == []
    talk.open()
    assert talk.there() == {kept}


def test_a_piece_of_a_split_goes_without_the_other(talk: Talk) -> None:
    both, _, _ = talk.say(f"{CAT} {BOILER}")
    first, second = talk.memory.editing.split(both, (len(CAT) + 1,))
    done = talk.memory.forgetting.forget(Forgetting((first.id,)))
    assert done.episodes == 2, "with what it was split from"
    talk.memory.purge(all=True)
    assert talk.there() == {second.id}
    assert talk.memory.episodes([second.id])[0].text == BOILER


def test_a_span_and_everything_take_the_messages_of_that_time(talk: Talk) -> None:
    old, asked, _ = talk.say(CAT)
    began = talk.store.message(asked.id).created
    talk.clock.now = began
    new, later, _ = talk.say(BOILER)
    unkept = talk.store.add_message(later.conversation_id, "user", "Small talk.")
    plan = talk.memory.forgetting.plan(Forgetting(span=(began, began + 3600)))
    assert plan.ids == (new,)
    assert {later.id, unkept.id} <= set(plan.messages)
    talk.memory.forgetting.forget(
        Forgetting(span=(began, began + 3600)), messages=True, answers=True, chats=True
    )
    assert talk.there() == {old}
    everything = talk.memory.forgetting.forget(
        Forgetting(everything=True), messages=True, answers=True
    )
    assert everything.episodes == 1
    assert talk.store.conversations() == ()
    talk.memory.close()
    assert talk.found("Pickwick", "boiler", "Small talk", "Okay.") == []
    talk.open()


def test_earlier_tries_of_an_answer_go_with_it(talk: Talk) -> None:
    cat, asked, first = talk.say(CAT, "Pickwick it is.")
    talk.store.add_message(
        asked.conversation_id, "assistant", "So Pickwick, and his kidney.", replaces=first.id
    )
    done = talk.memory.forgetting.forget(Forgetting((cat,)), answers=True)
    assert done.answers == 2
    assert talk.texts(asked.conversation_id) == [CAT]
    talk.memory.close()
    assert talk.found("Pickwick it is", "and his kidney") == []
    talk.open()


def test_who_asked_to_forget_it_is_forgotten_with_the_message(talk: Talk) -> None:
    cat, told, _ = talk.say(CAT)
    asked = talk.store.add_message(
        told.conversation_id, "user", "Forget what I said about Pickwick", names=False
    )
    said = talk.store.add_message(told.conversation_id, "assistant", "Choose.", model=APP)
    plan = talk.memory.forgetting.plan(Forgetting((cat,)))
    assert plan.messages == (told.id, asked.id, said.id)


def test_questions_about_it_go_with_the_messages_and_other_things_told_stay(talk: Talk) -> None:
    cat, told, _ = talk.say(CAT)
    elsewhere = talk.store.create_conversation().id
    asked = talk.store.add_message(elsewhere, "user", "What does Pickwick have?")
    said = talk.store.add_message(elsewhere, "assistant", "", state="writing", model="tiny")
    given = [Recollection(one, 1.0, ()) for one in talk.memory.episodes([cat])]
    talk.memory.finish_turn(
        answer_id=said.id, answer_text="Pickwick has that.", state="complete", traces={},
        baselines={}, recollections=given, pinned=(),
    )  # fmt: skip
    ward, other, _ = talk.say(
        "The kidney disease ward is closed.", conversation=told.conversation_id
    )
    before = talk.store.create_conversation().id
    talk.store.add_message(before, "user", "I read the Pickwick Papers")
    plan = talk.memory.forgetting.plan(Forgetting((cat,)))
    assert plan.messages == (told.id, asked.id)
    assert [one.id for one in plan.emptied] == [elsewhere]
    talk.memory.forgetting.forget(Forgetting((cat,)), messages=True, answers=True, chats=True)
    assert talk.memory.episodes([ward])[0].sources[0].message_id == other.id
    assert elsewhere not in {one.id for one in talk.store.conversations()}


def test_messages_that_an_import_has_still_to_read(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    rows = [(1, 0, 1, "", "user", CAT, 1.0), (1, 1, 1, "", "user", BOILER, 1.0)]
    with talk.memory._database.writing() as connection:
        connection.execute("INSERT INTO import (at, name, source) VALUES (1, 'x', 'y')")
        connection.execute("INSERT INTO reading (import, name, total) VALUES (1, 'x', 2)")
        connection.executemany(
            "INSERT INTO reading_message VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", rows
        )

    def waiting() -> list[str]:
        with talk.memory._database.reading() as connection:
            return [row[0] for row in connection.execute("SELECT text FROM reading_message")]

    done = talk.memory.forgetting.forget(Forgetting((cat,)), messages=True)
    assert waiting() == [BOILER]
    talk.memory.forgetting.undo(done.batch)
    assert waiting() == [CAT, BOILER]
    talk.memory.forgetting.forget(Forgetting((cat,)), messages=True)
    talk.memory.close()
    assert talk.found("Pickwick") == []
    talk.open()


def test_what_is_hidden_is_in_no_list_history_or_judgement(talk: Talk) -> None:
    cat, asked, said = talk.say(CAT, "Pickwick it is.")
    talk.memory.verdicts.heard(asked.id)
    assert talk.memory.verdicts.unjudged()
    talk.memory.forgetting.forget(Forgetting((cat,)), messages=True)
    assert talk.texts(asked.conversation_id) == ["Pickwick it is."]
    assert talk.memory.verdicts.unjudged() == ()
    assert talk.memory.verdicts.heard_message(asked.id) is None
    assert [heard.message.id for heard in talk.memory.verdicts.hearings(10)] == []
    assert talk.memory.stats().messages == 1
    with pytest.raises(NotFound):
        talk.store.message(asked.id)
    assert talk.store.message(said.id).sources == ()


def test_an_episode_alone_is_not_read_again_from_its_message(talk: Talk) -> None:
    cat, asked, _ = talk.say(CAT)
    talk.memory.verdicts.heard(asked.id)
    talk.memory.forgetting.forget(Forgetting((cat,)))
    assert talk.memory.verdicts.unjudged() == ()


def test_a_memory_of_a_later_correction_is_named_and_keeps_its_text(talk: Talk) -> None:
    """The message with the correction holds what goes, so it goes, too; the memory from it stays."""
    code, told, _ = talk.say(CODE)
    newer, correction, _ = talk.say("Not 471109: the garage opens with 552200 now.")
    plan = talk.memory.forgetting.plan(Forgetting((code,)))
    assert plan.messages == (told.id, correction.id)
    assert [one.id for one in plan.sourceless] == [newer]
    # the answers repeat nothing, so no chat is left empty
    assert plan.answers == ()
    assert plan.emptied == ()
    talk.memory.forgetting.forget(Forgetting((code,)), messages=True)
    talk.memory.purge(all=True)
    (left,) = talk.memory.episodes([newer])
    assert left.sources == ()
    assert len(talk.store.conversations()) == 2


def test_which_choices_leave_a_chat_empty(talk: Talk) -> None:
    cat, asked, said = talk.say(CAT, "Pickwick it is.")
    plan = talk.memory.forgetting.plan(Forgetting((cat,)))
    (chat,) = plan.emptied
    assert (chat.id, chat.messages, chat.answers) == (asked.conversation_id, True, True)
    (chat,) = talk.memory.forgetting.plan(Forgetting((cat,), messages=(asked.id,))).emptied
    assert (chat.messages, chat.answers) == (False, True)
    assert said.id in plan.answers
