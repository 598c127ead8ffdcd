"""The wording of recollections is measured for each model, once, when nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from nowprint.chat.prompt import wording_choice as module
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.chat.prompt.wording import Recalled, wording
from nowprint.chat.prompt.wording_choice import LEAST_GAIN, Pair, WordingChoice, pairs
from nowprint.engine.engine import Engine

from .conftest import Talk

FIRST, SECOND, *_ = wording().recalled


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """The starter model counts as one that the user brought."""
    monkeypatch.setattr(module, "starter_model", lambda: Path("another.gguf"))


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[str]]:
    """Makes the second wording better than the others by so many nats; returns the names of what is
    measured."""

    def better(nats: float) -> list[str]:
        measured: list[str] = []

        def share(
            _engine: Engine, _builder: PromptBuilder, one: Recalled, _pair: Pair, wanted: Event
        ) -> float | None:
            if wanted.is_set():
                return None
            measured.append(one.name)
            return -3.0 + nats * (one == SECOND)

        monkeypatch.setattr(module, "_share", share)
        return measured

    return better


@pytest.mark.usefixtures("foreign")
def test_a_clearly_better_wording_is_used_from_then_on(
    talk: Talk, shares: Callable[[float], list[str]]
) -> None:
    measured = shares(LEAST_GAIN + 0.01)
    talk.chat.idle()
    assert talk.chat.builder.recalled == SECOND
    assert len(measured) == len(pairs()) * len(wording().recalled)
    talk.chat.idle()
    talk.chat.borrow(talk.chat.engine)  # as after the next start
    talk.chat.idle()
    assert talk.chat.builder.recalled == SECOND
    assert len(measured) == len(pairs()) * len(wording().recalled), "once"


@pytest.mark.usefixtures("foreign")
def test_a_little_better_is_not_enough(talk: Talk, shares: Callable[[float], list[str]]) -> None:
    shares(LEAST_GAIN - 0.01)
    talk.chat.idle()
    assert talk.chat.builder.recalled == FIRST
    assert talk.store.wording(talk.chat.engine.model.id) == FIRST.name


@pytest.mark.usefixtures("foreign")
def test_measuring_gives_way_and_goes_on_later(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def share(*arguments: object) -> float | None:
        if talk.wanted.is_set():
            return None
        measured.append("one")
        if len(measured) == 3:
            talk.wanted.set()
        return -1.0

    monkeypatch.setattr(module, "_share", share)
    talk.chat.idle()
    assert (len(measured), talk.store.wording(talk.chat.engine.model.id)) == (3, "")
    talk.wanted.clear()
    talk.chat.idle()
    assert len(measured) == len(pairs()) * len(wording().recalled)


def test_the_starter_model_keeps_its_own(talk: Talk, shares: Callable[[float], list[str]]) -> None:
    assert shares(9.0) == []
    talk.chat.idle()
    assert talk.chat.builder.recalled == FIRST


@pytest.mark.usefixtures("foreign")
def test_a_model_that_fails_keeps_the_first(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fail(*_arguments: object) -> float:
        tries.append(1)
        raise RuntimeError("llama.cpp")

    logged: list[Exception] = []
    monkeypatch.setattr(module, "_share", fail)
    monkeypatch.setattr(module, "log", logged.append)
    talk.chat.idle()
    talk.chat.idle()
    assert (talk.chat.builder.recalled, len(tries), len(logged)) == (FIRST, 1, 1)


def test_what_is_addressed_to_the_user_makes_the_right_answer_likelier(talk: Talk) -> None:
    choice, builder = WordingChoice(talk.store), talk.chat.builder
    verbatim = Recalled("verbatim", False, FIRST.text)
    pair = pairs()[0]
    shares = [
        module._share(talk.chat.engine, builder, one, pair, Event()) for one in (FIRST, verbatim)
    ]
    assert shares[0] is not None
    assert shares[1] is not None
    assert shares[0] > shares[1]
    assert builder.recalled == choice.of(talk.chat.engine)
