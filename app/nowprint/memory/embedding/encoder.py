"""The encoder: a second model, which reads texts of any language to judge them.

The embedder places episodes and questions in recall's space, and knows English best. The encoder judges
lines of imported lists (memory/files/orders.py) by its vectors, and, with the reranker's adapters on, reads
two texts together (reranker.py): a message and an episode, a newer telling and an older one. It also places
the episodes for messages in other languages (encoded.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from nowprint.errors import UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import CHANGES, HELPS, TELLS, FloatArray

_KEPT = 4096
"""The most vectors that are kept in memory, 1.5 KB each."""

Found = TypeVar("Found")


class Encoder:
    """Thread-safe; the first use loads the model. Without a usable model every answer is None; the doctor
    says why."""

    def __init__(self, model: Embedder | None) -> None:
        """``model``: the encoder's folder as an embedder; None for none."""
        self._model = model
        self.name = model.name if model else ""
        self.dimension = model.dimension if model else 0
        self._known: dict[str, FloatArray] = {}
        """The vectors of the texts read last: the next message is mostly compared with the same."""

    @property
    def there(self) -> bool:
        """Whether there is a model, as far as is known."""
        return self._model is not None

    def prepare(self) -> None:
        """Load the model."""
        self._of_model(lambda model: model.load())

    def read(self, texts: Sequence[str]) -> FloatArray | None:
        """A unit vector per text, shape (texts, dimension); None if the model is missing or damaged."""
        return self._of_model(lambda model: model.embed(texts))

    def known(self, texts: Sequence[str]) -> FloatArray | None:
        """As ``read``, for texts that will be asked for again; None also without texts."""
        known = self._known
        new = [text for text in dict.fromkeys(texts) if text not in known]
        vectors = self.read(new)
        if vectors is None or not texts:
            return None
        if len(known) + len(new) > _KEPT:
            known = self._known = {text: known[text] for text in texts if text in known}
        known.update(zip(new, vectors, strict=True))
        return np.stack([known[text] for text in texts])

    def compare(self, message: str, texts: Sequence[str]) -> FloatArray | None:
        """The cosine of the message and each text, shape (texts,); None as for ``known``."""
        vectors = self.known([message, *texts]) if texts else None
        return None if vectors is None else vectors[1:] @ vectors[0]

    def helps(self, message: str, texts: Sequence[str]) -> FloatArray | None:
        """How much each text helps with the message, in nats (log-odds), shape (texts,); None as for
        ``read``, and without texts."""
        return self._of_model(lambda model: model.judge(HELPS, [(message, text) for text in texts]))

    def changes(self, new: str, olds: Sequence[str]) -> FloatArray | None:
        """How likely it is that ``new`` changes what each older text says, in nats (log-odds), shape
        (olds,); None as for ``helps``."""
        return self._of_model(lambda model: model.judge(CHANGES, [(new, old) for old in olds]))

    def tells(self, placed: Sequence[tuple[str, str]]) -> FloatArray | None:
        """How likely it is that each span, where it stands in a message, tells something of the user's life,
        in nats (log-odds), shape (spans,), from pairs of a span and its message; None as for ``helps``."""
        return self._of_model(lambda model: model.judge(TELLS, placed))

    def _of_model(self, ask: Callable[[Embedder], Found]) -> Found | None:
        if self._model is not None:
            try:
                return ask(self._model)
            except UserError:
                self._model = None
        return None
