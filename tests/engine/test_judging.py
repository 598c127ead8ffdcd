"""A small model judges for a large one."""

from __future__ import annotations

from pathlib import Path

import pytest

from nowprint.engine import engine as module
from nowprint.engine.engine import Engine

from .tiny_gguf import EVERY


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return next(iter(EVERY.values()))(tmp_path / "small.gguf")


def test_the_small_model_judges_and_the_large_one_measures(
    starter_model: Path, small: Path
) -> None:
    engine = Engine(starter_model, context=512, judge=small)
    judging = engine.judging
    assert judging is not engine.likelihood
    assert engine.judging is judging
    assert len(judging.tokens("a cat")) != len(engine.likelihood.tokens("a cat"))
    engine.close()


def test_a_model_that_is_not_much_larger_judges_itself(starter_model: Path) -> None:
    engine = Engine(starter_model, context=512, judge=starter_model)
    assert engine.judging is engine.likelihood
    engine.close()


def test_a_judge_that_can_not_be_opened_is_done_without(
    starter_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(60))
    engine = Engine(starter_model, context=512, judge=broken)
    monkeypatch.setattr(module, "SMALL", 1.0)
    assert engine.judging is engine.likelihood
    engine.close()
