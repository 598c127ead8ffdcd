"""Reading prompts with reuse, and writing answers: the real model's every token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from nowprint.engine.context import BATCH, OUTPUTS, PROBE, Context
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Prompt, Stopped
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import PLAIN_STOP, Part, PromptMessage
from nowprint.records import TokenScore

GREEDY = Sampling(temperature=0)
ONGOING = Event()
LIST = "A heron stood in the shallows of lake Vico, and Marta counted eleven of her young. "
SHORT = 24
"""Tokens of a batch, where a test wants many batches of little."""


def prompt_of(engine: Engine, text: str, *history: str) -> Prompt:
    messages = [PromptMessage("system", (Part("Be brief.", "system"),))]
    for n, said in enumerate(history):
        role = "assistant" if n % 2 else "user"
        messages.append(PromptMessage(role, (Part(said, "history"),)))
    return engine.build([*messages, PromptMessage("user", (Part(text, "message"),))])


def assert_alike(some: tuple[TokenScore, ...], others: tuple[TokenScore, ...]) -> None:
    """The same, but for the noise that other batch sizes make in quantised arithmetic."""
    assert [(s.token, s.start, s.end) for s in some] == [(s.token, s.start, s.end) for s in others]
    for measure, noise in (("surprisal", 0.15), ("entropy", 0.15), ("kl", 0.5)):
        apart = [
            abs(getattr(a, measure) - getattr(b, measure))
            for a, b in zip(some, others, strict=True)
        ]
        assert sum(apart) / len(apart) < noise, measure
        assert max(apart) < 8 * noise, measure


@pytest.fixture
def short_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nowprint.engine.context.BATCH", SHORT)
    monkeypatch.setattr("nowprint.engine.context.OUTPUTS", 10)


def read(engine: Engine, prompt: Prompt) -> tuple[TokenScore, ...]:
    return engine.prefill(prompt, ONGOING, score=True).scores


def answer(engine: Engine, prompt: Prompt, limit: int = 16, sampling: Sampling = GREEDY) -> str:
    generation = engine.generate(prompt, sampling, limit, ONGOING)
    return "".join(step.text for step in generation) + generation.rest


def dictate(monkeypatch: pytest.MonkeyPatch, tokens: Sequence[int]) -> None:
    """Let the model write these."""
    given = iter(tokens)
    for name in ("sample", "sample_among"):
        monkeypatch.setattr(f"nowprint.engine.context.Sampler.{name}", lambda *_: next(given))


# --- reading -----------------------------------------------------------------------------------


def test_every_token_of_the_message_is_scored_and_no_other(engine: Engine) -> None:
    text = "My cat Pickwick needs the low phosphorus food."
    scores = read(engine, prompt_of(engine, text, "Hello.", "Hi."))
    assert "".join(text[s.start : s.end] for s in scores) == text
    assert "".join(s.text for s in scores) == text
    assert all(s.surprisal > 0 and s.entropy > 0 for s in scores)
    surprising = max(scores[1:], key=lambda s: s.surprisal)
    assert surprising.text.strip() in ("Pick", "wick", "phosph", "orus", "low")


def test_nothing_is_scored_unless_asked_for(engine: Engine) -> None:
    prompt = prompt_of(engine, "Hello there.")
    assert engine.prefill(prompt, ONGOING, score=False).scores == ()
    assert answer(engine, prompt)


def test_a_longer_conversation_reads_only_what_is_new(engine: Engine) -> None:
    first = prompt_of(engine, "What is a heron?")
    assert engine.prefill(first, ONGOING, score=True).reused == 0
    said = answer(engine, first)
    second = prompt_of(engine, "And a stork, on its red legs?", "What is a heron?", said)
    again = engine.prefill(second, ONGOING, score=True)
    assert again.reused >= len(first.tokens) - 1
    engine.context.clear()
    fresh = engine.prefill(second, ONGOING, score=True)
    assert fresh.reused == 0
    assert_alike(again.scores, fresh.scores)


def test_a_prompt_that_was_read_is_read_no_more_than_its_scores_need(engine: Engine) -> None:
    prompt = prompt_of(engine, "What is a heron?")
    first = engine.prefill(prompt, ONGOING, score=True)
    again = engine.prefill(prompt, ONGOING, score=True)
    assert again.reused == prompt.first - 1
    assert_alike(again.scores, first.scores)
    unscored = engine.prefill(prompt, ONGOING, score=False)
    assert unscored.reused == len(prompt.tokens) - 1


def test_a_prompt_that_differs_early_is_read_anew(engine: Engine) -> None:
    read(engine, prompt_of(engine, "Yes?", LIST, "Fine."))
    other = prompt_of(engine, "Well?", "Hello.", "Hi.")
    scores = read(engine, other)
    assert engine.context.used == len(other.tokens)
    engine.context.clear()
    assert_alike(scores, read(engine, other))


def test_a_message_of_many_batches_is_scored_as_in_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = prompt_of(engine, LIST + LIST.upper(), "Hello.", "Hi.")
    assert 30 < prompt.last - prompt.first < OUTPUTS
    assert len(prompt.tokens) < BATCH
    in_one = read(engine, prompt)
    assert len(in_one) == prompt.last - prompt.first
    for batch, outputs in ((SHORT, OUTPUTS), (BATCH, 7)):
        monkeypatch.setattr("nowprint.engine.context.BATCH", batch)
        monkeypatch.setattr("nowprint.engine.context.OUTPUTS", outputs)
        engine.context.clear()
        assert_alike(read(engine, prompt), in_one)


def test_a_prompt_of_several_whole_batches(engine: Engine) -> None:
    prompt = prompt_of(engine, "Which lake was it? " + 4 * LIST, 9 * LIST, "Fine.")
    assert len(prompt.tokens) > BATCH + OUTPUTS
    assert prompt.last - prompt.first > OUTPUTS
    told: list[tuple[int, int]] = []
    scores = engine.prefill(
        prompt, ONGOING, score=True, on_progress=lambda *n: told.append(n)
    ).scores
    assert len(scores) == prompt.last - prompt.first
    assert engine.context.used == len(prompt.tokens)
    assert told[0] == (BATCH, len(prompt.tokens))
    assert told[-1] == (len(prompt.tokens), len(prompt.tokens))
    assert told == sorted(told)
    assert scores[-5].surprisal < 1  # what was told a dozen times is no surprise


def test_who_must_be_heeded_soon_waits_for_short_batches(engine: Engine) -> None:
    engine.context.clear()
    prompt = prompt_of(engine, LIST)
    steps: list[int] = []
    scores = engine.prefill(
        prompt, ONGOING, score=True, heed=1e-9, on_progress=lambda done, _: steps.append(done)
    ).scores
    assert len(steps) >= len(prompt.tokens) - PROBE + 1
    engine.context.clear()
    assert_alike(scores, read(engine, prompt))


@pytest.mark.usefixtures("short_batches")
def test_stop_between_two_batches_keeps_what_was_read(engine: Engine) -> None:
    prompt = prompt_of(engine, "Yes?", LIST, "Fine.")
    stop = Event()
    with pytest.raises(Stopped):
        engine.prefill(prompt, stop, score=True, on_progress=lambda *_: stop.set())
    assert engine.context.used == SHORT
    resumed = engine.prefill(prompt, ONGOING, score=True)
    assert resumed.reused == SHORT
    engine.context.clear()
    assert_alike(resumed.scores, read(engine, prompt))


def test_stop_before_anything_is_read(engine: Engine) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        engine.prefill(prompt_of(engine, "Hello."), stop, score=True)
    assert engine.context.used == 0


# --- writing -----------------------------------------------------------------------------------


def test_greedy_answers_are_the_same_each_time(engine: Engine) -> None:
    prompt = prompt_of(engine, "What is the capital of France?")
    read(engine, prompt)
    first = answer(engine, prompt)
    assert "Paris" in first
    read(engine, prompt_of(engine, "Something else entirely."))
    read(engine, prompt)
    assert answer(engine, prompt) == first


def test_a_seed_gives_the_same_answer_and_another_seed_another(engine: Engine) -> None:
    prompt = prompt_of(engine, "Tell me a story.")
    answers = []
    for seed in (7, 7, 8):
        engine.prefill(prompt, ONGOING, score=False)
        answers.append(answer(engine, prompt, 12, Sampling(temperature=1.5, seed=seed)))
    assert answers[0] == answers[1]
    assert len(set(answers)) > 1


def test_an_answer_that_ends_by_itself(engine: Engine) -> None:
    prompt = prompt_of(engine, "Say only: Yes.")
    read(engine, prompt)
    generation = engine.generate(prompt, GREEDY, 200, ONGOING)
    steps = list(generation)
    assert generation.finish == "end"
    assert 0 < len(steps) < 200
    text = "".join(step.text for step in steps)
    assert "<|im_end|>" not in text
    assert "".join(text[score.start : score.end] for score in generation.scores) == text


def test_an_answer_that_reaches_its_limit(engine: Engine) -> None:
    prompt = prompt_of(engine, "Tell me a long story.")
    read(engine, prompt)
    generation = engine.generate(prompt, GREEDY, 5, ONGOING)
    assert (len(list(generation)), generation.finish) == (5, "length")


def test_stop_is_seen_at_the_next_token(engine: Engine) -> None:
    prompt = prompt_of(engine, "Tell me a long story.")
    read(engine, prompt)
    stop = Event()
    generation = engine.generate(prompt, GREEDY, 100, stop)
    steps = []
    for step in generation:
        steps.append(step)
        if len(steps) == 4:
            stop.set()
    assert (len(steps), generation.finish) == (4, "stopped")


def test_emoji_and_kanji_arrive_whole(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vocabulary has no tokens for these: the model is made to write their bytes."""
    text = "日本語 👩‍👩‍👧 𒀀 é"
    prompt = prompt_of(engine, "Write it.")
    read(engine, prompt)
    dictated = engine.model.tokenize_text(text)
    assert len(dictated) > len(text)
    dictate(monkeypatch, dictated)
    generation = engine.generate(prompt, GREEDY, len(dictated), ONGOING)
    steps = list(generation)
    assert "".join(step.text for step in steps) == text
    assert not any("\ufffd" in step.text for step in steps)
    scores = generation.scores
    assert [text[score.start : score.end] for score in scores] == [step.text for step in steps]
    assert [score.token for score in scores] == dictated


