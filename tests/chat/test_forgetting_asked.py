"""ForgettingAsked: the app answers "forget that" itself, shows what matches, and forgets nothing."""

from __future__ import annotations

import pytest
from tests.chat.conftest import Talk, kept, on_disk

from nowprint.chat.forgetting_asked import CHOOSE, NOTHING
from nowprint.errors import UserError
from nowprint.events import Answer, AnswerText, ForgettingAsked, Started, Stored
from nowprint.inspection import Forgetting
from nowprint.records import APP

CAT = "Remember that my cat Pickwick has kidney disease."


def ids(talk: Talk) -> list[int]:
    (asked,) = talk.told(ForgettingAsked)
    assert isinstance(asked, ForgettingAsked)
    return [one.episode.id for one in asked.matches]


def test_that_is_what_the_last_turn_kept(talk: Talk) -> None:
    conversation = talk.new()
    talk.say(CAT, conversation)
    (stored,) = talk.told(Stored)
    assert isinstance(stored, Stored)
    answer = talk.say("Forget that.", conversation)
    assert [type(event) for event in talk.events] == [
        Started, AnswerText, ForgettingAsked, Answer, Stored
    ]  # fmt: skip
    assert answer.message.text == CHOOSE
    assert answer.message.model == APP
    assert answer.tokens == 0
    assert ids(talk) == [one.episode.id for one in stored.kept]
    assert len(kept(talk)) == 1, "nothing is forgotten by asking"


def test_about_something_is_what_recall_finds_of_it(talk: Talk) -> None:
    talk.say(CAT)
    talk.say("Remember that the boiler is serviced in May.")
    assert len(kept(talk)) == 2
    talk.say("Please forget what I said about Pickwick")
    (found,) = ids(talk)
    assert "Pickwick" in talk.memory.episodes([found])[0].text
    assert talk.say("Forget everything about zeppelins").message.text == NOTHING
    assert ids(talk) == []
    assert len(kept(talk)) == 2


def test_without_a_model_and_in_a_temporary_chat(talk: Talk) -> None:
    talk.chat.close()
    talk.closed = True
    conversation = talk.store.create_conversation().id
    assert talk.say("Forget that", conversation).message.text == NOTHING
    assert len(talk.store.messages(conversation)) == 2
    talk.memory.close()


def test_it_gives_no_title_and_stands_in_no_prompt(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = talk.new()
    talk.say("Forget what I said about the zygomorphic vault", conversation)
    assert talk.store.conversation(conversation).title == ""
    assert not talk.memory.verdicts.unjudged()
    talk.chat.idle()
    assert kept(talk) == []
    with pytest.raises(UserError, match="Nowprint itself"):
        talk.retry(conversation)
    talk.say("Hello there", conversation)
    assert talk.store.conversation(conversation).title == "Hello there"
    prompts: list[str] = []
    build = talk.chat.engine.build
    monkeypatch.setattr(
        talk.chat.engine,
        "build",
        lambda messages: prompts.append(repr(messages)) or build(messages),
    )
    talk.say("How are you?", conversation)
    assert "Hello there" in prompts[0]
    assert "zygomorphic" not in prompts[0]


def test_the_words_of_the_request_go_with_the_messages(talk: Talk) -> None:
    conversation = talk.new()
    talk.say("Remember that the zygomorphic vault opens with quetzalcoatl.", conversation)
    (id,) = (one.id for one in talk.memory.query.page(sort="oldest").episodes)
    talk.say("Forget what I said about the zygomorphic vault", conversation)
    plan = talk.memory.forgetting.plan(Forgetting((id,)))
    assert len(plan.messages) == 3, "what was told, what was asked, and the app's sentence"
    talk.memory.forgetting.forget(Forgetting((id,)), messages=True, answers=True)
    talk.close()
    assert on_disk(talk, "zygomorphic") == []
    assert on_disk(talk, "quetzalcoatl") == []
