"""What is cached of a message's readings belongs to the model that made them."""

from __future__ import annotations

from pathlib import Path

from tests.engine.tiny_gguf import EVERY

from nowprint.bench.cache import Cache
from nowprint.bench.readings import Readings
from nowprint.engine.engine import Engine
from nowprint.language.sentences import Span

TEXT = "My cat Pickwick eats fish."


def test_each_judging_model_has_readings_of_its_own(starter_model: Path, tmp_path: Path) -> None:
    small = next(iter(EVERY.values()))(tmp_path / "small.gguf")
    engine = Engine(starter_model, context=512, judge=small)
    span = [Span(0, len(TEXT))]
    with Cache(tmp_path / "cache.db") as cache:
        (by_the_small,) = Readings(engine, cache).framed(TEXT, span)
        (by_itself,) = Readings(engine, cache, engine.likelihood).framed(TEXT, span)
        again = Readings(engine, cache, engine.judging).framed(TEXT, span)
    engine.close()
    assert by_itself.sums != by_the_small.sums
    assert again == (by_the_small,)
