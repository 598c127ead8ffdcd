"""Each kind of cache, in llama.cpp itself: full and sliding attention, a recurrent state, and both in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from nowprint.engine import context
from nowprint.engine.distribution import FloatArray, IntArray
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Contrast, Generation, Prompt
from nowprint.engine.gguf.file_kind import file_kind
from nowprint.engine.logit_adjustment import contrast
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage

from .tiny_gguf import write_letters
from .tiny_layers import ARCHITECTURES, RECURRENT, WINDOW

GREEDY = Sampling(temperature=0)
CLOSE = 0.06
"""Nats that a token may differ by when it is read in other batches: the cache holds float16."""
STORY = "My cat has a rare habit: it sits on the tea pot. "
QUESTION = "Who sits there?"


@pytest.fixture
def tiny(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    path = write_letters(tmp_path / "tiny.gguf", architecture=request.param, noisy=True)
    engine = Engine(path, context=512, threads=1)
    yield engine
    engine.close()


every = pytest.mark.parametrize("tiny", ARCHITECTURES, indirect=True)


def talk(*texts: str) -> list[PromptMessage]:
    """The last one is new."""
    told = [
        PromptMessage("assistant" if i % 2 else "user", (Part(text, "history"),))
        for i, text in enumerate(texts[:-1])
    ]
    return [*told, PromptMessage("user", (Part(texts[-1], "message"),))]


def read(engine: Engine, prompt: Prompt) -> tuple[list[float], int]:
    done = engine.prefill(prompt, Event(), score=True)
    return [score.surprisal for score in done.scores], done.reused


def answered(engine: Engine, prompt: Prompt, contrast: Contrast | None = None) -> Generation:
    generation = engine.generate(prompt, GREEDY, 8, Event(), contrast=contrast)
    text = "".join(step.text for step in generation) + generation.rest
    assert (text, generation.finish) == ("Hi.", "end")
    return generation


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_file_is_known(architecture: str, tmp_path: Path) -> None:
    found = file_kind(write_letters(tmp_path / "tiny.gguf", architecture=architecture))
    assert found.kind == "base model"
    assert found.header
    assert (found.header.architecture, found.header.data_end) == (architecture, found.size)
    assert found.size < 300_000


@every
def test_a_conversation(tiny: Engine) -> None:
    """The second turn reads as if nothing were cached, whatever the cache could keep."""
    first = tiny.build(talk(STORY * 3))
    assert len(first.tokens) > 4 * WINDOW
    scores, _ = read(tiny, first)
    assert len(scores) == len(first.places)
    answered(tiny, first)
    second = tiny.build(talk(STORY * 3, "Hi.", QUESTION))
    warm, reused = read(tiny, second)
    answered(tiny, second)

    tiny.context.clear()
    cold, _ = read(tiny, second)
    assert warm == pytest.approx(cold, abs=CLOSE)
    recurrent = tiny.model.metadata("general.architecture") in RECURRENT
    assert (bool(reused), tiny.model.can_cut) == (not recurrent, not recurrent)

    tiny.context.clear()
    other, _ = read(tiny, tiny.build(talk("No. " * 40, "Hi.", QUESTION)))
    assert other != pytest.approx(cold, abs=10 * CLOSE), "what was said before matters"


@every
def test_a_prompt_that_only_goes_on_is_not_read_again(tiny: Engine) -> None:
    whole = tiny.build(talk(STORY * 3, "Hi.", QUESTION))
    begun = replace(whole, tokens=whole.tokens[: whole.first - 10], first=0, last=0, places=())
    tiny.prefill(begun, Event(), score=False)
    warm, reused = read(tiny, whole)
    assert reused == len(begun.tokens)
    tiny.context.clear()
    cold, _ = read(tiny, whole)
    assert warm == pytest.approx(cold, abs=CLOSE)


@every
def test_what_left_the_middle_where_the_cells_can_move(tiny: Engine) -> None:
    """Elsewhere all is read anew. Either way the prompt is read, and answered."""
    cuts = tiny.model.can_cut
    first = tiny.build(talk("No. " * 15, "Hi.", STORY * 6, "Hi.", QUESTION))
    tiny.prefill(first, Event(), score=False)
    after = tiny.build(talk(STORY * 6, "Hi.", QUESTION))
    warm, reused = read(tiny, after)
    assert (reused > 256) == cuts
    assert tiny.context.used == len(after.tokens)
    assert len(warm) == len(after.places)
    answered(tiny, after)


@every
def test_a_saved_cache(tiny: Engine) -> None:
    prompt = tiny.build(talk(STORY * 3, "Hi.", QUESTION))
    tiny.prefill(prompt, Event(), score=False)
    saved = tiny.context.save()
    tiny.prefill(tiny.build(talk("No.")), Event(), score=False)
    tiny.context.restore(saved)
    assert tiny.context.used == len(prompt.tokens)
    warm, reused = read(tiny, prompt)
    if tiny.context.resumes:
        assert reused
        tiny.context.clear()
        cold, _ = read(tiny, prompt)
        assert warm == pytest.approx(cold, abs=CLOSE)
    assert tiny.context.resumes == (tiny.model.can_cut and not tiny.model.slides)


@every
def test_contrast_where_the_cache_can_be_cut(tiny: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere the answer is drawn without it. The contrast leaves nothing behind in the cache."""
    drawn: list[float] = []

    def counted(logits: FloatArray, others: FloatArray, strength: float) -> IntArray:
        drawn.append(float(np.abs(logits - others).max()))
        return contrast(logits, others, strength)

    monkeypatch.setattr(context, "contrast", counted)
    prompt = tiny.build(talk(STORY * 2, "Hi.", QUESTION))
    without = tiny.build(talk("No.", "Hi.", QUESTION))
    read(tiny, prompt)
    plain = [reading.surprisal for reading in answered(tiny, prompt).readings]
    read(tiny, prompt)
    with_it = answered(tiny, prompt, Contrast(without, 1.0))
    assert [reading.surprisal for reading in with_it.readings] == pytest.approx(plain, abs=CLOSE)
    assert bool(drawn) == tiny.model.can_cut
    assert not drawn or max(drawn) > 10 * CLOSE, "the other prompt matters"
    again, _ = read(tiny, prompt)
    tiny.context.clear()
    cold, _ = read(tiny, prompt)
    assert again == pytest.approx(cold, abs=CLOSE)


@every
def test_judging(tiny: Engine) -> None:
    likelihood = tiny.likelihood
    frames = [likelihood.tokens(text) for text in (STORY * 2, "No. " * 9, "")]
    text = likelihood.tokens("it sits on the pot.")
    together = likelihood.framed(frames, text)
    alone = []
    for frame in frames:
        likelihood.clear()
        alone += likelihood.sums(frame, [text])
    assert together == pytest.approx(alone, abs=len(text) * CLOSE)
    assert len({round(nats) for nats in alone}) == 3, "the frames matter"
    likelihood.clear()
    pair = likelihood.sums(frames[0], [text, likelihood.tokens("no.")])
    assert pair[0] == pytest.approx(alone[0], abs=len(text) * CLOSE)
    tiny.prefill(
        tiny.build(talk(STORY)), Event(), score=False
    )  # the conversation goes on beside it
    answered(tiny, tiny.build(talk(STORY)))
