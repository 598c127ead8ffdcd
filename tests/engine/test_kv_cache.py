"""What of a cache can be used again when something has left the middle of the prompt."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from nowprint.engine.cache import kv_cache
from nowprint.engine.cache.contrast import shared
from nowprint.engine.cache.kv_cache import LEAST_MATCH, SavedCache, find_gaps
from nowprint.engine.context import Context
from nowprint.engine.context_options import ContextOptions
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Prompt, Stopped
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage

ONGOING = Event()


@pytest.fixture(scope="module")
def engine(starter_model: Path) -> Iterator[Engine]:
    engine = Engine(starter_model, context=2048)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def empty(engine: Engine) -> None:
    engine.context.clear()


LAKES = list(range(1, 15))


@pytest.fixture(scope="module")
def lakes(engine: Engine) -> SavedCache:
    """A cache that has read turns about all of ``LAKES``."""
    engine.context.clear()
    engine.prefill(prompt(engine, LAKES), ONGOING, score=False)
    return engine.context.save()


def prompt(engine: Engine, lakes: list[int], text: str = "How many swans are there?") -> Prompt:
    """A turn of some forty tokens about each lake."""
    messages = [PromptMessage("system", (Part("Be brief.", "system"),))]
    for n in lakes:
        asked = f"Question {n}: what is there to see at lake {n} in the long summer?"
        said = f"At lake {n} there are herons and {n * 7 % 13} swans, and boats."
        messages.append(PromptMessage("user", (Part(asked, "history"),)))
        messages.append(PromptMessage("assistant", (Part(said, "history"),)))
    return engine.build([*messages, PromptMessage("user", (Part(text, "message"),))])


def surprisals(engine: Engine, of: Prompt) -> list[float]:
    return [score.surprisal for score in engine.prefill(of, ONGOING, score=True).scores]


# --- finding gaps ------------------------------------------------------------------------------


def numbers(*ranges: range) -> list[int]:
    return [n for some in ranges for n in some]


def test_gaps_are_found_in_order() -> None:
    cached = numbers(range(1000))
    after = numbers(range(100), range(160, 400), range(500, 1000))
    assert find_gaps(cached, after, 100, 840) == [(60, 240), (100, 500)]


def test_what_must_be_read_is_left_out() -> None:
    cached = numbers(range(1000))
    after = numbers(range(100), range(160, 1000))
    assert find_gaps(cached, after, 100, 600) == [(60, 500)]
    assert find_gaps(cached, after, 100, 120) == []


def test_nothing_may_come_in_between() -> None:
    """A cell can't be put before others: behind something new all is read anew."""
    cached = numbers(range(1000))
    after = [*range(100), -1, *range(160, 1000)]
    assert find_gaps(cached, after, 100, 941) == []


def test_some_equal_tokens_are_no_text_that_goes_on() -> None:
    cached = numbers(range(600))
    alike = numbers(range(100), range(200, 200 + LEAST_MATCH - 1), range(5000, 5400))
    assert find_gaps(cached, alike, 100, len(alike)) == []


def test_what_repeats_is_matched_where_it_goes_on() -> None:
    chance = random.Random(5)
    some, others = ([chance.randrange(50) for _ in range(300)] for _ in range(2))
    refrain = list(range(1000, 1040))
    cached = [1, *refrain, *some, *refrain, *others]
    (gap,) = find_gaps(cached, [1, *some, *refrain, *others], 1, 641)
    assert gap == (40, 640)


# --- closing them ------------------------------------------------------------------------------


def test_what_follows_a_turn_that_left_is_not_read_again(engine: Engine, lakes: SavedCache) -> None:
    engine.context.restore(lakes)
    after = prompt(engine, [1, 2, *range(5, 9), *range(11, 15)])
    moved = engine.prefill(after, ONGOING, score=False)
    assert moved.reused >= after.first - 5, "all but the message and its marks"
    assert engine.context.used == len(after.tokens)


