"""Who answers, on the real model: its system text, its memories, its model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import ModelFileError
from nowprint.events import Notice
from nowprint.persona_records import NOBODY, Otherwise, Persona
from nowprint.records import NewConversation

from .conftest import Talk, kept, pin
from .test_chat import CAT, FERRY

EATS = "What does my cat need to eat?"


def put(talk: Talk, **fields: Any) -> Persona:
    return talk.memory.personas.put(Persona(name="Pirate", **fields))


def told_to(talk: Talk, persona: int | None, project: int | None = None) -> int:
    new = NewConversation(project=project, persona=persona)
    return talk.chat.create_conversation(new).id


def prompts(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The system texts of the prompts that answers are written from, as they come."""
    seen: list[str] = []
    build = talk.chat.engine.prefill

    def prefill(prompt: Any, *given: Any, **more: Any) -> Any:
        seen.append(talk.chat.builder.system)
        return build(prompt, *given, **more)

    monkeypatch.setattr(talk.chat.engine, "prefill", prefill)
    return seen


def test_one_without_memories_recalls_and_keeps_nothing(talk: Talk) -> None:
    talk.say(CAT)
    pin(talk, "I take no sugar in my coffee.")
    before = kept(talk)
    persona = put(talk, system="You are a pirate.", memories="none")
    chat = told_to(talk, persona.id)
    answer = talk.say(f"{EATS} {FERRY}", chat)
    talk.chat.idle()
    assert answer.sources == ()
    assert answer.message.persona == "Pirate"
    assert kept(talk) == before
    assert talk.memory.verdicts.unjudged() == ()
    assert not talk.store.has_trace(answer.message.parent)


def test_one_with_a_project_s_memories_sees_and_keeps_only_those(talk: Talk) -> None:
    project = talk.memory.projects.create("Pets").id
    talk.say(CAT, told_to(talk, None, project))
    (cat,) = talk.memory.query.page().episodes
    pin(talk, "I take no sugar in my coffee.")
    persona = put(talk, memories="project", project=project)
    chat = told_to(talk, persona.id)
    assert talk.say(EATS, chat).sources == (cat.id,)
    assert talk.say("How do I take my coffee, with or without sugar?", chat).sources == ()
    talk.say(f"Remember that {FERRY}", chat)
    talk.chat.idle()
    ferry = next(one for one in talk.memory.query.page().episodes if FERRY in one.text)
    assert ferry.project == project
    assert talk.say(EATS, told_to(talk, NOBODY)).sources != (cat.id,)


def test_one_whose_project_is_gone_uses_none(talk: Talk) -> None:
    project = talk.memory.projects.create("Pets").id
    persona = put(talk, memories="project", project=project)
    chat = told_to(talk, persona.id)
    talk.memory.forgetting.delete_project(project)
    talk.say(CAT, chat)
    talk.chat.idle()
    assert kept(talk) == []


def test_system_text_instructions_and_sampling_reach_the_prompt(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = prompts(talk, monkeypatch)
    persona = put(talk, system="You are a pirate.", sampling={"answer_tokens": 3})
    project = talk.memory.projects.create("Sea").id
    chat = told_to(talk, None, project)
    talk.say("Hello", chat)
    talk.memory.projects.instruct(project, "Measure in knots.", persona.id)
    answer = talk.say("And now?", chat)
    assert (answer.tokens, answer.message.persona) == (3, "Pirate")
    talk.chat.choose_persona(chat, NOBODY)
    assert talk.say("Again?", chat).message.persona == ""
    assert seen[0] == ""
    assert seen[1] == "You are a pirate.\n\nMeasure in knots."
    assert seen[2].startswith("You are")
    assert "pirate" not in seen[2]
    assert seen[2].endswith("\n\nMeasure in knots.")


def test_the_beginning_of_the_prompt_is_read_once(talk: Talk) -> None:
    persona = put(talk, system="You are a pirate who answers in one word.", memories="none")
    chat = told_to(talk, persona.id)
    first = talk.say("Hello there", chat)
    second = talk.say("And you?", chat)
    assert second.reused_tokens >= first.prompt_tokens - 2


def test_a_retry_may_be_otherwise_and_the_next_message_is_as_before(talk: Talk) -> None:
    persona = put(talk, memories="none")
    chat = talk.new()
    told = talk.say("Hello", chat).message
    other = Otherwise(sampling={"answer_tokens": 2}, persona=persona.id)
    again = talk.chat.retry(chat, talk.stop, lambda _: None, told.id, other)
    assert (again.tokens, again.message.persona, again.message.siblings) == (
        *(2, "Pirate"),
        (told.id, again.message.id),
    )
    assert talk.say("And now?", chat).message.persona == ""


def test_another_model_answers_once_and_then_the_one_in_use(
    talk: Talk, starter_model: Path, tmp_path: Path
) -> None:
    another = tmp_path / "another.gguf"
    shutil.copyfile(starter_model, another)
    chat = talk.new()
    told = talk.say("Hello", chat).message
    other = Otherwise(model=str(another))
    again = talk.chat.retry(chat, talk.stop, lambda _: None, told.id, other).message
    assert talk.chat.engine.info.path == str(another)
    assert talk.say("And now?", chat).message.model == told.model
    assert talk.chat.engine.info.path == str(starter_model)
    assert again.id in again.siblings


def test_a_retry_with_a_model_that_is_gone_changes_nothing(talk: Talk) -> None:
    chat = talk.new()
    told = talk.say("Hello", chat).message
    with pytest.raises(ModelFileError):
        talk.chat.retry(chat, talk.stop, lambda _: None, told.id, Otherwise(model="/gone.gguf"))
    assert len(talk.store.tree(chat)) == 2


def test_the_model_in_use_answers_for_one_whose_model_is_gone(talk: Talk) -> None:
    persona = put(talk, model="/models/gone.gguf")
    chat = told_to(talk, persona.id)
    answer = talk.say("Hello", chat)
    talk.say("And now?", chat)
    assert answer.message.persona == "Pirate"
    said = [one.text for one in talk.announced if isinstance(one, Notice)]
    name = talk.chat.engine.info.name
    assert said == [f"gone.gguf, the model of “Pirate”, can't be loaded: {name} answers."]


def test_a_temporary_chat_has_one_too_and_still_no_memory(talk: Talk) -> None:
    persona = put(talk)
    chat = talk.chat.create_conversation(NewConversation(True, persona=persona.id))
    assert talk.say(CAT, chat.id).message.persona == "Pirate"
    assert kept(talk) == []
