"""Turns on the real model, embedder, store and memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from nowprint.chat.chat import TEMPORARY_IDS
from nowprint.engine.generation import Prefilled, Prompt
from nowprint.engine.template import PromptMessage
from nowprint.events import (
    Answer,
    AnswerText,
    HistoryTrimmed,
    Progress,
    Recalled,
    Started,
    Stored,
    TurnEvent,
)
from nowprint.language.addressing import addressed

from .conftest import Talk, kept, on_disk, pin

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
FERRY = "My sister Ingrid lives in Tromsø and works on a ferry."


@pytest.fixture
def prompts(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> list[tuple[PromptMessage, ...]]:
    """Every prompt that an answer was written to, as it was built; not those it is compared with."""
    engine = talk.chat.engine
    seen: list[tuple[PromptMessage, ...]] = []
    built: list[tuple[Prompt, tuple[PromptMessage, ...]]] = []
    build, prefill = engine.build, engine.prefill

    def note(messages: Sequence[PromptMessage]) -> Prompt:
        built.append((build(messages), tuple(messages)))
        return built[-1][0]

    def read(prompt: Prompt, *arguments: Any, **more: Any) -> Prefilled:
        seen.append(next(messages for one, messages in built if one is prompt))
        return prefill(prompt, *arguments, **more)

    monkeypatch.setattr(engine, "build", note)
    monkeypatch.setattr(engine, "prefill", read)
    return seen


def recalled_text(prompt: tuple[PromptMessage, ...]) -> str:
    return "".join(
        part.text
        for message in prompt
        for part in message.parts
        if part.origin in ("recalled", "pinned")
    )


# --- a turn ------------------------------------------------------------------------------------


def test_a_turn_s_events_come_in_order_and_what_they_tell_is_stored(talk: Talk) -> None:
    there: list[TurnEvent] = []

    def look(event: TurnEvent) -> None:
        """Whatever an event acknowledges is in the store when it comes."""
        if isinstance(event, Started):
            assert talk.store.message(event.message.id) == event.message
            assert talk.store.message(event.answer.id).state == "writing"
        if isinstance(event, Answer):
            assert talk.store.message(event.message.id) == event.message
        if isinstance(event, Stored):
            assert [k.episode.text for k in event.kept] == kept(talk) == [CAT]
        there.append(event)

    talk.on_event = look
    conversation = talk.new()
    answer = talk.say(CAT, conversation)
    assert there == talk.events
    kinds = [type(event) for event in talk.events if not isinstance(event, Progress)]
    assert kinds[:2] == [Started, Recalled]
    assert kinds[-2:] == [Answer, Stored]
    assert set(kinds[2:-2]) == {AnswerText}

    assert answer == talk.events[-2]
    texts = [event for event in talk.events if isinstance(event, AnswerText)]
    assert "".join(event.text for event in texts) == answer.message.text != ""
    assert [event.tokens for event in texts] == sorted(event.tokens for event in texts)
    assert answer.tokens == texts[-1].tokens <= 8
    assert answer.context_used >= answer.prompt_tokens > 0
    assert answer.tokens_per_second > 0
    assert answer.finish in ("end", "length")
    stored = talk.store.messages(conversation)
    assert [(m.role, m.text, m.state) for m in stored] == [
        ("user", CAT, "complete"),
        ("assistant", answer.message.text, "complete"),
    ]
    assert stored[1].model == talk.chat.engine.info.name


def test_traces_and_baselines_are_kept_of_both_speakers(talk: Talk) -> None:
    answer = talk.say(CAT)
    (started,) = talk.told(Started)
    assert isinstance(started, Started)
    heard = talk.store.trace(started.message.id)
    assert "".join(CAT[t.start : t.end] for t in heard) == CAT
    said = talk.store.trace(answer.message.id)
    assert "".join(answer.message.text[t.start : t.end] for t in said) == answer.message.text
    model = talk.chat.engine.info.id
    assert talk.store.baselines(model, "user")
    assert talk.store.baselines(model, "assistant")


def test_a_new_conversation_recalls_and_says_what_it_was_given(
    talk: Talk, prompts: list[tuple[PromptMessage, ...]]
) -> None:
    talk.say(CAT)
    (stored,) = talk.told(Stored)
    assert isinstance(stored, Stored)
    (cat,) = (k.episode.id for k in stored.kept)
    talk.say(FERRY)
    pinned = pin(talk, "I take no sugar in my coffee.")
    answer = talk.say("What does my cat need to eat?")
    (recalled,) = talk.told(Recalled)
    assert isinstance(recalled, Recalled)
    assert cat in [r.episode.id for r in recalled.memories]
    assert answer.sources == (*(r.episode.id for r in recalled.memories), pinned)
    # sources are what entered the prompt, and nothing else is
    given = recalled_text(prompts[-1])
    for episode in talk.memory.query.page(sort="oldest").episodes:
        said = episode.text if episode.id == pinned else addressed(episode.text)
        assert (said in given) is (episode.id in answer.sources)
    assert talk.store.message(answer.message.id).sources == answer.sources
    assert talk.memory.detail(cat).episode.recalled == 1
    assert [m.id for m in talk.memory.detail(cat).answers] == [answer.message.id]


def test_what_the_prompt_holds_already_is_not_recalled(
    talk: Talk, prompts: list[tuple[PromptMessage, ...]]
) -> None:
    conversation = talk.new()
    talk.say(CAT, conversation)
    answer = talk.say("What does my cat need to eat?", conversation)
    assert answer.sources == ()
    fed = "My cat Pickwick eats his food at six."
    pinned = pin(talk, fed)
    answer = talk.say("What does my cat need to eat?")
    assert answer.sources[-1] == pinned
    assert len(answer.sources) == len(set(answer.sources)) == 2
    assert recalled_text(prompts[-1]).count(fed) == 1


def test_what_was_corrected_is_recalled_though_the_history_holds_its_source(talk: Talk) -> None:
    conversation = talk.new()
    talk.say(CAT, conversation)
    (episode,) = talk.memory.query.page(sort="oldest").episodes
    talk.memory.edit(episode.id, "My cat Pickwick needs the food for old dogs.")
    answer = talk.say("What does my cat need to eat?", conversation)
    assert answer.sources == (episode.id,)


def test_recalled_text_leaves_no_new_episode(talk: Talk) -> None:
    talk.say(CAT)
    talk.say("What does my cat need to eat?")
    assert kept(talk) == [CAT]


def test_the_cache_is_reused_from_turn_to_turn(talk: Talk) -> None:
    conversation = talk.new()
    first = talk.say("What is a heron?", conversation)
    second = talk.say("And a stork?", conversation)
    assert second.reused_tokens > 0.9 * first.prompt_tokens


def test_a_reply_is_kept_with_the_question_before_it(talk: Talk) -> None:
    conversation = talk.new()
    talk.store.add_message(conversation, "user", "Hello there.")
    talk.store.add_message(conversation, "assistant", "Hello! Where did you grow up?")
    talk.say("In Görlitz, near the river.", conversation)
    assert kept(talk) == ["Where did you grow up?\nIn Görlitz, near the river."]


def test_an_answer_pasted_back_is_no_news_even_when_the_prompt_lost_it(talk: Talk) -> None:
    conversation = talk.new()
    said = "My advice: feed Pickwick in our kitchen, and let Dr. Alvarez see him in May."
    talk.store.add_message(conversation, "user", "Hello.")
    talk.store.add_message(conversation, "assistant", said)
    for n in range(3):
        talk.store.add_message(conversation, "user", f"{n} " + "What about herons? " * 30)
        talk.store.add_message(conversation, "assistant", "They wait.")
    talk.say(said, conversation)
    (trimmed,) = talk.told(HistoryTrimmed)
    assert isinstance(trimmed, HistoryTrimmed)
    assert trimmed.messages >= 2
    assert kept(talk) == []


# --- memory off, temporary ---------------------------------------------------------------------


def test_with_memory_off_nothing_is_kept_and_nothing_comes_back(talk: Talk) -> None:
    talk.say(CAT)
    pin(talk, "I take no sugar in my coffee.")
    talk.chat.settings = replace(talk.chat.settings, memory=False)
    answer = talk.say("What does my cat need to eat?")
    assert (answer.sources, talk.told(Recalled)) == ((), [Recalled(())])
    talk.say(f"Remember this: {FERRY}")
    assert talk.stored() == [[]]
    assert FERRY not in kept(talk)
    (started,) = talk.told(Started)
    assert isinstance(started, Started)
    assert not talk.store.has_trace(started.message.id)


def test_a_temporary_conversation_leaves_nothing_on_disk(talk: Talk) -> None:
    talk.say(CAT)
    conversation = talk.new(temporary=True)
    secret = f"Remember this: my cat's vet is Dr. Quisquilla. {FERRY}"
    answer = talk.say(secret, conversation)
    assert answer.message.text
    assert min(conversation, answer.message.id) >= TEMPORARY_IDS
    assert (talk.told(Recalled), talk.stored()) == ([Recalled(())], [[]])
    talk.say("What is my vet's name?", conversation)
    again = talk.retry(conversation)
    assert [m.text for m in talk.chat.store_of(conversation).messages(conversation)][::2] == [
        secret,
        "What is my vet's name?",
    ]
    assert again.message.replaces is not None
    assert (on_disk(talk, "Quisquilla"), on_disk(talk, "Ingrid")) == ([], [])
    talk.close()
    assert (on_disk(talk, "Quisquilla"), on_disk(talk, "Ingrid")) == ([], [])
    assert on_disk(talk, "Pickwick")


def test_what_changed_is_no_echo_of_what_it_changed(talk: Talk) -> None:
    """Recall brings the old one to the message that tells the new one, in almost the same words."""
    talk.say("The opening of our new shop is on April 3.")
    answer = talk.say("The opening of our new shop moved to April 17.")
    assert answer.sources
    assert [(span.text, span.kept) for span in talk.chat.preview(0.75, 10).spans] == [
        ("The opening of our new shop moved to April 17.", True),
        ("The opening of our new shop is on April 3.", True),
    ]


def test_what_is_asked_to_be_remembered_teaches_what_is_worth_it(talk: Talk) -> None:
    conversation = talk.new()
    talk.say("Remember this: the blue door's code is 7214.", conversation)
    talk.retry(conversation)
    state = talk.chat.judge.state()
    assert (state.worth, state.not_worth) == (1, 0)
    assert any(weight.learned > weight.starting for weight in state.weights)