def test_a_half_written_character_ends_as_a_mark(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = prompt_of(engine, "Write it.")
    read(engine, prompt)
    dictate(monkeypatch, engine.model.tokenize_text("𒀀")[:1])
    generation = engine.generate(prompt, GREEDY, 1, ONGOING)
    assert [step.text for step in generation] == [""]
    assert generation.rest == "\ufffd"


def test_the_stop_text_of_a_plain_template_ends_the_answer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = replace(prompt_of(engine, "Hello."), stop=PLAIN_STOP)
    read(engine, prompt)
    text = "Fine.\nUse\nUser: And then?\nAssistant: No."
    dictate(monkeypatch, engine.model.tokenize_text(text))
    generation = engine.generate(prompt, GREEDY, 100, ONGOING)
    text = "".join(step.text for step in generation)
    assert (text + generation.rest, generation.finish) == ("Fine.\nUse", "end")


# --- the end of the context --------------------------------------------------------------------


@pytest.fixture
def small(engine: Engine) -> Iterator[Context]:
    context = Context(engine.model, size=256)
    yield context
    context.close()


def test_the_context_s_end_ends_the_answer_and_nothing_else(engine: Engine, small: Context) -> None:
    assert small.size == 256
    long = prompt_of(engine, 14 * LIST)
    for room in (5, 1, 0):
        tokens = long.tokens[: small.size - room]
        prompt = Prompt(tokens, 0, 0, (), "")
        small.prefill(prompt, ONGOING, score=False)
        generation = small.generate(GREEDY, 100, ONGOING, "")
        assert (len(list(generation)), generation.finish) == (room, "length")
        assert small.used <= small.size
    short = prompt_of(engine, "Say only: Yes.")
    small.prefill(short, ONGOING, score=True)
    assert "".join(step.text for step in small.generate(GREEDY, 8, ONGOING, ""))


@pytest.mark.parametrize(
    ("asked", "given"), [(0, 256), (-5, 256), (1, 256), (300, 512), (10**9, 8192)]
)
def test_a_context_of_any_size_that_was_asked_for_works(
    starter_model: Path, asked: int, given: int
) -> None:
    engine = Engine(starter_model, context=asked, threads=-1)
    try:
        assert engine.info.context == given
        prompt = prompt_of(engine, "Say only: Yes.")
        read(engine, prompt)
        assert answer(engine, prompt, 3)
    finally:
        engine.close()


def test_more_threads_than_there_are_are_not_asked_for(starter_model: Path) -> None:
    engine = Engine(starter_model, context=256, threads=1_000_000)
    try:
        read(engine, prompt_of(engine, "Hello."))
    finally:
        engine.close()
