"""A compressed cache, flash attention and RoPE scaling, on the starter model."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from nowprint.engine.context import Context
from nowprint.engine.context_options import ContextOptions
from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage
from nowprint.errors import ModelFileError

QUESTION = (
    PromptMessage("system", (Part("You are Nowprint.", "system"),)),
    PromptMessage(
        "user", (Part("What is the capital of France? Answer in one sentence.", "message"),)
    ),
)


def answer(path: Path, options: ContextOptions, context: int = 1024) -> str:
    engine = Engine(path, context=context, options=options)
    try:
        prompt = engine.build(QUESTION)
        engine.prefill(prompt, Event(), score=True)
        steps = engine.generate(prompt, Sampling(temperature=0), 16, Event())
        return "".join(step.text for step in steps)
    finally:
        engine.close()


@pytest.mark.parametrize(
    "options",
    [
        ContextOptions(cache="q8_0"),
        ContextOptions(cache="q4_0"),
        ContextOptions(flash_attention="on"),
        ContextOptions(flash_attention="off"),
        ContextOptions(rope_scaling="linear", rope_factor=2.0),
        ContextOptions(rope_scaling="yarn", rope_factor=4.0),
    ],
    ids=str,
)
def test_it_still_answers(starter_model: Path, options: ContextOptions) -> None:
    assert "Paris" in answer(starter_model, options)


def test_a_compressed_cache_takes_less_memory(engine: Engine) -> None:
    def state(options: ContextOptions) -> int:
        import llama_cpp

        context = Context(engine.model, size=1024, options=options)
        context.prefill(engine.build(QUESTION), Event(), score=False)
        size = int(llama_cpp.llama_state_seq_get_size(context._context, 0))
        context.close()
        return size

    exact, half, quarter = (state(ContextOptions(cache=c)) for c in ("f16", "q8_0", "q4_0"))
    assert quarter < 0.35 * exact < half < 0.6 * exact


def test_only_with_scaling_it_reads_more_than_it_was_trained_on(engine: Engine) -> None:
    trained = engine.model.trained_context
    assert ContextOptions(rope_factor=2.0).longest(engine.model) == trained
    stretched = ContextOptions(cache="q4_0", rope_scaling="linear", rope_factor=1.25)
    context = Context(engine.model, size=2 * trained, options=stretched)
    assert context.size == stretched.longest(engine.model) == trained * 5 // 4
    context.close()


def test_stretching_changes_what_is_expected_also_where_likelihoods_are_read(
    starter_model: Path,
) -> None:
    def surprise(options: ContextOptions) -> float:
        engine = Engine(starter_model, context=512, options=options)
        try:
            tokens = engine.likelihood.tokens("My cat Pickwick has kidney disease.")
            return engine.likelihood.sums([], [tokens])[0]
        finally:
            engine.close()

    plain = surprise(ContextOptions())
    assert surprise(ContextOptions(cache="q8_0")) == pytest.approx(plain, abs=1e-4)
    linear = surprise(ContextOptions(rope_scaling="linear", rope_factor=8.0))
    assert abs(linear - plain) > 0.5


def test_a_compressed_cache_without_flash_attention_is_refused(starter_model: Path) -> None:
    with pytest.raises(ModelFileError, match="needs flash attention"):
        Engine(starter_model, context=512, options=ContextOptions("q8_0", "off"))


def test_how_much_of_an_exact_cache_it_takes_as_much_memory_as() -> None:
    assert ContextOptions().cells(4096) == 4096
    assert ContextOptions(cache="q8_0").cells(4096) == 2176
    assert ContextOptions(cache="q4_0").cells(4096) == 1152
