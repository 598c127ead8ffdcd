"""The number of threads, found by the times of simulated machines."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from nowprint.engine.threads import TRIAL, Threads, candidates, neighbours, usable_threads

Machine = Callable[[int], float]
"""Seconds that a step takes with so many threads."""


def run(threads: Threads, machine: Machine, steps: int, share: float = 0.9) -> list[int]:
    """The numbers with which the steps of one token were done; their threads had this ``share`` of a core."""
    chance = random.Random(7)
    used = []
    for _ in range(steps):
        number = threads.number(1)
        used.append(number)
        took = machine(number) * chance.uniform(0.9, 1.1)
        threads.took(1, took, number * took * share)
    return used


def seconds(machine: Machine, used: list[int]) -> float:
    return sum(map(machine, used))


def alone(number: int) -> float:
    return 0.004 + 0.1 / number


def beside(busy: int, cores: int) -> Machine:
    """Threads that share a core with a busy program hold up all others."""
    return lambda number: alone(number) * (4 if number > cores - busy else 1)


def test_alone_all_cores_compute_and_trials_cost_next_to_nothing() -> None:
    threads = Threads(cores=8)
    used = run(threads, alone, 4000)
    assert seconds(alone, used) < 1.01 * 4000 * alone(8)
    assert set(used) >= {8, 7, 4}
    assert seconds(alone, used[:100]) < 1.15 * 100 * alone(8)


def test_while_no_core_is_shared_nothing_is_tried_after_the_first_trials() -> None:
    threads = Threads(cores=8)
    assert set(run(threads, alone, 300, share=0.99)) >= {8, 7, 4}
    assert set(run(threads, alone, 4000, share=0.99)) == {8}
    assert 7 in run(threads, alone, 4000)


@pytest.mark.parametrize(("cores", "busy", "best"), [(2, 1, 1), (4, 1, 3), (16, 1, 15), (16, 8, 8)])
def test_beside_busy_programs_it_is_soon_the_fastest_number(
    cores: int, busy: int, best: int
) -> None:
    threads = Threads(cores=cores)
    machine = beside(busy, cores)
    used = run(threads, machine, 500)
    assert all(used[60:].count(best) >= used[60:].count(number) for number in used)
    assert seconds(machine, used[60:]) < 1.08 * len(used[60:]) * machine(best)


def test_it_follows_when_a_program_begins_and_ends() -> None:
    threads = Threads(cores=4)
    run(threads, alone, 300)
    assert run(threads, beside(1, 4), 120)[-60:].count(3) > 40
    assert run(threads, alone, 600)[-60:].count(4) > 40


def test_one_long_step_calls_for_no_trial() -> None:
    threads = Threads(cores=2)
    while 1 not in run(threads, alone, 20):  # until a trial
        pass
    run(threads, alone, 20)
    threads.took(1, 40 * alone(2), 0)
    assert set(run(threads, alone, 20)) == {2}


def test_growing_steps_are_no_reason_to_change() -> None:
    threads = Threads(cores=2)
    used = []
    for step in range(3000):
        used.append(threads.number(1))
        threads.took(1, alone(used[-1]) * (1 + step / 500), 0)
    assert used.count(1) < 90


def test_equally_fast_numbers_are_kept() -> None:
    threads = Threads(cores=2)
    used = run(threads, lambda _: 0.1, 300)
    assert used[-1] == 2
    assert used.count(1) < 60


def test_batches_are_judged_by_themselves_and_by_the_token() -> None:
    threads = Threads(cores=2)
    run(threads, beside(1, 2), 60)
    assert (threads.number(1), threads.number(200)) == (1, 2)
    for tokens in (256, 64, 200, 130, 32, 256, 90, 70) * 4:
        number = threads.number(tokens)
        threads.took(tokens, (tokens + 3) * (0.004 if number == 2 else 0.003), 0)
    assert (threads.number(3), threads.number(200)) == (1, 1)


def test_another_number_is_tried_with_a_short_batch() -> None:
    threads = Threads(cores=2)
    read = {1: 0, 2: 0}
    for _ in range(20):
        tokens, number = threads.longest(256), threads.number(256)
        read[number] += tokens
        threads.took(tokens, tokens * alone(number), 0)
    assert 0 < read[1] <= 4 * TRIAL
    assert read[2] >= 16 * 256


def test_a_number_that_the_user_chose_stays() -> None:
    threads = Threads(1)
    assert set(run(threads, alone, 100)) == {1}
    assert set(run(Threads(cores=1), alone, 100)) == {1}


def test_what_is_tried() -> None:
    assert candidates(1) == [1]
    assert candidates(2) == [1, 2]
    assert candidates(16) == [1, 2, 3, 4, 6, 8, 12, 15, 16]
    assert neighbours(candidates(16), 16) == [15, 8]
    assert neighbours(candidates(16), 8) == [6, 4, 12, 16]
    assert neighbours([1, 2], 1) == [2]


def test_no_more_threads_than_there_are() -> None:
    assert usable_threads(1) == 1
    assert 1 <= usable_threads(0) <= usable_threads(1_000_000)
