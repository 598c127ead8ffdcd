"""How much a text means what people tell of themselves: a logistic model over the encoder's vector.

Frames and cues look at how a span is put. The encoder (memory/embedding/encoder.py), which has read a hundred
languages, places it by what it means, and its message, too: the same sentence may be a fact or stand in a
story to be shortened. On a list by a writer who knew no code this feature took the head's AUC from .90 to
.95 (bench/README.md). Without the encoder's model it is missing, and the others decide.

The weights are ``resources/meaning.json``; ``bench/fitting/fit_head.py`` fits them with the head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from nowprint.language.meanings import log_odds
from nowprint.salience.frames import Framed

Vectors = npt.NDArray[np.float32]
Number = TypeVar("Number", np.float32, np.float64)


def with_meaning(
    text: str, framed: Sequence[Framed], read: Callable[[Sequence[str]], Vectors | None]
) -> tuple[Framed, ...]:
    """The spans of a text with their log-odds. ``read`` gives the encoder's vectors of texts, shape (texts,
    dimension), or None without the encoder."""
    vectors = read([text, *(text[one.start : one.end] for one in framed)])
    if vectors is None or not framed:
        return tuple(framed)
    found = log_odds("meaning", within(vectors[1:], vectors[:1])).tolist()
    return tuple(replace(one, meaning=value) for one, value in zip(framed, found, strict=True))


def within(spans: npt.NDArray[Number], wholes: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """What the model judges: the vector of each span beside that of its whole message. ``wholes`` has one row
    for each span, or one for all."""
    return np.hstack([spans, np.broadcast_to(wholes, spans.shape)])
