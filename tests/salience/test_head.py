"""A score that explains itself, and starting weights that fit the features."""

from __future__ import annotations

import math

import pytest

from nowprint.salience.features import FEATURES, SUBSTANCE
from nowprint.salience.head import Head, ablated_heads, starting_head


def test_the_score_is_the_sigmoid_of_its_contributions() -> None:
    head = Head(-1.0, {"names": 2.0, "request": -3.0, "length": 1.0})
    salience, contributions = head.score({"names": 0.5, "request": 0.0, "length": 1.0})
    assert [(c.feature, c.value, c.contribution) for c in contributions] == [
        ("names", 0.5, 1.0),
        ("length", 1.0, 1.0),
    ]
    assert salience == pytest.approx(1 / (1 + math.exp(-1)))


def test_features_that_a_head_does_not_know_count_nothing() -> None:
    head = Head(0.0, {"names": 1.0})
    assert head.score({"of a later version": 9.0}) == (0.5, ())
    assert head.score({}) == (0.5, ())


def test_the_starting_head_weighs_every_feature() -> None:
    assert tuple(starting_head().weights) == FEATURES


def test_more_substance_is_never_less_salient() -> None:
    head = starting_head()
    for name in SUBSTANCE:
        assert head.weights[name] > 0
    for name in ("question", "request", "small talk"):
        assert head.weights[name] < 0


def test_each_ablated_head_lacks_what_its_name_says() -> None:
    heads = ablated_heads()
    assert len(heads) >= 9
    weights = {name: {f for f, w in head.weights.items() if w} for name, head in heads.items()}
    assert weights["length alone"] == {"length"}
    assert not weights["without frames"] & weights["frames alone"]
    assert weights["without frames"] | weights["frames alone"] == {
        f for f, w in starting_head().weights.items() if w
    }
