"""Models that think aloud: fixed-output ones whose marks are control tokens, text, or the template's."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event

import pytest

from nowprint.engine.engine import Engine
from nowprint.engine.generation import Generation, Thinking
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage
from nowprint.engine.thinking import FORMS, Form
from nowprint.records import Role

from .tiny_gguf import BYTES, CONTROL, MARKERS, NORMAL, Token, write_tiny
from .tiny_layers import ARCHITECTURES

GREEDY = Sampling(temperature=0)
TALK = "{% for m in messages %}{{ m.content }}\n{% endfor %}"
COLON, NEWLINE = "<0x3A>", "<0x0A>"
WORDS = (("Hm", NORMAL), ("Yes", NORMAL), ("No", NORMAL))


class Model:
    """Written, opened and asked; what it follows a token by is ``follows``."""

    def __init__(
        self,
        path: Path,
        marks: tuple[Token, ...],
        follows: Mapping[str, str],
        template: str,
        architecture: str = "llama",
    ) -> None:
        tokens = (*MARKERS, *BYTES, *WORDS, *marks)
        ending = {"Yes": "</s>", "No": "</s>"}
        write_tiny(
            path,
            tokens,
            ending | dict(follows),
            template=TALK + template,
            architecture=architecture,
        )
        self.engine = Engine(path, context=512)

    def ask(self, *, limit: int = 20, **thinking: object) -> tuple[str, str, Generation]:
        prompt = self.engine.build([PromptMessage("user", (Part("Well?", "message"),))])
        self.engine.prefill(prompt, Event(), score=False)
        generation = self.engine.generate(
            prompt, GREEDY, limit, Event(), thinking=Thinking(**thinking)
        )
        steps = list(generation)
        thought = "".join(step.thought for step in steps) + generation.rest_of_thought
        return thought, "".join(step.text for step in steps) + generation.rest, generation


@pytest.fixture
def model(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Model]:
    made = Model(tmp_path / "tiny.gguf", *request.param)
    yield made
    made.engine.close()


def models(**kinds: tuple[tuple[Token, ...], Mapping[str, str], str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("model", kinds.values(), ids=kinds, indirect=True)


CONTROLS = (("<think>", CONTROL), ("</think>", CONTROL))
AS_TEXT = (("<think>", NORMAL), ("</think>", NORMAL))
ONCE = {"<think>": "Hm", "Hm": "</think>", "</think>": "Yes"}
NEVER = {"<think>": "Hm", "Hm": "Hm", NEWLINE: "Yes"}


@models(
    as_control_tokens=(CONTROLS, {COLON: "<think>"} | ONCE, "A:"),
    as_text=(AS_TEXT, {COLON: "<think>"} | ONCE, "A:"),
    opened_by_the_template=(CONTROLS, ONCE, "A:<think>"),
)
def test_thought_and_answer(model: Model) -> None:
    thought, answer, generation = model.ask()
    assert (thought, answer, generation.finish) == ("Hm", "Yes", "end")
    assert [score.text for score in generation.scores] == ["Yes"], "a thought leaves no trace"
    assert [(score.start, score.end) for score in generation.scores] == [(0, 3)]


@models(as_control_tokens=(CONTROLS, {COLON: "<think>"} | NEVER, "A:"))
def test_a_thought_ends_with_its_budget(model: Model) -> None:
    thought, answer, generation = model.ask(budget=5)
    assert (thought, answer) == ("Hm" * 4, "Yes")
    assert generation.finish == "end"


@models(as_control_tokens=(CONTROLS, {COLON: "<think>"} | NEVER, "A:"))
def test_answer_now(model: Model) -> None:
    enough = Event()
    enough.set()
    assert model.ask(enough=enough)[1] == "Yes"


@models(as_control_tokens=(CONTROLS, {COLON: "<think>"} | NEVER, "A:"))
def test_room_for_the_answer_is_kept(model: Model) -> None:
    thought, answer, _ = model.ask(budget=10_000, limit=100)
    assert answer == "Yes"
    assert len(thought) > 2 * 300


@models(control_tokens=(CONTROLS, {}, "A:"), in_the_template=((), {}, "A:<think>"))
def test_a_model_that_may_think_is_known_before_it_does(model: Model) -> None:
    assert model.engine.can_think


@models(no_marks=((), {COLON: "Yes"}, "A:"))
def test_a_model_that_does_not_think(model: Model) -> None:
    thought, answer, generation = model.ask()
    assert (thought, answer) == ("", "Yes")
    assert [score.text for score in generation.scores] == ["Yes"]
    assert not model.engine.can_think


@models(
    switch=(CONTROLS, ONCE | {COLON: "No"}, "A:{% if enable_thinking %}<think>{% endif %}"),
)
def test_the_template_has_a_switch(model: Model) -> None:
    assert model.engine.switches_thinking
    assert model.ask()[:2] == ("Hm", "Yes")
    model.engine.thinks = False
    assert model.ask()[:2] == ("", "No")


HARMONY = tuple(
    (f"<|{word}|>", CONTROL)
    for word in ("start", "end", "message", "channel", "return", "call", "constrain")
)


@models(
    harmony=(
        (*HARMONY, ("analysis", NORMAL)),
        {
            COLON: "<|channel|>",
            "<|channel|>": "analysis",
            "analysis": "<|message|>",
            "<|message|>": "Hm",
            "Hm": "<|end|>",
            "<|end|>": "Yes",
        },
        "A:",
    ),
)
def test_a_thought_s_end_is_no_end_of_the_answer(model: Model) -> None:
    """Elsewhere ``<|end|>`` ends an answer. llama.cpp also takes these tokens for text, not for controls."""
    assert model.ask()[:2] == ("Hm", "Yes")


def chain(form: Form, *, opened: bool, type: int) -> tuple[tuple[Token, ...], dict[str, str], str]:
    """The marks as tokens, what a model writes that has this form, and where its template ends."""
    head = [form.answers.rpartition(">assistant")[2]] if form.answers else []
    steps = ["Hm", form.closes, *head, "Yes", *form.ends, "</s>"]
    marks = [form.opens, form.closes, *form.heads, *form.ends]
    if form.closes == "<|end|>":  # with these two in the vocabulary it doesn't end an answer
        marks += ["<|call|>", "<|return|>"]
    tokens = tuple((mark, type) for mark in dict.fromkeys(marks))
    template = f"A:{form.opens.rstrip()}" if type == NORMAL else f"A:{{{{ {form.opens!r} }}}}"
    if not opened:
        begins, template = [COLON, form.opens], "A:"
    elif type == CONTROL:
        begins = [form.opens]
    else:  # as text it is read byte by byte
        begins = [f"<0x{template.encode()[-1]:02X}>"]
    return tokens, {NEWLINE: "Yes"} | dict(itertools.pairwise([*begins, *steps])), template


ALL_WAYS = [
    pytest.param(
        architecture, form, opened, type, id=f"{architecture} {form.opens.strip()} {opened} {type}"
    )
    for architecture, form, opened, type in itertools.product(
        ARCHITECTURES, FORMS, (False, True), (CONTROL, NORMAL)
    )
    if architecture == "llama" or (not opened and type == CONTROL)
    if type == CONTROL or not form.answers  # those marks are control tokens wherever there are any
]


@pytest.mark.parametrize(("architecture", "form", "opened", "type"), ALL_WAYS)
def test_every_form_with_every_architecture(
    architecture: str, form: Form, opened: bool, type: int, tmp_path: Path
) -> None:
    """A thought that ends by itself, one that is ended, and a next turn that holds neither."""
    marks, follows, template = chain(form, opened=opened, type=type)
    for endless in (False, True):
        told = follows | ({"Hm": "Hm"} if endless else {})
        made = Model(tmp_path / f"{endless}.gguf", marks, told, template, architecture)
        assert made.engine.can_think == (opened or type == CONTROL)
        thought, answer, generation = made.ask(budget=4 if opened else 5)  # the mark counts, too
        assert (thought, answer, generation.finish) == ("Hm" * (4 if endless else 1), "Yes", "end")
        turns: list[tuple[Role, str]] = [("user", "Well?"), ("assistant", answer), ("user", "And?")]
        following = made.engine.build([PromptMessage(r, (Part(t, "history"),)) for r, t in turns])
        text = b"".join(map(made.engine.model.piece, following.tokens)).decode()
        made.engine.close()
        assert "Yes" in text
        assert "Hm" not in text
