"""Forty chat models by name (known_models.toml): every line of the list, tested as far as it says."""

from __future__ import annotations

import ctypes
import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import llama_cpp
import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from nowprint.engine import backends, log
from nowprint.engine.engine import Engine
from nowprint.engine.template import ChatTemplate, Origin, Part, PromptMessage
from nowprint.engine.thinking import FORMS, Piece, ThoughtSplitter, form_opened_by, joined
from nowprint.records import Role

from .tiny_gguf import BYTES, CONTROL, MARKERS, write_tiny
from .tiny_layers import ARCHITECTURES

HERE = Path(__file__).parent
LIST = tomllib.loads((HERE / "known_models.toml").read_text("utf-8"))
MODELS: Mapping[str, dict[str, Any]] = {model["name"]: model for model in LIST["model"]}
BOS, EOS = "<s>", "</s>"
MARK = re.compile(r"<[^<>\s]{1,40}>|\[/?[A-Z_]+\]|\[\|/?\w+\|\]|\]~!?b[\[\]]|\[e~\[")
"""What may be a control token in a template's text."""

every = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def which(key: str, value: object = None) -> pytest.MarkDecorator:
    """The models that have this key, or this value of it, or in it."""
    found = {
        name: model
        for name, model in MODELS.items()
        if model.get(key) and (value is None or value == model[key] or value in model[key])
    }
    return pytest.mark.parametrize("model", found.values(), ids=found)


def source(model: dict[str, Any]) -> str:
    if "like" in model:
        return str(LIST["form"][model["like"]]["text"])
    return (HERE / "templates" / f"{model['template']}.jinja").read_text("utf-8")


def chat_template(model: dict[str, Any]) -> ChatTemplate:
    return _chat_template(source(model))


@functools.cache
def _chat_template(text: str) -> ChatTemplate:
    return ChatTemplate(text, chatml=False, bos=BOS, eos=EOS)


def said(role: Role, *parts: tuple[Origin, str]) -> PromptMessage:
    return PromptMessage(role, tuple(Part(text, origin) for origin, text in parts))


def talk(message: str = "And now?", answer: str = "A program.") -> list[PromptMessage]:
    return [
        said("system", ("system", "Be brief."), ("pinned", "\nMy name is Zoë.")),
        said("user", ("history", "Hello.")),
        said("assistant", ("history", "Hi there.")),
        said("user", ("history", "Who are you?")),
        said("assistant", ("history", answer)),
        said("user", ("recalled", "I once told you: 猫.\n\n"), ("message", message)),
    ]


def text_of(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts)


def plain(messages: Sequence[PromptMessage]) -> list[dict[str, Any]]:
    return [{"role": m.role, "content": text_of(m.parts)} for m in messages]


# --- the list ----------------------------------------------------------------------------------


def test_there_are_forty_and_each_says_how_it_is_known() -> None:
    assert len(MODELS) == len(LIST["model"]) == 40
    for model in MODELS.values():
        known = set(model["known"])
        assert ("template" in known) == ("template" in model) != ("like" in model)
        assert ("form" in known) == ("renderer" in LIST["form"].get(model.get("like"), {}))
        assert ("architecture" in known) == (model["architecture"] in ARCHITECTURES)
        assert (model["handled"] == "partly") == ("why" in model)
        assert known
        if "template" in model:
            assert model["licence"] in {"Apache-2.0", "MIT"}
    files = {path.stem for path in (HERE / "templates").iterdir()}
    assert files == {model["template"] for model in MODELS.values() if "template" in model}


# --- the template ------------------------------------------------------------------------------


