"""Adjusting the next token's logits before llama.cpp's sampler sees them.

Whatever is adjusted, the distribution is read first: a TokenScore is always the model's own.

**Contrast** (context-aware decoding, Shi et al. 2023) asks what the recollections in the prompt
change: with the logits a of the prompt with them and b of the prompt without them, the next token
is drawn from a + strength * (a - b). Only tokens that the prompt with them already thinks likely
take part (the plausibility of Li et al. 2022): among the others a difference is mostly noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from nowprint.engine.distribution import Distribution, FloatArray, IntArray

Adjust: TypeAlias = Callable[[FloatArray, Distribution], None]
"""Is given the logits, shape (V,), to be changed in place, and the distribution as it was read."""

PLAUSIBLE = 0.1
"""How likely a token must be, as a share of the likeliest one's probability, to take part."""


def contrast(logits: FloatArray, without: FloatArray, strength: float) -> IntArray:
    """Change ``logits`` in place, shape (V,) both; return the ids of what is plausible, since all else
    is ruled out.

    The greatest stays as great as it was: the penalty for repeating multiplies logits.
    """
    highest = logits.max()
    plausible: IntArray = (logits >= highest + np.float32(math.log(PLAUSIBLE))).nonzero()[0]
    adjusted = logits[plausible]
    adjusted += np.float32(strength) * (adjusted - without[plausible])
    adjusted += highest - adjusted.max()
    logits.fill(-np.inf)
    logits[plausible] = adjusted
    return plausible
