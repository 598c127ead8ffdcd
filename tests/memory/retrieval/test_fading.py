"""The forgetting curve, by numbers."""

from __future__ import annotations

import numpy as np
import pytest

from nowprint.memory.retrieval.fading import CONFIRMED, INITIAL_DAYS, retrievability, stability


def test_after_as_many_days_as_the_stability_says_nine_in_ten_are_left() -> None:
    days = np.array([-1.0, 0.0, 1.0, 10.0, 100.0])
    assert retrievability(30.0 * days, np.full(5, 30.0)) == pytest.approx(
        [1.0, 1.0, 0.9, 0.5467, 0.2022], abs=1e-4
    )


def test_each_answer_and_each_confirmation_adds_to_the_stability() -> None:
    found = stability(np.array([0.0, 1.0, 0.0, 2.0]), np.array([0.0, 0.0, 1.0, 3.0]))
    times = [1.0, 2.0, 1.0 + CONFIRMED, 3.0 + 3 * CONFIRMED]
    assert found == pytest.approx([INITIAL_DAYS * time for time in times])
