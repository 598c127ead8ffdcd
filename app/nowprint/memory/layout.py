"""The map: where an episode lies when what is alike in meaning lies near.

The two directions in which the embeddings differ most (principal components), found on ``SAMPLED`` of
them, evenly chosen, so that 100,000 are laid out in a fraction of a second. The same store always
gives the same map, and it is kept until the store's episodes change.
"""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from nowprint.memory.database import Database
from nowprint.memory.embedder import FloatArray
from nowprint.memory.embeddings import Embeddings

SAMPLED = 2000
REACH = 99.0
"""The percentile that is drawn at the edge: a few strays don't press the others together."""

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.float64]


class Layout:
    """Thread-safe."""

    def __init__(self, database: Database, embeddings: Embeddings) -> None:
        self._database = database
        self._embeddings = embeddings
        self._laying = threading.Lock()
        self._generation: object = None
        self._ids: Ids = np.zeros(0, np.int64)
        self._places: Places = np.zeros((0, 2))

    def places(self, ids: Ids) -> Places | None:
        """Shape (n, 2), -1..1; the middle for one without a vector. None without any vector."""
        known, places = self._all()
        if not len(known):
            return None
        at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        found: Places = np.where((known[at] == ids)[:, None], places[at], 0.0)
        return found

    def _all(self) -> tuple[Ids, Places]:
        """Those of all episodes, in the order of their ids."""
        with self._laying:
            with self._database.lock:
                generation = self._database.meta("generation")
                if generation == self._generation:
                    return self._ids, self._places
                ids, vectors = self._embeddings.vectors()
            known = np.array(ids, np.int64)
            order = np.argsort(known, kind="stable")
            self._ids, self._places = known[order], _scaled(principal(vectors[order]))
            self._generation = generation
            return self._ids, self._places


def principal(vectors: FloatArray) -> Places:
    """The first two principal components, shape (n, 2)."""
    if len(vectors) < 3:
        return np.zeros((len(vectors), 2))
    sample = vectors[np.linspace(0, len(vectors) - 1, min(SAMPLED, len(vectors))).astype(np.int64)]
    centre = sample.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((sample - centre).T))
    first = axes[:, :-3:-1]
    signs = np.sign(first[np.abs(first).argmax(axis=0), [0, 1]])  # else they are chance
    directions = (first * signs).astype(np.float32)
    places: Places = (vectors @ directions - centre @ directions).astype(np.float64)
    return places


def _scaled(places: Places) -> Places:
    if not len(places):
        return places
    centred = places - np.median(places, axis=0)
    far = np.percentile(np.abs(centred), REACH)
    return np.clip(centred / (far or 1.0), -1.0, 1.0)
