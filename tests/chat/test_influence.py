"""What a recollection changed in an answer, on the real model."""

from __future__ import annotations

import pytest

from nowprint.events import InfluenceMeasured

from .conftest import Talk, pin

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
QUESTION = "What food does my cat Pickwick need?"


def ask(talk: Talk) -> int:
    talk.say(CAT)
    talk.set(answer_tokens=24)
    answer = talk.say(QUESTION)
    assert len(answer.sources) == 1
    return answer.message.id


def test_a_memory_that_the_answer_leans_on_mattered(talk: Talk) -> None:
    answer = ask(talk)
    assert talk.memory.measurements.influence(answer) == ()
    talk.chat.idle()
    (measured,) = talk.announced
    assert isinstance(measured, InfluenceMeasured)
    assert measured.answer_id == answer
    (influence,) = measured.influences
    assert influence.nats > 1
    assert talk.memory.measurements.influence(answer) == (influence,)
    (episode,) = talk.memory.episodes([influence.episode_id])
    assert (episode.recalled, episode.measured, episode.influential) == (1, 1, 1)
    talk.chat.idle()
    assert len(talk.announced) == 1  # once


def test_it_waits_while_somebody_waits_and_goes_on_later(talk: Talk) -> None:
    answer = ask(talk)
    talk.wanted.set()
    talk.chat.idle()
    assert talk.announced == []
    talk.wanted.clear()
    talk.chat.idle()
    assert [one.answer_id for one in talk.announced] == [answer]


def test_with_memory_off_nothing_waits_any_more(talk: Talk) -> None:
    ask(talk)
    talk.set(memory=False)
    talk.chat.idle()
    talk.set(memory=True)
    talk.chat.idle()
    assert talk.announced == []


def test_what_does_not_fit_beside_its_answer_is_not_measured(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = ask(talk)
    likelihood = talk.chat.engine.likelihood
    trace = talk.store.trace(answer)
    with monkeypatch.context() as small:
        small.setattr(likelihood, "size", len(trace) + 20)
        talk.chat.idle()
    talk.chat.idle()
    assert talk.announced == []


def test_what_is_forgotten_meanwhile_is_no_fault(talk: Talk) -> None:
    answer = ask(talk)
    (episode,) = talk.memory.query.page(sort="oldest").episodes
    talk.memory.forget([episode.id])
    talk.memory.purge(all=True)
    talk.chat.idle()
    assert talk.memory.measurements.influence(answer) == ()


def test_a_pinned_memory_is_told_always_and_not_measured(talk: Talk) -> None:
    pin(talk, CAT)
    talk.say(QUESTION)
    talk.chat.idle()
    assert talk.announced == []
