"""Drawing from the likeliest tokens alone draws what drawing from all of them does."""

from __future__ import annotations

from threading import Event

import pytest

from nowprint.engine.engine import Engine
from nowprint.engine.generation import Contrast, Prompt
from nowprint.engine.sampler import Sampler, Sampling
from nowprint.engine.template import Part, PromptMessage

ONGOING = Event()


def prompt_of(engine: Engine, text: str) -> Prompt:
    return engine.build([PromptMessage("user", (Part(text, "message"),))])


def drawn(engine: Engine, sampling: Sampling, limit: int = 24, strength: float = 0.0) -> list[int]:
    prompt = prompt_of(engine, "The heron is called Ottoline. Tell me of her day.")
    engine.prefill(prompt, ONGOING, score=False)
    contrast = Contrast(prompt_of(engine, "Tell me of her day."), strength) if strength else None
    generation = engine.generate(prompt, sampling, limit, ONGOING, contrast=contrast)
    return [step.reading.place[0] for step in generation]


@pytest.mark.parametrize("strength", [0.0, 1.0])
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0),
        Sampling(temperature=0.9, seed=3),
        Sampling(temperature=1.5, top_k=200, top_p=1.0, min_p=0.0, seed=4),
        Sampling(temperature=1.0, top_k=3, repeat_penalty=1.5, seed=5),
    ],
)
def test_it_draws_what_llama_cpp_draws_from_all(
    engine: Engine, sampling: Sampling, strength: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    few: list[int] = []
    sample_among = Sampler.sample_among

    def count(sampler: Sampler, *arguments: object) -> int:
        few.append(1)
        return sample_among(sampler, *arguments)

    monkeypatch.setattr(Sampler, "sample_among", count)
    among = drawn(engine, sampling, strength=strength)
    assert len(few) > 8

    def from_all(sampler: Sampler, *_: object) -> int:
        row = 0 if engine.context._contrast.cells else -1
        return sampler.sample(engine.context._context, row)

    monkeypatch.setattr(Sampler, "sample_among", from_all)
    assert drawn(engine, sampling, strength=strength) == among


def test_without_a_top_k_all_tokens_are_looked_at(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Sampler, "sample_among")
    assert len(drawn(engine, Sampling(top_k=0, seed=7), 4)) == 4
