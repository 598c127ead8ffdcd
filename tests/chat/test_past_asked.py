"""The app answers questions about the past by itself: a list in order of time."""

from __future__ import annotations

import pytest
from tests.chat.conftest import Talk, kept, on_disk

from nowprint.chat.past_asked import overview
from nowprint.events import Answer, AnswerText, Recalled, Started, Stored
from nowprint.inspection import Forgetting
from nowprint.language.past_questions import PastQuestion
from nowprint.memory.browse.past import Past
from nowprint.records import APP, NewConversation

CAT = "Remember that my cat Pickwick has kidney disease."
VET = "Remember that Pickwick's vet is called Dr Oyelaran."


def test_a_list_with_its_sources(talk: Talk) -> None:
    talk.say(CAT)
    talk.say(VET)
    conversation = talk.new()
    answer = talk.say("What do you know about Pickwick?", conversation)
    assert [type(event) for event in talk.events] == [Started, AnswerText, Recalled, Answer, Stored]
    assert answer.message.model == APP
    assert answer.message.text.startswith("You told me 2 things about “Pickwick”, all on ")
    assert "kidney disease" in answer.message.text
    assert "Dr Oyelaran" in answer.message.text
    assert len(answer.sources) == 2
    (_, stored) = talk.store.messages(conversation)
    assert set(stored.sources) == set(answer.sources), "they are there after a restart, too"
    assert len(kept(talk)) == 2, "nothing is captured from the question"
    assert not talk.memory.verdicts.unjudged()


def test_edited_it_is_answered_again_and_tried_again_by_the_model(talk: Talk) -> None:
    talk.say(CAT)
    conversation = talk.new()
    talk.say("Hello there", conversation)
    asked = talk.say("What do you know about Pickwik?", conversation)
    assert asked.message.model != APP
    question = talk.store.messages(conversation)[-2]
    text = "What do you know about Pickwick?"
    edited = talk.chat.edit(question.id, text, talk.stop, talk.events.append)
    assert edited.message.model == APP
    assert [m.text for m in talk.store.messages(conversation)][-2:] == [text, edited.message.text]
    again = talk.retry(conversation)
    assert again.message.model != APP
    assert talk.store.messages(conversation)[-1].text == again.message.text


def test_in_a_chat_that_has_begun_the_model_answers_what_is_not_kept(talk: Talk) -> None:
    conversation = talk.new()
    talk.say("Hello there", conversation)
    assert talk.say("What did I tell you about my knee?", conversation).message.model != APP


def test_the_model_answers_what_was_never_told(talk: Talk) -> None:
    assert talk.say("What do you know about the Hanseatic League?").message.model != APP
    answer = talk.say("When did I last mention my knee?")
    assert answer.message.model == APP
    assert answer.message.text == "I remember nothing that you told me about “my knee”."


@pytest.mark.parametrize("how", ["memory off", "chat that recalls nothing", "temporary"])
def test_the_model_answers_where_nothing_is_recalled(talk: Talk, how: str) -> None:
    talk.say(CAT)
    if how == "memory off":
        talk.set(memory=False)
    new = NewConversation(temporary=how == "temporary", recalls=how != "chat that recalls nothing")
    conversation = talk.chat.create_conversation(new).id
    assert talk.say("What do you know about Pickwick?", conversation).message.model != APP


def test_the_list_is_forgotten_with_what_it_tells(talk: Talk) -> None:
    talk.say("Remember that the zygomorphic vault opens with quetzalcoatl.")
    talk.say("What do you know about the vault?")
    (id,) = (one.id for one in talk.memory.query.page(sort="oldest").episodes)
    plan = talk.memory.forgetting.plan(Forgetting((id,)))
    (answer,) = (a.id for a in talk.store.messages(2) if a.model == APP)
    assert answer in plan.answers
    talk.memory.forgetting.forget(Forgetting((id,)), messages=True, answers=True)
    talk.close()
    assert on_disk(talk, "quetzalcoatl") == []


def test_signs_of_markdown_stay_signs(talk: Talk) -> None:
    talk.say("Remember that the gate's code is *three* [stars] and a #.")
    text = talk.say("What have I told you about the gate?").message.text
    assert r"is \*three\* \[stars\] and a \#." in text


def test_nothing_in_that_time() -> None:
    asked = PastQuestion("the flat", ((0.0, 1.0),), told=True)
    assert (
        overview(asked, Past((), 0))
        == "I remember nothing that you told me about “the flat” in that time."
    )
