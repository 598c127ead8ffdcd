"""Adjusting the next token's logits before llama.cpp's sampler sees them.

The distribution is always read before it is adjusted: a TokenScore describes the model's own.

**Contrast** is context-aware decoding (Shi et al. 2023, arXiv:2305.14739). It strengthens what the
recollections in the prompt change: if a are the logits with recollections and b those without, the
next token is drawn from a + strength * (a - b). Only tokens that are already likely with
recollections take part (the plausibility constraint of Li et al. 2022, arXiv:2210.15097): among the
others the difference is mostly noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from nowprint.engine.distribution import Distribution, FloatArray, IntArray

Adjust: TypeAlias = Callable[[FloatArray, Distribution], None]
"""Called with the logits, shape (V,), which it changes in place, and the distribution as it was read."""

PLAUSIBLE = 0.1
"""A token takes part if it has at least this share of the likeliest token's probability."""


def contrast(logits: FloatArray, without: FloatArray, strength: float) -> IntArray:
    """Contrast ``logits`` with those ``without`` recollections, shape (V,) each, float32.

    Changes ``logits`` in place and returns the ids of the plausible tokens; all others are ruled out
    (-inf). The greatest logit keeps its value, because the repetition penalty multiplies logits.
    """
    highest = logits.max()
    plausible: IntArray = (logits >= highest + np.float32(math.log(PLAUSIBLE))).nonzero()[0]
    adjusted = logits[plausible]
    adjusted += np.float32(strength) * (adjusted - without[plausible])
    adjusted += highest - adjusted.max()
    logits.fill(-np.inf)
    logits[plausible] = adjusted
    return plausible
