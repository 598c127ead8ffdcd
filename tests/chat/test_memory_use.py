"""A conversation that recalls nothing, captures nothing, or belongs to a project."""

from __future__ import annotations

import pytest

from nowprint.chat.chat import TEMPORARY_IDS
from nowprint.errors import UserError
from nowprint.events import Started, TurnEvent
from nowprint.records import NewConversation

from .conftest import Talk, kept, pin
from .test_chat import CAT, FERRY

EATS = "What does my cat need to eat?"


def traces(talk: Talk) -> int:
    return int(talk.store.database.value("SELECT count(*) FROM trace"))


def told_in(talk: Talk, **use: bool) -> int:
    """A conversation with its switches set."""
    id = talk.new()
    talk.chat.use_memory(id, **({"recalls": True, "captures": True} | use))
    return id


def test_nothing_is_recalled_or_pinned_where_recalling_is_off(talk: Talk) -> None:
    talk.say(CAT)
    pin(talk, "I take no sugar in my coffee.")
    conversation = told_in(talk, recalls=False)
    answer = talk.say(f"{EATS} {FERRY}", conversation)
    assert answer.sources == ()
    assert talk.store.message(answer.message.id).sources == ()
    assert FERRY in kept(talk)
    shown = talk.store.conversation(conversation)
    assert (shown.recalls, shown.captures) == (False, True)
    talk.chat.use_memory(conversation, recalls=True, captures=True)
    assert len(talk.say("And my coffee?", conversation).sources) > 0


def test_nothing_is_captured_where_capturing_is_off(talk: Talk) -> None:
    talk.say(CAT)
    before = traces(talk)
    baselines = talk.store.database.value("SELECT group_concat(hex(data)) FROM baseline")
    conversation = told_in(talk, captures=False)
    talk.say(f"Remember that {FERRY}", conversation)
    assert talk.stored() == [[]]
    answer = talk.say(EATS, conversation)
    assert len(answer.sources) == 1  # it is only not captured from
    talk.chat.idle()
    assert kept(talk) == [CAT]
    assert traces(talk) == before
    assert talk.store.database.value("SELECT group_concat(hex(data)) FROM baseline") == baselines
    assert talk.memory.verdicts.unjudged() == ()


def test_what_waits_to_be_judged_is_let_go_when_capturing_ends(talk: Talk) -> None:
    talk.wanted.set()  # so that nothing is judged after the answer
    conversation = talk.new()
    talk.say(CAT, conversation)
    assert len(talk.memory.verdicts.unjudged()) == 1
    talk.chat.use_memory(conversation, recalls=True, captures=False)
    talk.wanted.clear()
    talk.chat.idle()
    assert kept(talk) == []


def test_capturing_may_end_while_the_answer_is_written(talk: Talk) -> None:
    conversation = talk.new()

    def end(event: TurnEvent) -> None:
        if isinstance(event, Started):
            talk.chat.use_memory(conversation, recalls=True, captures=False)

    talk.on_event = end
    talk.say(CAT, conversation)
    talk.chat.idle()
    assert kept(talk) == []
    assert traces(talk) == 0


def test_a_project_s_conversation_keeps_its_own(talk: Talk) -> None:
    project = talk.memory.projects.create("Pets").id
    conversation = talk.new()
    assert talk.chat.move_conversation(conversation, project).project == project
    talk.say(CAT, conversation)
    (episode,) = talk.memory.query.page().episodes
    assert episode.project == project
    talk.memory.pin([episode.id], True)
    assert talk.say(EATS).sources == ()
    elsewhere = talk.new()
    talk.chat.move_conversation(elsewhere, project)
    assert talk.say(EATS, elsewhere).sources == (episode.id,)


def test_a_temporary_chat_uses_no_memory_and_can_t(talk: Talk) -> None:
    temporary = talk.chat.create_conversation(NewConversation(True))
    assert temporary.id >= TEMPORARY_IDS
    assert (temporary.recalls, temporary.captures) == (False, False)
    with pytest.raises(UserError, match="another chat"):
        talk.chat.use_memory(temporary.id, recalls=True, captures=True)
    with pytest.raises(UserError, match="another chat"):
        talk.chat.move_conversation(temporary.id, None)


def test_each_conversation_says_whether_the_model_thinks(talk: Talk) -> None:
    thinks, quick = talk.new(), talk.new()
    temporary = talk.new(temporary=True)
    for id in (quick, temporary):
        assert not talk.chat.store_of(id).think(id, False).thinks
    told = []
    for id in (thinks, quick, temporary):
        talk.say("Hello", id)
        told.append(talk.chat.engine.thinks)
    assert told == [True, False, False]
    talk.set(think=False)
    assert not talk.store.conversation(talk.new()).thinks
    made = talk.chat.create_conversation(NewConversation(thinks=True))
    assert made.thinks
    assert talk.store.conversation(thinks).thinks