def as_transformers(model: dict[str, Any], *, thinks: bool) -> str:
    """By the code that the templates were written for; it must be told what some templates want."""
    told = plain(talk())
    folded = [
        {"role": "user", "content": f"{told[0]['content']}\n\n{told[1]['content']}"},
        *told[2:],
    ]
    parts = [m | {"content": [{"type": "text", "text": m["content"]}]} for m in told]
    for conversation in (told, parts, folded):
        try:
            (text,), _ = render_jinja_template(
                [conversation],
                chat_template=source(model),
                add_generation_prompt=True,
                bos_token=BOS,
                eos_token=EOS,
                **model.get("on" if thinks else "off", {}),
            )
        except (jinja2.TemplateError, TypeError):
            continue
        if all(m["content"] in text for m in told):
            return str(text)
    raise AssertionError("transformers can't render this conversation either")


@every
@pytest.mark.parametrize("thinks", [True, False])
def test_it_renders_as_transformers_render_it(model: dict[str, Any], thinks: bool) -> None:
    template = chat_template(model)
    assert template.fault == ""
    before = as_transformers(model, thinks=thinks)
    rendered = text_of(template.render(talk(), thinks=thinks))
    assert rendered in (before, as_transformers(model, thinks=thinks))  # some hold today's date


def as_llama_cpp(renderer: str, messages: Sequence[PromptMessage]) -> str:
    told = [(m.role.encode(), text_of(m.parts).encode()) for m in messages]
    chat = (llama_cpp.llama_chat_message * len(told))(*told)
    buffer = ctypes.create_string_buffer(4096)
    length = llama_cpp.llama_chat_apply_template(
        renderer.encode(), chat, len(told), True, buffer, len(buffer)
    )
    assert 0 < length < len(buffer)
    return buffer.raw[:length].decode()


@which("known", "form")
@pytest.mark.parametrize("thinks", [True, False])
def test_it_renders_as_llama_cpp_renders_its_form(model: dict[str, Any], thinks: bool) -> None:
    form = LIST["form"][model["like"]]
    added = form.get("adds", ["", ""])[0 if thinks else 1]
    rendered = text_of(chat_template(model).render(talk(), thinks=thinks))
    assert rendered == as_llama_cpp(form["renderer"], talk()) + added


@every
def test_every_part_keeps_its_origin(model: dict[str, Any]) -> None:
    parts = [part for part in chat_template(model).render(talk()) if part.origin != "template"]
    told = [part for message in talk() for part in message.parts]
    system = [part for part in parts if part.origin in ("system", "pinned")]
    assert [part.text for part in system if part.text.strip()] == [p.text for p in told[:2]]
    assert [part for part in parts if part not in system] == told[2:]


def test_the_starter_model_s_own_template_has_the_form_that_the_list_says(
    starter_model: Path,
) -> None:
    engine = Engine(starter_model, context=512)
    own = ChatTemplate(engine.model.chat_template(), chatml=False, bos=BOS, eos=EOS)
    engine.close()
    assert text_of(own.render(talk())) == text_of(
        chat_template(MODELS["SmolLM2 135M"]).render(talk())
    )


# --- text stays text ---------------------------------------------------------------------------


@every
def test_no_text_becomes_a_control_token(model: dict[str, Any], tmp_path: Path) -> None:
    """The template's own text, written by the user, in a vocabulary in which all its marks are control
    tokens."""
    template = chat_template(model)
    plain_parts = template.render(talk())
    own = "".join(part.text for part in plain_parts if part.origin == "template")
    hostile = f"{own}{model['writes']}"
    marks = dict.fromkeys(mark for mark in MARK.findall(hostile) if mark not in (BOS, EOS))
    parts = template.render(talk(hostile, hostile))
    assert [part for part in parts if part.origin == "template"] == [
        part for part in plain_parts if part.origin == "template"
    ]
    assert [p.text for p in parts if p.origin == "message"] == [hostile]

    tokens = (*MARKERS, *BYTES, *((mark, CONTROL) for mark in marks))
    path = write_tiny(tmp_path / "tiny.gguf", tokens, {}, template=source(model), context=32768)
    engine = Engine(path, context=512)
    prompts = [engine.build(talk()), engine.build(talk(hostile, hostile))]
    written = [map(engine.model.token_text, prompt.tokens) for prompt in prompts]
    controls = [[text for text in texts if text in marks] for texts in written]
    fault, thinks = engine.template_fault, engine.can_think
    engine.close()
    assert fault == ""
    assert controls[0] == controls[1]
    assert set(controls[0]) == set(MARK.findall(own)) - {BOS, EOS}
    assert thinks == bool(model["thinking"])


