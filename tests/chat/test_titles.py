"""A model's title for the first exchange, made when nothing waits. The starter model counts here as one that
is large enough; what it says is taken as it comes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from nowprint.chat import titles
from nowprint.chat.titles import LONGEST, TitleMaker, usable
from nowprint.events import Answer
from nowprint.inspection import Retitled

from .conftest import Talk

ASKED = "My bicycle chain keeps slipping."
Says = Callable[[str], None]


@pytest.fixture(autouse=True)
def large_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles, "LEAST_PARAMETERS", 0)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """What the model says from now on."""

    def say(text: str) -> None:
        def ask(maker: TitleMaker, *given: Any) -> str:
            return text

        monkeypatch.setattr(TitleMaker, "ask", ask)

    return say


def title(talk: Talk, answer: Answer) -> str:
    return talk.store.conversation(answer.message.conversation_id).title


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Slipping bicycle chain", "Slipping bicycle chain"),
        ('"Title: Slipping Bicycle Chain."\n\nI hope it helps', "Slipping Bicycle Chain"),
        ("**Chain: why it slips**", "Chain: why it slips"),
        ("\n\n« Bicycles »\n", "Bicycles"),
        ("Sure! Here you are", ""),
        ("", ""),
        ("Chain " * LONGEST, ""),
    ],
)
def test_what_a_title_is(said: str, title: str) -> None:
    assert usable(said, ASKED, "Tighten it.") == title


def test_a_title_in_a_script_without_spaces() -> None:
    assert usable("标题：学习弹吉他", "怎样学习弹吉他？", "多练习。") == "学习弹吉他"
    assert usable("一个好的开始", "怎样学习弹吉他？", "多练习。") == ""


def test_the_model_makes_a_title_and_the_cache_is_kept(talk: Talk) -> None:
    answer = talk.say(ASKED)
    id = answer.message.conversation_id
    asked, said = talk.store.messages(id)
    engine, builder = talk.chat.engine, talk.chat.builder
    maker = TitleMaker(talk.store, talk.memory, talk.announced.append)
    assert maker.ask(engine, builder, asked, said, Event())
    again = talk.say("Is it the cassette?", id)
    assert again.reused_tokens > answer.prompt_tokens


def test_it_waits_for_idle_time_and_is_told(talk: Talk, says: Says) -> None:
    says("Slipping chain")
    answer = talk.say(ASKED)
    assert title(talk, answer) == ASKED
    talk.chat.idle()
    assert title(talk, answer) == "Slipping chain"
    (told,) = [one for one in talk.announced if isinstance(one, Retitled)]
    assert told.conversation.title == "Slipping chain"


def test_it_gives_way_and_is_made_up_for(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = talk.say(ASKED)
    talk.wanted.set()
    talk.chat.idle()
    assert title(talk, answer) == ASKED
    talk.wanted.clear()
    asked: list[str] = []
    monkeypatch.setattr(TitleMaker, "ask", lambda *_: asked.append("") or "Slipping chain")
    talk.chat.idle()
    talk.chat.idle()
    assert title(talk, answer) == "Slipping chain"
    assert len(asked) == 1


def test_what_is_unusable_leaves_the_first_words(talk: Talk, says: Says) -> None:
    says("Sure! Here you are")
    answer = talk.say(ASKED)
    talk.chat.idle()
    assert title(talk, answer) == ASKED


def test_only_a_first_exchange_is_named_and_never_a_temporary_chat(talk: Talk, says: Says) -> None:
    answer = talk.say(ASKED)
    talk.say("Is it the cassette?", answer.message.conversation_id)
    says("Slipping chain")
    talk.chat.idle()
    assert title(talk, answer) == ASKED
    talk.say(ASKED, talk.new(temporary=True))
    talk.chat.idle()
    assert not [one for one in talk.announced if isinstance(one, Retitled)]


def test_small_models_are_not_asked(
    talk: Talk, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "LEAST_PARAMETERS", talk.chat.engine.info.parameters + 1)
    says("Slipping chain")
    answer = talk.say(ASKED)
    talk.chat.idle()
    assert title(talk, answer) == ASKED


def test_they_are_made_with_memory_off_too(talk: Talk, says: Says) -> None:
    talk.set(memory=False)
    says("Slipping chain")
    answer = talk.say(ASKED)
    talk.chat.idle()
    assert title(talk, answer) == "Slipping chain"
