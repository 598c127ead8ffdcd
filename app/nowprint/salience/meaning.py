"""How much a text means what people tell of themselves: a logistic model over the encoder's vector.

Frames and cues look at how a span is put. The encoder (memory/embedding/encoder.py), which has read a hundred
languages, places it by what it means. On a list by a writer who knew no code this feature took the head's AUC
from .90 to .94 (bench/README.md). Without the encoder's model it is missing, and the others decide.

The weights are ``resources/meaning.json``; ``bench/fitting/fit_head.py`` fits them with the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nowprint.language.meanings import log_odds
from nowprint.salience.frames import Framed


def with_meaning(
    framed: Sequence[Framed], vectors: npt.NDArray[np.float32] | None
) -> tuple[Framed, ...]:
    """The spans with their log-odds, from the encoder's vectors, shape (spans, dimension), of their texts."""
    if vectors is None:
        return tuple(framed)
    found = log_odds("meaning", vectors).tolist()
    return tuple(replace(one, meaning=value) for one, value in zip(framed, found, strict=True))
