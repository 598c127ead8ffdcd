"""Whole turns with models of odd vocabularies: answered, heard, judged, kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nowprint.engine.engine import Engine

from ..engine.tiny_gguf import EVERY, WHOLE
from .conftest import Talk, kept

FACT = "My cat Zoë has kidney disease and needs the low phosphorus food."
ASKED = "What does my cat need to eat?"


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(EVERY[request.param](tmp_path / "tiny.gguf"), context=1024)
    yield engine
    engine.close()


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What goes wrong where nobody waits for it."""
    found: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, fault, _trace: found.append(fault))
    return found


@pytest.mark.parametrize("engine", EVERY, indirect=True)
def test_a_turn_is_answered_and_judged(
    engine: Engine, talk: Talk, faults: list[BaseException]
) -> None:
    for text in (FACT, "😀", ASKED):
        answer = talk.say(text)
        assert (answer.message.text[:3], answer.message.state) == ("Hi.", "complete")
        for _ in range(4):
            talk.chat.idle()
    assert talk.memory.verdicts.unjudged() == ()
    assert kept(talk) == [FACT]
    assert faults == []


@pytest.mark.parametrize("engine", WHOLE, indirect=True)
def test_what_surprised_is_found_in_the_text(engine: Engine, talk: Talk) -> None:
    talk.say(FACT)
    talk.chat.idle()
    (episode,) = talk.memory.query.page(sort="oldest").episodes
    (source,) = talk.memory.detail(episode.id).sources
    assert "".join(FACT[token.start : token.end] for token in source.tokens) == FACT
