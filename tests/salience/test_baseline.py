"""What is usual: a running window against its definition, and states of every quality."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest

from nowprint.records import TokenScore
from nowprint.salience.baseline import MEASURES, WARM, WINDOW, Baseline, RunningStatistic


def score(
    surprisal: float, entropy: float = 2.0, kl: float = 5.0, shift: float = 0.5
) -> TokenScore:
    return TokenScore(1, "x", 0, 1, surprisal, entropy, kl, shift, ())


def exponential(values: list[float], start: RunningStatistic) -> tuple[float, float]:
    """Mean and deviation with each value's weight written out; the warm start is ``start.weight``
    values of the mean and spread of the defaults, as old as the whole sequence.
    """
    fade = 1 - 1 / WINDOW
    ages = np.arange(len(values))[::-1]
    weights = np.append(fade**ages, start.weight * fade ** len(values))
    places = np.append(values, start.mean)
    spreads = np.append(np.zeros(len(values)), start.deviation**2)
    mean = np.average(places, weights=weights)
    variance = np.average((places - mean) ** 2 + spreads, weights=weights)
    return float(mean), math.sqrt(variance)


@pytest.mark.parametrize("count", [1, 10, 300, 3000])
def test_the_window_is_exponential(count: int) -> None:
    draw = random.Random(count)
    values = [draw.expovariate(1 / 3) for _ in range(count)]
    start = RunningStatistic(5.0, 2.0, WARM)
    after = start.after(values)
    mean, deviation = exponential(values, start)
    assert after.mean == pytest.approx(mean, rel=1e-6)
    assert after.deviation == pytest.approx(deviation, rel=0.01)


def test_values_in_one_go_or_one_by_one() -> None:
    start = RunningStatistic(5.0, 2.0, WARM)
    values = [1.0, 9.0, 2.5, 0.0]
    one_by_one = start
    for value in values:
        one_by_one = one_by_one.after([value])
    assert one_by_one.mean == pytest.approx(start.after(values).mean)
    assert one_by_one.deviation == pytest.approx(start.after(values).deviation)


def test_what_lasts_becomes_the_usual() -> None:
    baseline = Baseline.warm("user")
    usual = baseline.usual["surprisal"]
    lasting = baseline.after([score(8.0 + (n % 2)) for n in range(4 * WINDOW)]).usual["surprisal"]
    assert usual.mean < 5
    assert lasting.mean == pytest.approx(8.5, abs=0.1)
    assert lasting.deviation == pytest.approx(0.5, abs=0.2)
    assert lasting.weight == pytest.approx(WINDOW, rel=0.05)


def test_one_message_hardly_moves_a_warm_start() -> None:
    for speaker in ("user", "assistant"):
        warm = Baseline.warm(speaker)
        after = warm.after([score(12.0)] * 10)
        assert after.usual["surprisal"].mean < warm.usual["surprisal"].mean + 0.5


def test_each_statistic_has_its_own() -> None:
    after = Baseline.warm("user").after([score(0.0, 2.0, 7.0, 0.25)] * 20_000)
    assert {m: round(u.mean, 3) for m, u in after.usual.items()} == {
        "rarity": round(math.log(2), 3),
        "surprisal": 0.0,
        "entropy": 2.0,
        "kl": 7.0,
        "shift": 0.25,
    }


# --- kept in the store -------------------------------------------------------------------------


def test_a_state_comes_back_as_it_was() -> None:
    baseline = Baseline.warm("assistant").after([score(1.5), score(0.25, 3.0, 1.0, 1.0)])
    assert Baseline.load(baseline.dump(), "assistant") == baseline


def damaged(**changes: object) -> bytes:
    state = json.loads(Baseline.warm("user").dump())
    return json.dumps(state | changes).encode()


@pytest.mark.parametrize(
    "state",
    [
        None,
        b"",
        b"\xff\x00\xfe",
        b"[]",
        b"null",
        b"{}",
        b"7",
        Baseline.warm("user").dump()[:-9],
        damaged(kl=None),
        damaged(kl=[1, 2]),
        damaged(kl=[1, 2, 3, 4]),
        damaged(kl="much"),
        damaged(kl=[1, "x", 3]),
        damaged(kl=[math.nan, 1, 256]),
        damaged(kl=[1, math.inf, 256]),
        damaged(kl=[1, -1, 256]),
        damaged(kl=[1, 1, 0]),
    ],
)
def test_a_state_that_is_missing_or_damaged_starts_warm(state: bytes | None) -> None:
    for speaker in ("user", "assistant"):
        loaded = Baseline.load(state, speaker)
        assert loaded == Baseline.warm(speaker)
        assert set(loaded.usual) == set(MEASURES)


def test_the_speakers_are_not_alike() -> None:
    assert Baseline.warm("user") != Baseline.warm("assistant")
