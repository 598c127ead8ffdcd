"""What a text means, from the encoder's vector of it: a logistic model for each thing that is asked of texts.

The encoder (memory/embedding/encoder.py) has read a hundred languages and places a text by what it means,
so a model that was fitted in one language says something of the others. Each model is a file of
``resources``, written by the script in ``bench/fitting`` that fits it:

- ``orders.json``: does it give the model orders? (memory/files/orders.py)
- ``life.json``: does it ask for something of its user's own life? (memory/retrieval/retrieval.py)
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from nowprint.settings import resources

Floats = npt.NDArray[np.float64]
_MUCH = 3.0
"""Nats at which a feature reaches three quarters of its range."""

Asked = Literal["orders", "life"]


def log_odds(asked: Asked, vectors: npt.NDArray[np.float32]) -> Floats:
    """Shape (texts,), from the encoder's vectors, shape (texts, dimension)."""
    weights, bias = _model(asked)
    found: Floats = vectors @ weights + bias
    return found


def bounded(log_odds: float) -> float:
    """Log-odds as a feature, -1..1."""
    return math.tanh(log_odds / _MUCH)


def write(asked: Asked, weights: Floats, bias: float) -> None:
    """Store a model. ``weights``, shape (dimension,), as fitted."""
    stored = {"bias": round(bias, 4), "weights": np.round(weights, 4).tolist()}
    _path(asked).write_text(json.dumps(stored) + "\n", encoding="ascii")
    _model.cache_clear()


@cache
def _model(asked: Asked) -> tuple[Floats, float]:
    stored = json.loads(_path(asked).read_text(encoding="ascii"))
    return np.array(stored["weights"]), float(stored["bias"])


def _path(asked: Asked) -> Path:
    return resources() / f"{asked}.json"
