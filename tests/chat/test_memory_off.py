"""Memory that is switched off while a turn runs, on the real model: from then on nothing of it is captured,
and nothing comes back."""

from __future__ import annotations

from typing import Any

import pytest

from nowprint.chat import judge
from nowprint.errors import MessageTooLong
from nowprint.events import Answer, AnswerText, Recalled, Resonated, Started, TurnEvent

from .conftest import Talk, kept, pin
from .test_chat import CAT, FERRY
from .test_memory_use import EATS, traces


def switch_off(talk: Talk) -> None:
    """As the core does, and on again at once: what was switched off in a turn stays off in it."""
    talk.set(memory=False)
    talk.chat.let_go()
    talk.set(memory=True)


@pytest.mark.parametrize("kind", [Started, Recalled, AnswerText, Answer])
@pytest.mark.parametrize("text", [CAT, f"{FERRY} Remember this: {CAT}"])
def test_nothing_of_the_turn_is_captured_from_then_on(talk: Talk, kind: type, text: str) -> None:
    there: list[tuple[list[str], int]] = []

    def switch(event: TurnEvent) -> None:
        if isinstance(event, kind) and not there:
            switch_off(talk)
            there.append((kept(talk), traces(talk)))

    talk.on_event = switch
    answer = talk.say(text)
    assert answer.message.state == "complete"
    talk.chat.idle()
    assert [(kept(talk), traces(talk))] == there
    assert talk.memory.verdicts.unjudged() == ()
    talk.on_event = lambda _: None
    talk.say(FERRY)
    assert FERRY in kept(talk)


def test_what_is_judged_just_then_is_let_go(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    framed = judge.framed

    def judged(*arguments: Any, **options: Any) -> Any:
        scores = framed(*arguments, **options)
        switch_off(talk)
        return scores

    with monkeypatch.context() as patch:
        patch.setattr(judge, "framed", judged)
        talk.say(CAT)
    assert talk.stored() == [[]]
    talk.chat.idle()
    assert (kept(talk), talk.memory.verdicts.unjudged()) == ([], ())


def test_what_was_said_before_waits_until_memory_is_on_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it is judged just then, when nothing else waits."""
    talk.wanted.set()
    talk.say(CAT)
    talk.wanted.clear()
    framed = judge.framed

    def judged(*arguments: Any, **options: Any) -> Any:
        scores = framed(*arguments, **options)
        talk.set(memory=False)
        talk.chat.let_go()
        return scores

    with monkeypatch.context() as patch:
        patch.setattr(judge, "framed", judged)
        talk.chat.idle()
    assert (kept(talk), len(talk.memory.verdicts.unjudged())) == ([], 1)
    talk.set(memory=True)
    talk.chat.idle()
    assert (kept(talk), talk.memory.verdicts.unjudged()) == ([CAT], ())


def test_nothing_comes_back_when_it_is_switched_off_before_recall(talk: Talk) -> None:
    talk.say(CAT)
    pin(talk, "I take no sugar in my coffee.")
    talk.on_event = lambda event: switch_off(talk) if isinstance(event, Started) else None
    answer = talk.say(EATS)
    assert (answer.sources, talk.told(Recalled)) == ((), [Recalled(())])
    assert talk.store.message(answer.message.id).sources == ()
    talk.on_event = lambda _: None
    assert len(talk.say(EATS).sources) == 2


def test_nothing_comes_back_when_it_is_switched_off_while_recalling(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.say(CAT)
    pin(talk, "I take no sugar in my coffee.")
    recall = talk.memory.retrieval.recall
    found: list[int] = []

    def recalled(*arguments: Any, **options: Any) -> Any:
        recollections = recall(*arguments, **options)
        found.append(len(recollections))
        switch_off(talk)
        return recollections

    monkeypatch.setattr(talk.memory.retrieval, "recall", recalled)
    answer = talk.say(EATS)
    assert found == [1]
    assert (answer.sources, talk.told(Recalled)) == ((), [Recalled(())])


def test_what_came_back_before_is_named_but_not_counted(talk: Talk) -> None:
    talk.say(CAT)
    talk.on_event = lambda event: switch_off(talk) if isinstance(event, AnswerText) else None
    answer = talk.say(EATS)
    (episode,) = talk.memory.query.page().episodes
    assert answer.sources == talk.store.message(answer.message.id).sources == (episode.id,)
    assert episode.recalled == 0
    talk.chat.idle()
    assert talk.memory.measurements.influence(answer.message.id) == ()


def test_nothing_comes_into_the_answer_while_it_is_written(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.set(keep=1.0)
    talk.say(FERRY)
    talk.set(recall_limit=0, answer_tokens=40, resonate_while_writing=True)
    monkeypatch.setattr("nowprint.chat.signature_resonance.ENOUGH", 0.0)
    ferries = "Tell me about ferries in three short sentences."
    assert len(talk.say(ferries).sources) == 1
    talk.on_event = lambda event: switch_off(talk) if isinstance(event, Resonated) else None
    assert talk.say(ferries).sources == ()
    assert len(talk.told(Resonated)) == 1


def test_the_room_for_an_answer_is_that_of_the_settings(talk: Talk) -> None:
    """Also when they change after the model was loaded."""
    talk.set(memory=False)  # else each of the 54 sentences is judged
    long = "A heron stood in the lake. " * 54
    assert talk.say(long).message.state == "complete"
    talk.set(answer_tokens=128)
    with pytest.raises(MessageTooLong):
        talk.say(long)
