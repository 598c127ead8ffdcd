"""Each step runs with the number of threads that was chosen for it, and its time is told."""

from __future__ import annotations

from threading import Event

import llama_cpp
import pytest

from nowprint.engine.context import Context
from nowprint.engine.engine import Engine
from nowprint.engine.likelihood import Likelihood
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage
from nowprint.engine.threads import Threads


class Turning(Threads):
    """One thread and two in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.told: list[int] = []

    def number(self, tokens: int) -> int:
        self.asked.append(tokens)
        return 1 + len(self.asked) % 2

    def took(self, tokens: int, seconds: float, computed: float) -> None:
        assert seconds > 0
        assert computed > 0
        self.told.append(tokens)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """With how many threads llama.cpp was told to compute, when it did."""
    decode, numbers = llama_cpp.llama_decode, []

    def note(context: object, batch: object) -> int:
        numbers.append(llama_cpp.llama_n_threads(context))
        assert llama_cpp.llama_n_threads_batch(context) == numbers[-1]
        return decode(context, batch)

    monkeypatch.setattr(llama_cpp, "llama_decode", note)
    return numbers


def test_an_answer(engine: Engine, running: list[int]) -> None:
    threads = Turning()
    context = Context(engine.model, size=256, threads=threads)
    prompt = engine.build([PromptMessage("user", (Part("Say only: Yes.", "message"),))])
    answers = []
    for reads in (context, engine.context):
        reads.prefill(prompt, Event(), score=True)
        steps = reads.generate(Sampling(temperature=0), 6, Event(), "")
        answers.append("".join(step.text for step in steps))
    context.close()
    assert answers[0] == answers[1]
    assert threads.asked == threads.told == [len(prompt.tokens), *[1] * (len(threads.told) - 1)]
    assert running[: len(threads.told)] == [2, 1, 2, 1, 2, 1, 2][: len(threads.told)]


def test_judging(engine: Engine, running: list[int]) -> None:
    threads = Turning()
    judge = Likelihood(engine.model, threads=threads, cells=256)
    judge.sums([5, 6, 7], [[8, 9], [10, 11]])
    judge.close()
    assert threads.asked == threads.told == [3, 2]
    assert running == [2, 1]
