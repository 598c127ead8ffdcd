"""The index of signatures: pure numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nowprint.salience.signatures import COMMON_LEAST, NEAREST, SALIENT, SignatureIndex

THE, LISBON, PORTO, CAKE = 3, 40, 41, 50
Signature = dict[int, float]


def index(*signatures: tuple[int, Signature]) -> SignatureIndex:
    """Of these (episode, expected tokens)."""
    sizes = [len(expected) for _, expected in signatures]
    return SignatureIndex(
        np.array([episode for episode, _ in signatures], np.int64),
        np.cumsum([0, *sizes]),
        np.array([token for _, expected in signatures for token in expected], np.int64),
        np.array([p for _, expected in signatures for p in expected.values()], np.float32),
    )


def reading(expected: Signature) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(expected), np.intp), np.array(list(expected.values()), np.float32)


CITIES = {LISBON: 0.5, PORTO: 0.3, THE: 0.1}
EVERYWHERE = [(100 + i, {THE: 0.6, 60 + i: 0.2}) for i in range(20)]


def test_the_signature_that_expects_the_same_rare_tokens_is_nearest() -> None:
    stored = index(*EVERYWHERE, (7, CITIES), (8, {CAKE: 0.9}))
    match = stored.nearest(*reading({LISBON: 0.4, PORTO: 0.4}))
    assert match is not None
    assert (match.episode, match.row) == (7, len(EVERYWHERE))
    assert 0.8 < match.similarity < 1


def test_the_strength_is_rarity_times_what_jensen_shannon_leaves() -> None:
    stored = index(*EVERYWHERE, (7, {LISBON: 0.5, PORTO: 0.5}))
    match = stored.nearest(*reading({LISBON: 0.25, PORTO: 0.75}))
    assert match is not None
    a, q = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    middle = (a + q) / 2
    divergence = (a @ np.log2(a / middle) + q @ np.log2(q / middle)) / 2
    rarity = math.log((COMMON_LEAST + 1) / 2)
    assert match.strength == pytest.approx(rarity * (1 - divergence), rel=1e-5)
    assert match.similarity == pytest.approx(1 - divergence, rel=1e-5)


def test_the_same_distribution_is_wholly_similar() -> None:
    match = index(*EVERYWHERE, (7, {LISBON: 0.6, PORTO: 0.4})).nearest(
        *reading({LISBON: 0.6, PORTO: 0.4})
    )
    assert match is not None
    assert match.similarity == pytest.approx(1, abs=1e-5)


def test_common_tokens_alone_resemble_nothing() -> None:
    stored = index(*EVERYWHERE, (7, {THE: 0.9}))
    assert stored.nearest(*reading({THE: 0.9})) is None
    assert stored.scores([reading({THE: 0.9})]) == {}


def test_what_is_hardly_expected_is_not_looked_up() -> None:
    stored = index(*EVERYWHERE, (7, CITIES))
    rarity = math.log((COMMON_LEAST + 1) / 2)
    assert stored.nearest(*reading({LISBON: 0.9 * SALIENT / rarity, THE: 0.5})) is None
    assert stored.nearest(*reading({LISBON: 1.1 * SALIENT / rarity, THE: 0.5})) is not None


def test_tokens_that_no_signature_has_are_no_error() -> None:
    stored = index(*EVERYWHERE, (7, CITIES))
    assert stored.nearest(*reading({49_000: 0.9})) is None
    match = stored.nearest(*reading({49_000: 0.5, LISBON: 0.5}))
    assert match is not None
    assert match.episode == 7


def test_an_empty_index_has_nothing() -> None:
    stored = index()
    assert len(stored) == 0
    assert stored.nearest(*reading(CITIES)) is None
    assert stored.scores([reading(CITIES)]) == {}


def test_a_lookup_leaves_nothing_for_the_next() -> None:
    stored = index(*EVERYWHERE, (7, CITIES), (8, {CAKE: 0.9}))
    first = stored.nearest(*reading(CITIES))
    stored.scores([reading({CAKE: 0.8})])
    assert stored.nearest(*reading(CITIES)) == first


def test_the_likeliest_of_a_long_list_is_found() -> None:
    """Only the beginning of the list is read."""
    many = [(i, {LISBON: 0.1 + 0.001 * i}) for i in range(2 * NEAREST)]
    rest = [(999, {5000 + i: 0.1}) for i in range(200 * 200)]
    match = index(*many, *rest).nearest(*reading({LISBON: 0.5}))
    assert match is not None
    assert match.episode == 2 * NEAREST - 1


def test_a_text_resonates_with_the_sum_of_an_episodes_strongest() -> None:
    stored = index(*EVERYWHERE, (7, {LISBON: 0.5}), (7, {LISBON: 0.4}), (7, {CAKE: 0.5}))
    once = stored.scores([reading({LISBON: 0.5})])
    both = stored.scores([reading({LISBON: 0.5}), reading({CAKE: 0.5})])
    assert once.keys() == both.keys() == {7}
    assert once[7] < both[7]
    alone = index(*EVERYWHERE, (7, {LISBON: 0.5}), (8, {LISBON: 0.4}), (7, {CAKE: 0.5}))
    assert once[7] == pytest.approx(alone.scores([reading({LISBON: 0.5})])[7])
