"""What ``bench overhead`` measures: the same tokens, with the threads that it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nowprint.bench import overhead as bench
from nowprint.engine.engine import Engine
from nowprint.engine.threads import Threads, usable_threads

Step = tuple[Threads, int]
"""What chose a step's number of threads, and how many tokens it had."""


@pytest.fixture(scope="module")
def engine(starter_model: Path) -> Iterator[Engine]:
    # a fixed number of threads: a trial of another one would have its say in how batches are cut
    engine = Engine(starter_model, context=1024, threads=usable_threads(0))
    yield engine
    engine.close()


@pytest.fixture
def steps(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Step]]:
    """Everything that the bench computes, in small."""
    monkeypatch.setattr(bench, "_ANSWERED", "Take the direct train.")
    monkeypatch.setattr(bench, "BLOCK", 4)
    monkeypatch.setattr(bench, "BLOCKS", 1)
    monkeypatch.setattr(bench, "BUSY_BLOCKS", 1)
    decoder, done = engine.context._decoder, []
    decode = decoder.decode

    def note(entries: list[tuple[int, int, int, bool]]) -> int:
        done.append((decoder.threads, len(entries)))
        return decode(entries)

    monkeypatch.setattr(decoder, "decode", note)
    adapting = decoder.threads
    yield done
    assert decoder.threads is adapting


def test_both_read_and_write_as_much(engine: Engine, steps: list[Step]) -> None:
    report = bench.overhead(engine, 1)
    adapting = engine.context._decoder.threads
    ours = [tokens for threads, tokens in steps if threads is adapting]
    theirs = [tokens for threads, tokens in steps if threads is not adapting]
    assert (sum(ours), len(ours)) == (sum(theirs), len(theirs))
    assert {threads.number(1) for threads, _ in steps if threads is not adapting} == {
        usable_threads(0)
    }
    assert report["prefill_ratio"] > 0 < report["decode_ratio"]
    assert report["prompt_tokens"] > report["message_tokens"] > 0


def test_beside_busy_programs_each_number_of_threads_is_tried(
    engine: Engine, steps: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "candidates", lambda _: [1, 2])
    monkeypatch.setattr("nowprint.engine.threads.usable_threads", lambda wanted: wanted or 2)
    report = bench.overhead_beside(engine, 1, 3)
    adapting = engine.context._decoder.threads
    assert {threads.number(1) for threads, _ in steps if threads is not adapting} == {1, 2}
    assert report["beside"] == 3
    assert report["prefill_ratio"] > 0 < report["decode_ratio"]
    assert set(report["tokens_per_second"]) == {"Nowprint", "bare, 1 threads", "bare, 2 threads"}
    speeds = report["tokens_per_second"]
    for kind, best in report["best_threads"].items():
        assert speeds[f"bare, {best} threads"][kind] == max(
            speeds[f"bare, {n} threads"][kind] for n in (1, 2)
        )