# --- thinking ----------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("cut", [1, 1000])
def test_thought_and_answer_are_told_apart(model: dict[str, Any], cut: int) -> None:
    """And the next prompt holds only the answer."""
    template = chat_template(model)
    opened = form_opened_by(template.render(talk())[-1].text)
    assert (opened is not None) == (model.get("opened") == "template")
    assert opened is None or opened.opens == model["thinking"]
    splitter = ThoughtSplitter(opened)
    pieces: list[Piece] = []
    for at in range(0, len(model["writes"]), cut):
        pieces += splitter.feed(model["writes"][at : at + cut])
    answer, thought = joined([*pieces, *splitter.finish()])
    assert (thought.strip(), answer.strip()) == ("Hm." if model["thinking"] else "", "Yes.")
    assert (splitter.form.opens if splitter.form else "") == model["thinking"]
    following = text_of(template.render(talk(answer=answer.strip())))
    assert "Yes." in following
    assert "Hm." not in following


@which("thinking")
def test_a_thought_that_is_ended_by_force(model: dict[str, Any]) -> None:
    opened = form_opened_by(chat_template(model).render(talk())[-1].text)
    splitter = ThoughtSplitter(opened)
    splitter.feed(model["writes"].partition("Hm.")[0] + "Hm. Hm.")
    assert splitter.is_thinking
    closing = splitter.close()
    form = splitter.form
    assert form is not None
    assert closing.startswith(form.closes)
    answer, thought = joined([*splitter.feed("Yes."), *splitter.finish()])
    assert (answer, thought) == ("Yes.", "")


@every
def test_a_switch_works_and_is_offered_where_there_is_one(model: dict[str, Any]) -> None:
    template = chat_template(model)
    assert template.switches_thinking == ("off" in model)
    on, off = (template.render(talk(), thinks=thinks) for thinks in (True, False))
    assert (on != off) == ("off" in model)
    if "off" in model:
        assert form_opened_by(off[-1].text) is None
    assert [part for part in on if part.origin != "template"] == [
        part for part in off if part.origin != "template"
    ]


def test_every_form_of_a_thought_is_some_model_s_or_is_tested_alone() -> None:
    listed = {model["thinking"] for model in MODELS.values()} - {""}
    assert listed <= {form.opens for form in FORMS}
    assert len(listed) >= 8


# --- the architecture --------------------------------------------------------------------------


def cache_of(architecture: str, path: Path) -> str:
    """What the library itself says of a file that holds nothing but a vocabulary."""
    write_tiny(path, (*MARKERS, *BYTES), {}, named=architecture)
    backends.load()
    log.errors.clear()
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    handle = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
    if not handle:
        assert "unknown model architecture" in " ".join(log.errors)
        return "unknown"
    recurrent = llama_cpp.llama_model_is_recurrent(handle)
    hybrid = llama_cpp.llama_model_is_hybrid(handle)
    llama_cpp.llama_model_free(handle)
    return "recurrent" if recurrent else "hybrid" if hybrid else "attention"


@every
def test_llama_cpp_knows_the_architecture_and_its_cache(
    model: dict[str, Any], tmp_path: Path
) -> None:
    assert cache_of(model["architecture"], tmp_path / "tiny.gguf") == model["cache"]
    assert (model["cache"] == "attention") or model["handled"] == "partly"


def test_an_architecture_that_it_does_not_know(tmp_path: Path) -> None:
    assert cache_of("chess", tmp_path / "tiny.gguf") == "unknown"
