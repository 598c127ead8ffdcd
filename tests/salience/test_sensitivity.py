"""From a share to a threshold."""

from __future__ import annotations

import itertools
import random

import pytest

from nowprint.salience.sensitivity import LEAST_HISTORY, NOTHING, USUAL, WORTH, threshold, worth

DRAW = random.Random(7)
MIXED = [DRAW.random() for _ in range(1000)]
ALL_FACTS = [0.6 + 0.4 * DRAW.random() for _ in range(1000)]
ALL_JUNK = [0.4 * DRAW.random() for _ in range(1000)]


def share(saliences: list[float], keep: float) -> float:
    least = threshold(keep, saliences)
    return sum(s >= least for s in saliences) / len(saliences)


def test_up_to_the_usual_share_only_what_is_worth_it_is_kept() -> None:
    assert threshold(USUAL) == WORTH
    assert share(ALL_JUNK, USUAL) == 0


def test_nothing_and_everything() -> None:
    for saliences in (MIXED, ALL_FACTS, ALL_JUNK):
        assert share(saliences, 0) == 0
        assert share(saliences, 1) == 1
    assert threshold(0) == NOTHING
    assert threshold(-1) == NOTHING
    assert threshold(1, MIXED) == threshold(2, MIXED) == 0


def test_above_the_usual_share_more_and_more_of_the_rest() -> None:
    assert worth(0.875) == pytest.approx(WORTH / 2)
    steps = [worth(USUAL + 0.25 * n / 10) for n in range(11)]
    assert all(a > b for a, b in itertools.pairwise(steps))


@pytest.mark.parametrize("keep", [0.1, 0.25, 0.5, 0.75])
def test_the_share_holds_for_somebody_who_tells_facts_all_day(keep: float) -> None:
    assert share(ALL_FACTS, keep) == pytest.approx(keep, abs=0.002)


@pytest.mark.parametrize("keep", [0.1, 0.25, 0.4])
def test_a_small_share_holds_from_the_first_message_on(keep: float) -> None:
    assert threshold(keep) == pytest.approx(1 - keep, abs=0.01)
    few = threshold(keep, [0.95] * 20)
    many = threshold(keep, [0.95] * (LEAST_HISTORY - 1))
    assert threshold(keep) <= few <= many <= threshold(keep, [0.95] * LEAST_HISTORY) == 0.95
    assert threshold(keep) < many


def test_a_greater_share_never_keeps_less() -> None:
    for saliences in (MIXED, ALL_FACTS, ALL_JUNK, [0.5] * 500):
        least = [threshold(n / 40, saliences) for n in range(41)]
        assert all(a >= b for a, b in itertools.pairwise(least))


def test_the_order_of_the_history_does_not_matter() -> None:
    assert threshold(0.3, ALL_FACTS) == threshold(0.3, sorted(ALL_FACTS))
