"""What the user does moves the head: a little, within bounds, and visibly."""

from __future__ import annotations

import json

import pytest

from nowprint.salience.head import starting_head
from nowprint.salience.learning import BIAS, RANGE, dump, learned, load, state_of

FACT = {"about you": 1.0, "dates": 0.6, "a fact, not request": 0.4}
JUNK = {"small talk": 1.0, "vague words": 0.5}


def test_a_label_moves_the_score_its_way() -> None:
    start = starting_head()
    for values in (FACT, JUNK):
        before = start.score(values)[0]
        assert learned(start, [values], worth=True).score(values)[0] > before
        assert learned(start, [values], worth=False).score(values)[0] < before


def test_only_what_the_span_had_is_weighed_anew() -> None:
    start = starting_head()
    head = learned(start, [FACT], worth=False)
    changed = {name for name in start.weights if head.weights[name] != start.weights[name]}
    assert changed == set(FACT)
    assert start == starting_head()


def test_a_user_who_disagrees_is_followed() -> None:
    close = {"dates": 0.6, "life": 0.6, "names": 0.6, "of somebody's life": 1.0, "length": 0.4}
    head = starting_head()
    assert 0.5 < head.score(close)[0] < 0.95
    for _ in range(20):
        head = learned(head, [close], worth=False)
    assert head.score(close)[0] < 0.5
    assert head.score(FACT)[0] < starting_head().score(FACT)[0]  # it is of the same kind
    assert (head.worth, head.not_worth) == (0, 20)


def test_a_less_certain_label_moves_less() -> None:
    start = starting_head()
    sure, unsure = (learned(start, [JUNK], worth=True, weight=w).score(JUNK)[0] for w in (1.0, 0.3))
    assert start.score(JUNK)[0] < unsure < sure


@pytest.mark.parametrize("worth", [True, False])
def test_a_run_of_labels_stays_within_bounds(worth: bool) -> None:
    start = starting_head()
    head = start
    for values in (FACT, JUNK) * 500:
        head = learned(head, [values], worth=worth)
    moved = [abs(head.bias - start.bias)]
    moved += [abs(head.weights[name] - start.weights[name]) for name in start.weights]
    assert max(moved) <= RANGE + 1e-9
    assert max(moved) > RANGE / 2


def test_many_at_once_are_one_step_for_what_they_have_in_common() -> None:
    start = starting_head()
    one, many = (learned(start, [FACT] * count, worth=False) for count in (1, 500))
    assert many.weights == pytest.approx(dict(one.weights))
    assert (one.not_worth, many.not_worth) == (1, 500)
    both = learned(start, [FACT, JUNK], worth=False)
    for name in (*FACT, *JUNK):
        moved = [head.weights[name] - start.weights[name] for head in (both, one)]
        assert moved[0] < 0
        assert name in JUNK or moved[1] < moved[0]


def test_labels_with_unknown_features_are_no_fault() -> None:
    head = learned(starting_head(), [{"of another version": 1.0}], worth=True)
    assert set(head.weights) == set(starting_head().weights)


# --- kept in the store -------------------------------------------------------------------------


def test_a_state_comes_back_as_it_was() -> None:
    head = learned(learned(starting_head(), [FACT], worth=False), [JUNK], worth=True)
    again = load(dump(head))
    assert again.bias == pytest.approx(head.bias)
    assert again.weights == pytest.approx(dict(head.weights))
    assert (again.worth, again.not_worth) == (1, 1)
    assert load(dump(starting_head())) == starting_head()


@pytest.mark.parametrize(
    "stored",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"7",
        json.dumps({"bias": 0, "weights": [], "worth": 1, "not_worth": 0}).encode(),
        json.dumps({"bias": float("nan"), "weights": {}, "worth": 1, "not_worth": 0}).encode(),
        json.dumps({"bias": 0, "weights": {"names": "x"}, "worth": 1, "not_worth": 0}).encode(),
    ],
)
def test_a_damaged_state_is_the_start(stored: bytes | None) -> None:
    assert load(stored) == starting_head()


def test_a_state_beyond_the_bounds_is_cut() -> None:
    state = {"bias": -99, "weights": {"names": 99, "gone": 1}, "worth": 1, "not_worth": 2}
    head, start = load(json.dumps(state).encode()), starting_head()
    assert head.bias == start.bias - RANGE
    assert head.weights["names"] == start.weights["names"] + RANGE
    assert set(head.weights) == set(start.weights)


def test_the_inspector_sees_what_was_learned() -> None:
    start = starting_head()
    state = state_of(learned(start, [FACT], worth=False))
    assert (state.worth, state.not_worth) == (0, 1)
    assert [w.feature for w in state.weights] == [BIAS, *start.weights]
    down = [w.feature for w in state.weights if w.learned < w.starting]
    assert set(down) == {BIAS, *FACT}
