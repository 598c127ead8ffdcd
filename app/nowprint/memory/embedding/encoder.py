"""The encoder: a second model, which reads texts of any language to judge them one by one.

The embedder places episodes and questions in recall's space, and knows English best. The encoder's vectors
are stored nowhere: a judgement (memory/files/orders.py) is a logistic model over one.
"""

from __future__ import annotations

from collections.abc import Sequence

from nowprint.errors import UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray


class Encoder:
    """Thread-safe; the first use loads the model."""

    def __init__(self, model: Embedder | None) -> None:
        """``model``: the encoder's folder as an embedder; None for none."""
        self._model = model

    def read(self, texts: Sequence[str]) -> FloatArray | None:
        """A unit vector per text, shape (texts, dimension); None if the model is missing or damaged: the
        doctor says so."""
        if self._model is not None:
            try:
                return self._model.embed(texts)
            except UserError:
                self._model = None
        return None
