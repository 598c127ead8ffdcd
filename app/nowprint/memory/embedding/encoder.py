"""The encoder: a second model, which reads texts of any language to judge them one by one.

The embedder places episodes and questions in recall's space, and knows English alone. The encoder judges
lines of imported lists (memory/files/orders.py), and compares messages in other languages with the episodes
that recall found. Its vectors are stored nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nowprint.errors import UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray

_KEPT = 4096
"""The most vectors that are kept in memory, 1.5 KB each."""


class Encoder:
    """Thread-safe; the first use loads the model."""

    def __init__(self, model: Embedder | None) -> None:
        """``model``: the encoder's folder as an embedder; None for none."""
        self._model = model
        self._compared: dict[str, FloatArray] = {}
        """Those of the episodes compared last: the next message is mostly compared with the same."""

    def read(self, texts: Sequence[str]) -> FloatArray | None:
        """A unit vector per text, shape (texts, dimension); None if the model is missing or damaged: the
        doctor says so."""
        if self._model is not None:
            try:
                return self._model.embed(texts)
            except UserError:
                self._model = None
        return None

    def compare(self, message: str, texts: Sequence[str]) -> FloatArray | None:
        """The cosine of the message and each text, shape (texts,); None as for ``read``."""
        known = self._compared
        new = [text for text in dict.fromkeys(texts) if text not in known]
        vectors = self.read([message, *new])
        if vectors is None or not texts:
            return None
        if len(known) + len(new) > _KEPT:
            known = self._compared = {text: known[text] for text in texts if text in known}
        known.update(zip(new, vectors[1:], strict=True))
        cosines: FloatArray = np.stack([known[text] for text in texts]) @ vectors[0]
        return cosines
