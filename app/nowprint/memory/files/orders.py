"""Does a line of somebody else's file give the model orders? A logistic model over the encoder's vector.

Rules (language/prompt_injection.py) find the orders that their author thought of. The encoder has read a
hundred languages and places texts by what they mean. On a list by a writer who knew no code the rules found
.30 of the orders, and both together .90; .93 of what they hold back are orders, and 1 of 100 facts is held
back (bench/README.md).

The weights are ``resources/orders.json``; ``bench/fitting/fit_orders.py`` fits them to
``resources/corpus/orders.jsonl`` and the facts of the corpus.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nowprint.language.meanings import log_odds
from nowprint.language.prompt_injection import may_order
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.reranker import FloatArray

LIKELY = 0.25
"""From this probability on a text is held back. A false alarm costs a click, an order that passes may be
followed."""

Floats = npt.NDArray[np.float64]


def give_orders(texts: Sequence[str], encoder: Encoder) -> list[bool]:
    """Whether each text gives the model orders; without the encoder's model, whether it may by its words."""
    vectors = encoder.read(texts)
    if vectors is None:
        return [may_order(text) for text in texts]
    found: list[bool] = (probabilities(vectors) >= LIKELY).tolist()
    return found


def probabilities(vectors: FloatArray) -> Floats:
    """Shape (texts,), from the encoder's vectors, shape (texts, dimension)."""
    found: Floats = 1 / (1 + np.exp(-log_odds("orders", vectors)))
    return found
