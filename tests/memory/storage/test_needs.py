"""Recall learns from what the user says wasn't needed, and questions that found nothing are counted."""

from __future__ import annotations

import pytest

from nowprint.records import Episode, Message, Recollection

from ..conftest import CAT, CELLO, Draft, Profiled

WHAT_FOOD = "What does my cat eat?"


@pytest.fixture
def answered(home: Profiled, make_draft: Draft) -> tuple[Message, Episode]:
    """An answer for which the memory of the cat was recalled, and that memory."""
    home.memory.keep(make_draft(CELLO))
    home.memory.keep(make_draft(CAT))
    found = home.memory.retrieval.recall(WHAT_FOOD, limit=1)
    _, answer = home.turn(make_draft, recollections=found)
    return answer, found[0].episode


def recall(home: Profiled) -> tuple[Recollection, ...]:
    return home.memory.retrieval.recall(WHAT_FOOD, limit=3)


def evidence(home: Profiled, id: int) -> float:
    retrieval = home.memory.retrieval
    weighed = retrieval.weigh(WHAT_FOOD, retrieval.gather(WHAT_FOOD))
    return next(one.evidence for one in weighed if one.id == id)


def test_what_was_not_needed_needs_more_evidence_until_it_is_taken_back(
    home: Profiled, answered: tuple[Message, Episode]
) -> None:
    answer, cat = answered
    before = evidence(home, cat.id)
    assert home.memory.needs.bars([cat.id]) == {}
    said = home.memory.measurements.say_needed(answer.id, needed=False)
    assert [(one.episode_id, one.nats) for one in said] == [(cat.id, 0.0)]
    home.reopen()
    assert home.memory.needs.unneeded() == 1
    assert evidence(home, cat.id) < before - 0.01
    home.memory.measurements.say_needed(answer.id, needed=True)
    assert evidence(home, cat.id) == pytest.approx(before, abs=1e-3)
    assert home.memory.needs.unneeded() == 0


def test_the_memory_itself_is_brought_back_less_easily_than_others(
    home: Profiled, answered: tuple[Message, Episode]
) -> None:
    answer, cat = answered
    home.memory.measurements.say_needed(answer.id, needed=False)
    bars = home.memory.needs.bars([cat.id, cat.id - 1])
    assert bars[cat.id] > bars[cat.id - 1] > 0


def test_once_is_not_enough_to_silence_a_memory_but_often_is(
    home: Profiled, make_draft: Draft, answered: tuple[Message, Episode]
) -> None:
    answer, cat = answered
    home.memory.measurements.say_needed(answer.id, needed=False)
    assert [one.episode.id for one in recall(home)] == [cat.id]
    for _ in range(200):
        if not (found := recall(home)):
            break
        _, again = home.turn(make_draft, recollections=found)
        home.memory.measurements.say_needed(again.id, needed=False)
    assert recall(home) == ()


def test_the_sums_of_an_episode_follow(home: Profiled, answered: tuple[Message, Episode]) -> None:
    answer, cat = answered
    measurements = home.memory.measurements

    def sums() -> tuple[int, int, float]:
        (one,) = home.memory.episodes([cat.id])
        return one.measured, one.influential, one.influence

    measurements.say_needed(answer.id, needed=False)  # before it was measured
    assert sums() == (1, 0, 0.0)
    measurements.set_influence(answer.id, {cat.id: 6.0})
    assert sums() == (1, 0, 0.0)
    measurements.say_needed(answer.id, needed=True)
    assert sums() == (1, 1, 6.0)
    measurements.say_needed(answer.id, needed=False)
    measurements.say_needed(answer.id, needed=False)  # twice is once
    assert sums() == (1, 0, 0.0)
    assert [one.nats for one in measurements.influence(answer.id)] == [0.0]


def test_an_unmeasured_answer_is_unmeasured_again(
    home: Profiled, answered: tuple[Message, Episode]
) -> None:
    answer, cat = answered
    home.memory.measurements.say_needed(answer.id, needed=False)
    assert home.memory.measurements.say_needed(answer.id, needed=True) == ()
    assert home.memory.episodes([cat.id])[0].measured == 0


def test_what_was_said_goes_with_the_answer_and_with_the_memory(
    home: Profiled, answered: tuple[Message, Episode]
) -> None:
    answer, cat = answered
    home.memory.measurements.say_needed(answer.id, needed=False)
    home.memory.forget([cat.id])
    home.memory.purge(all=True)
    assert home.memory.needs.unneeded() == 0


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("When does my daughter's swimming lesson start?", 1),
        ("Wie heißt mein Zahnarzt noch mal?", 1),
        ("What is the capital of Mongolia?", 0),
        ("My daughter learns to swim.", 0),
    ],
)
def test_questions_about_the_user_that_found_nothing_are_counted(
    home: Profiled, make_draft: Draft, text: str, counted: int
) -> None:
    _, answer = home.turn(make_draft)
    home.memory.retrieval.found_nothing(answer.id, text)
    home.memory.retrieval.found_nothing(answer.id, text)
    assert home.memory.dashboard.dashboard().in_vain == counted
    home.store.delete_conversation(answer.conversation_id)
    assert home.memory.needs.in_vain() == 0
