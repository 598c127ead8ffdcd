"""Figures about episodes: they belong to the text that was measured, and go with it."""

from __future__ import annotations

import numpy as np
import pytest

from ..conftest import CAT, CELLO, Draft, Profiled

NATS = np.array([3.0, 0.5, 25.0], np.float32)


def test_a_likelihood_is_of_the_text_that_was_measured(home: Profiled, make_draft: Draft) -> None:
    cat, cello = (home.memory.keep(make_draft(text)).episode.id for text in (CAT, CELLO))
    measuring = home.memory.measurements
    home.memory.edit(cat, "My dog Pickwick is well.")  # while it was measured
    measuring.put_likelihoods("m", {cat: NATS, cello: NATS}, {cat: CAT, cello: CELLO})
    known = measuring.likelihoods("m", [cat, cello])
    assert list(known) == [cello]
    assert known[cello] == pytest.approx(NATS, abs=0.05)
    assert measuring.without_likelihood("m", 9) == (cat,)
    home.memory.edit(cello, "My sister Marta plays the flute.")
    assert measuring.likelihoods("m", [cello]) == {}
    home.memory.forget([cat])
    home.memory.purge(all=True)
    measuring.put_likelihoods("m", {cat: NATS}, {cat: "My dog Pickwick is well."})
    assert measuring.likelihoods("m", [cat]) == {}
