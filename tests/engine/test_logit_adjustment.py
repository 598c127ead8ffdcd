"""The next token's logits, adjusted: by contrast with the prompt without recollections, by a hook."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import llama_cpp
import numpy as np
import pytest

from nowprint.engine.cache.contrast import WITHOUT
from nowprint.engine.context import BATCH, Context
from nowprint.engine.distribution import Distribution, FloatArray
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Contrast, Generation, Prompt
from nowprint.engine.logit_adjustment import contrast
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage

GREEDY = Sampling(temperature=0)
ONGOING = Event()
ASKED = "What is my boss called?"
SAID = "Remember:\n- My boss is called Ottoline.\n\n"


def prompts(engine: Engine, asked: str = ASKED) -> tuple[Prompt, Prompt]:
    """With the recollection, and without it."""
    system = PromptMessage("system", (Part("Be brief.", "system"),))
    last = Part(asked, "message")
    return (
        engine.build([system, PromptMessage("user", (Part(SAID, "recalled"), last))]),
        engine.build([system, PromptMessage("user", (last,))]),
    )


def generation(
    engine: Engine, strength: float, limit: int = 12, asked: str = ASKED, stop: Event = ONGOING
) -> Generation:
    prompt, without = prompts(engine, asked)
    engine.prefill(prompt, ONGOING, score=True)
    drawn_away = Contrast(without, strength) if strength >= 0 else None
    return engine.generate(prompt, GREEDY, limit, stop, contrast=drawn_away)


def beside(context: Context) -> int:
    """The last position that the second sequence holds; -1 when it holds none."""
    return int(llama_cpp.llama_memory_seq_pos_max(context._cache._memory, WITHOUT))


def test_contrast_raises_what_the_recollections_made_likelier() -> None:
    logits = np.array([3.0, 2.5, 2.9, -4.0], np.float32)
    without = np.array([3.0, 0.5, 3.4, -9.0], np.float32)
    contrast(logits, without, 1.0)
    # 3 + 0, 2.5 + 2, 2.9 - .5, moved so that the greatest is 3 again; the last was never likely
    assert logits.tolist() == pytest.approx([1.5, 3.0, 0.9, -np.inf])


def test_contrast_between_equals_changes_no_order() -> None:
    logits = np.array([3.0, 2.5, 2.9, -4.0], np.float32)
    contrast(logits, logits.copy() + 7, 1.0)
    assert logits.tolist() == pytest.approx([3.0, 2.5, 2.9, -np.inf])


def test_a_name_that_only_a_recollection_knows_gets_likelier(engine: Engine) -> None:
    """Of the answers to the same prompt, the one drawn away from the other prompt has more of it."""
    told = {}
    for strength in (-1.0, 2.0):
        drawn = generation(engine, strength)
        told[strength] = "".join(step.text for step in drawn)
        assert beside(engine.context) == -1
    assert "Ottoline" in told[2.0]
    assert told[2.0] != told[-1.0]


def test_without_strength_the_answer_is_as_without_contrast(engine: Engine) -> None:
    answers = [[step.text for step in generation(engine, strength, 6)] for strength in (-1, 0)]
    assert answers[0] == answers[1]


def test_scores_are_of_the_model_s_own_distribution(engine: Engine) -> None:
    drawn = generation(engine, 2.0)
    text = "".join(step.text for step in drawn)
    tokens = [score.token for score in drawn.scores]
    assert text
    prompt, _ = prompts(engine)
    whole = Prompt(
        (*prompt.tokens, *tokens),
        len(prompt.tokens),
        len(prompt.tokens) + len(tokens),
        tuple((score.start, score.end) for score in drawn.scores),
        "",
    )
    engine.context.clear()
    again = engine.prefill(whole, ONGOING, score=True).scores
    apart = [abs(a.surprisal - b.surprisal) for a, b in zip(drawn.scores, again, strict=True)]
    assert sum(apart) / len(apart) < 0.15


def test_the_next_turn_reuses_what_was_read_and_written(engine: Engine) -> None:
    drawn = generation(engine, 1.0)
    list(drawn)
    prompt, _ = prompts(engine)
    tokens = (*prompt.tokens, *(score.token for score in drawn.scores))
    used = engine.context.used
    assert used in (len(tokens), len(tokens) - 1)
    following = Prompt((*tokens, *prompt.tokens), 0, 0, (), "")
    assert engine.prefill(following, ONGOING, score=False).reused == used
    reused = [step.text for step in engine.generate(following, GREEDY, 6, ONGOING)]
    engine.context.clear()
    engine.prefill(following, ONGOING, score=False)
    assert reused == [step.text for step in engine.generate(following, GREEDY, 6, ONGOING)]


def test_stopped_or_left_in_the_middle_nothing_stays_beside(engine: Engine) -> None:
    stop = Event()
    drawn = generation(engine, 1.0, stop=stop)
    for _ in drawn:
        assert beside(engine.context) > 0
        stop.set()
    assert (drawn.finish, len(drawn.scores), beside(engine.context)) == ("stopped", 1, -1)
    steps = iter(generation(engine, 1.0))
    next(steps)
    assert beside(engine.context) > 0
    prompt, _ = prompts(engine, "Well?")
    engine.prefill(prompt, ONGOING, score=False)
    assert beside(engine.context) == -1


def test_a_message_that_would_take_long_to_read_twice_is_not(engine: Engine) -> None:
    drawn = generation(engine, 1.0, 2, asked="heron " * BATCH)
    for _ in drawn:
        assert beside(engine.context) == -1
    assert len(drawn.scores) == 2


@pytest.fixture
def small(engine: Engine) -> Iterator[Context]:
    context = Context(engine.model, size=256)
    yield context
    context.close()


@pytest.mark.parametrize("room", [1, 8, 14, 30])
def test_the_context_s_end_ends_contrast_before_the_answer(
    engine: Engine, small: Context, room: int
) -> None:
    prompt, without = prompts(engine)
    filled = Prompt((prompt.tokens * 9)[: small.size - room], 0, 0, (), "")
    other = Prompt(filled.tokens[:-9] + without.tokens[-4:], 0, 0, (), "")
    small.prefill(filled, ONGOING, score=False)

    def on_and_on(logits: FloatArray, _: Distribution) -> None:
        logits[filled.tokens[-1]] = 1000
        beside_at.append(beside(small))

    beside_at: list[int] = []
    drawn = small.generate(
        GREEDY, 100, ONGOING, "", contrast=Contrast(other, 1.0), adjust=on_and_on
    )
    assert (len(list(drawn)), drawn.finish) == (room, "length")
    assert small.used <= small.size
    assert beside_at[-1] == -1
    assert (beside_at[0] > 0) == (room > 5)


def test_an_answer_never_begins_with_what_is_ruled_out_and_may_go_on_with_it(
    engine: Engine,
) -> None:
    prompt, without = prompts(engine)

    def drawn(limit: int, strength: float, *never: int) -> list[int]:
        engine.prefill(prompt, ONGOING, score=False)
        contrast = Contrast(without, strength, never)
        answer = engine.generate(prompt, GREEDY, limit, ONGOING, contrast=contrast)
        list(answer)
        return [score.token for score in answer.scores]

    for strength in (0.0, 1.0):
        usual = drawn(4, strength)
        other = drawn(1, strength, usual[0])
        assert other[0] not in (usual[0], drawn(1, strength, usual[0], other[0])[0])
        assert drawn(4, strength, *set(usual[1:]) - {usual[0]}) == usual


def test_a_hook_is_given_the_distribution_and_changes_what_is_drawn(engine: Engine) -> None:
    prompt, _ = prompts(engine)
    engine.prefill(prompt, ONGOING, score=False)
    plain = engine.generate(prompt, GREEDY, 1, ONGOING)
    list(plain)
    likeliest = plain.scores[0].token
    seen: list[Distribution] = []

    def never(logits: FloatArray, distribution: Distribution) -> None:
        seen.append(distribution)
        logits[likeliest] = -np.inf

    engine.prefill(prompt, ONGOING, score=False)
    drawn = engine.generate(prompt, GREEDY, 3, ONGOING, adjust=never)
    list(drawn)
    assert likeliest not in [score.token for score in drawn.scores]
    assert len(seen) == len(drawn.scores)
    first = drawn.scores[0]
    assert first.top[0].token == likeliest
    assert seen[0].ids[seen[0].p.argmax()] == likeliest
    assert seen[0].entropy == first.entropy
