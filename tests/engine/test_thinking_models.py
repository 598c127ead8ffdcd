"""Models that think aloud: fixed-output ones whose marks are control tokens, text, or the template's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event

import pytest

from nowprint.engine.engine import Engine
from nowprint.engine.generation import Generation, Thinking
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage

from .tiny_gguf import BYTES, CONTROL, MARKERS, NORMAL, Token, write_tiny

GREEDY = Sampling(temperature=0)
TALK = "{% for m in messages %}{{ m.content }}\n{% endfor %}"
COLON, NEWLINE = "<0x3A>", "<0x0A>"
WORDS = (("Hm", NORMAL), ("Yes", NORMAL), ("No", NORMAL))


class Model:
    """Written, opened and asked; what it follows a token by is ``follows``."""

    def __init__(
        self, path: Path, marks: tuple[Token, ...], follows: Mapping[str, str], template: str
    ) -> None:
        tokens = (*MARKERS, *BYTES, *WORDS, *marks)
        ending = {"Yes": "</s>", "No": "</s>"}
        write_tiny(path, tokens, ending | dict(follows), template=TALK + template)
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