def test_where_cells_cannot_move_all_is_read_anew_and_the_distributions_are_nearly_the_same(
    engine: Engine, lakes: SavedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.context.restore(lakes)
    after = prompt(engine, [1, 2, *range(5, 9), *range(11, 15)], "Say, who swims at lake 12?")
    moved = surprisals(engine, after)
    engine.context.restore(lakes)
    with monkeypatch.context() as still:
        still.setattr(engine.context._cache, "moves", False)
        read = engine.prefill(after, ONGOING, score=True)
    assert read.reused == shared(lakes.tokens, after.tokens)
    assert engine.context.used == len(after.tokens)
    anew = [score.surprisal for score in read.scores]
    apart = [abs(a - b) for a, b in zip(moved, anew, strict=True)]
    assert sum(apart) / len(apart) < 0.3
    engine.context.clear()
    unlike = surprisals(engine, prompt(engine, [40], "Say, who swims at lake 12?"))
    far = [abs(a - b) for a, b in zip(unlike, anew, strict=True)]
    assert sum(far) > 2 * sum(apart)


def test_a_compressed_cache_moves_as_well(starter_model: Path) -> None:
    engine = Engine(starter_model, context=1024, options=ContextOptions(cache="q8_0"))
    try:
        engine.prefill(prompt(engine, list(range(4, 13))), ONGOING, score=False)
        after = prompt(engine, list(range(6, 13)), "Say, who swims at lake 12?")
        moved = engine.prefill(after, ONGOING, score=True)
        assert moved.reused > 256
        engine.context.clear()
        anew = surprisals(engine, after)
    finally:
        engine.close()
    apart = [abs(a.surprisal - b) for a, b in zip(moved.scores, anew, strict=True)]
    assert sum(apart) / len(apart) < 0.6


def test_where_heads_are_rotated_in_part_a_compressed_cache_stays(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """llama.cpp would abort."""
    read = engine.model.metadata
    head = 576 // 9
    part = {"llama.rope.dimension_count": str(head // 2)}
    assert engine.model.rotates_whole_heads
    monkeypatch.setattr(engine.model, "metadata", lambda key: part.get(key) or read(key))
    assert not engine.model.rotates_whole_heads
    for cache, moves in (("f16", True), ("q8_0", False)):
        context = Context(engine.model, size=256, options=ContextOptions(cache=cache))
        assert context.moves == moves
        context.close()


def test_an_answer_follows_a_closed_gap(engine: Engine, lakes: SavedCache) -> None:
    engine.context.restore(lakes)
    after = prompt(engine, list(range(4, 15)), "What is the capital of France? One word.")
    engine.prefill(after, ONGOING, score=False)
    generation = engine.generate(after, Sampling(temperature=0), 12, ONGOING)
    assert "Paris" in "".join(step.text for step in generation) + generation.rest


def test_little_is_read_again(engine: Engine, lakes: SavedCache) -> None:
    """A few saved tokens aren't worth distributions that are a little off."""
    engine.context.restore(lakes)
    after = prompt(engine, [1, 3, 4])
    moved = engine.prefill(after, ONGOING, score=False)
    assert moved.reused < 80
    assert len(after.tokens) - moved.reused < kv_cache.LEAST_SAVED


def test_a_prompt_that_is_stopped_at_once_moves_nothing(engine: Engine, lakes: SavedCache) -> None:
    """Cells that moved without being decoded behind would be saved with keys of their old places."""
    engine.context.restore(lakes)
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        engine.prefill(prompt(engine, list(range(5, 15))), stop, score=False)
    assert engine.context.used == len(lakes.tokens)


def test_what_was_read_behind_recollections_is_read_anew(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only turns that left are a gap; else an answer would go on from what was recalled for another."""
    monkeypatch.setattr(kv_cache, "LEAST_SAVED", 32)
    recalled = Part("Remember: " + "the lake is deep and cold in May. " * 3, "recalled")
    text = "What is there? " + "Tell me more about it. " * 16
    first = [PromptMessage("user", (recalled, Part(text, "message")))]
    engine.prefill(engine.build(first), ONGOING, score=False)
    said = PromptMessage("assistant", (Part("Herons.", "history"),))
    then = [PromptMessage("user", (Part(text, "history"),)), said]
    after = engine.build([*then, PromptMessage("user", (Part("And?", "message"),))])
    assert engine.prefill(after, ONGOING, score=False).reused < 60


# --- saved caches ------------------------------------------------------------------------------


def test_a_saved_cache_goes_on_where_it_was_left(engine: Engine) -> None:
    here = prompt(engine, list(range(1, 11)))
    read = surprisals(engine, here)
    saved = engine.context.save()
    assert len(saved.tokens) == engine.context.used
    engine.prefill(prompt(engine, [50, 51]), ONGOING, score=False)
    engine.context.restore(saved)
    back = engine.prefill(here, ONGOING, score=True)
    assert back.reused >= here.first - 1
    assert [s.surprisal for s in back.scores] == pytest.approx(read, abs=0.2)


def test_a_cache_that_llama_cpp_refuses_is_read_anew(engine: Engine) -> None:
    here = prompt(engine, [1, 2])
    engine.prefill(here, ONGOING, score=False)
    saved = engine.context.save()
    broken = kv_cache.SavedCache(saved.tokens, saved.cells[: saved.cells.size // 2], 0)
    engine.context.restore(broken)
    assert engine.context.used == 0
    assert engine.prefill(here, ONGOING, score=False).reused == 0
