"""What is done about a turn once its answer is committed, and what fails then, on the real model."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from nowprint.chat import judge
from nowprint.engine import sequences
from nowprint.errors import ModelFileError, ProfileError
from nowprint.events import Answer, Notice, Started, Stored, TurnEvent

from .conftest import Talk, kept

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
FERRY = "My sister Ingrid lives in Tromsø and works on a ferry."


def load_another(talk: Talk) -> None:
    """An engine of its own, that nothing has been judged with."""
    talk.chat.load_model(str(talk.chat.engine.model.path), lambda _: None)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """The kinds of faults that went to the log."""
    kinds: list[type] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, fault, trace: kinds.append(kind))
    return kinds


def unjudged(talk: Talk) -> list[str]:
    return [message.text for message in talk.memory.verdicts.unjudged()]


def fail(fault: Exception) -> Any:
    def failing(*_: object, **__: object) -> Any:
        raise fault

    return failing


@pytest.mark.parametrize(
    "fault", [RuntimeError("llama_decode"), MemoryError(), ProfileError("full"), ModelFileError("")]
)
def test_a_fault_in_judging_costs_the_turn_nothing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, logged: list[type], fault: Exception
) -> None:
    with monkeypatch.context() as failing:
        failing.setattr(judge, "framed", fail(fault))
        answer = talk.say(CAT)
    assert talk.store.message(answer.message.id).state == "complete"
    assert [type(event) for event in talk.events[-2:]] == [Answer, Stored]
    assert logged == [] if isinstance(fault, ModelFileError) else [type(fault)]
    assert (kept(talk), unjudged(talk)) == ([], [CAT])
    talk.chat.idle()
    assert (kept(talk), unjudged(talk)) == ([CAT], [])


@pytest.mark.parametrize("kind", [Answer, Stored])
def test_a_committed_answer_stays_as_it_is_when_telling_it_fails(talk: Talk, kind: type) -> None:
    def broken(event: TurnEvent) -> None:
        if isinstance(event, kind):
            raise OSError("gone")

    talk.on_event = broken
    with pytest.raises(OSError, match="gone"):
        talk.say(CAT)
    (started,) = talk.told(Started)
    assert isinstance(started, Started)
    assert talk.store.message(started.answer.id).state == "complete"


def test_whoever_waits_ends_the_judging_and_it_is_made_up_for(talk: Talk) -> None:
    talk.on_event = lambda event: talk.wanted.set() if isinstance(event, Answer) else None
    answer = talk.say(CAT)
    assert answer.message.state == "complete"
    assert talk.stored() == [[]]
    assert (kept(talk), unjudged(talk)) == ([], [CAT])
    talk.wanted.clear()
    talk.chat.idle()
    assert (kept(talk), unjudged(talk)) == ([CAT], [])
    assert [type(event) for event in talk.announced] == [Stored]


def test_the_first_judgement_finds_the_frames_read(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_another(talk)
    talk.chat.idle()
    inner = talk.chat.engine.likelihood._sequences
    counts: list[int] = []
    read = inner.read
    monkeypatch.setattr(inner, "read", lambda p: (counts.append(len(p)), read(p))[1])
    talk.say(CAT)
    assert kept(talk) == [CAT]
    assert 0 < sum(counts) < 100  # the frames have hundreds


def test_a_message_that_cannot_be_judged_holds_up_no_other(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, logged: list[type]
) -> None:
    talk.wanted.set()
    for text in (FERRY, CAT):
        talk.say(text)
    talk.wanted.clear()
    framed = judge.framed

    def odd(engine: Any, text: str, *others: Any) -> Any:
        return framed(engine, text, *others) if text == CAT else fail(ValueError())()

    with monkeypatch.context() as failing:
        failing.setattr(judge, "framed", odd)
        talk.chat.idle()
        assert (kept(talk), unjudged(talk), logged) == ([CAT], [FERRY], [ValueError])
        talk.chat.idle()
    assert logged == [ValueError]  # not again and again


def test_what_could_not_be_saved_is_tried_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, logged: list[type]
) -> None:
    talk.wanted.set()
    for text in (FERRY, CAT):
        talk.say(text)
    talk.wanted.clear()
    with monkeypatch.context() as full:
        full.setattr(talk.memory, "judge", fail(ProfileError("full")))
        talk.chat.idle()
    assert (kept(talk), logged) == ([], [ProfileError])
    talk.chat.idle()
    assert (kept(talk), unjudged(talk)) == ([FERRY, CAT], [])


def test_without_room_for_judging_the_chat_goes_on_and_says_so_once(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, logged: list[type]
) -> None:
    load_another(talk)
    with monkeypatch.context() as full:
        full.setattr(sequences.llama_cpp, "llama_init_from_model", lambda *_: None)
        answer = talk.say(CAT)
        assert answer.message.state == "complete"
        for _ in range(3):
            talk.chat.idle()
        assert talk.say(FERRY).message.state == "complete"
        talk.chat.idle()
    assert (kept(talk), unjudged(talk), logged) == ([], [CAT, FERRY], [])
    (notice,) = talk.announced
    assert isinstance(notice, Notice)
    assert "not enough memory" in notice.text
    load_another(talk)
    talk.chat.idle()
    assert kept(talk) == [CAT, FERRY]


# --- the model that is loaded -------------------------------------------------------------------


def test_a_model_is_closed_when_nothing_finds_it_any_more(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_another(talk)
    before = talk.chat.engine
    close = before.close
    there: list[bool] = []
    monkeypatch.setattr(
        before, "close", lambda: (there.append(talk.chat.engine is before), close())
    )
    talk.chat.load_model(str(before.model.path), lambda _: None)
    assert there == [False]


def test_a_preview_asks_llama_nothing(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.say(CAT)
    usual = talk.chat.preview(0.75, 10)
    assert usual.kept == 1
    monkeypatch.setattr(talk.chat.engine.model, "info", fail(AssertionError()))
    assert talk.chat.preview(0.75, 10) == usual


# --- influence ---------------------------------------------------------------------------------


def test_an_answer_that_cannot_be_measured_holds_up_no_other(
    talk: Talk, logged: list[type]
) -> None:
    talk.say(CAT)
    answer = talk.say("What food does my cat Pickwick need?")
    waiting = talk.chat._influence._waiting
    (good,) = waiting
    waiting.append(replace(good, answer_id=99, tokens=(10**9,)))
    talk.chat.idle()
    assert [one.answer_id for one in talk.announced] == [answer.message.id]
    assert (len(waiting), logged) == (0, [IndexError])
