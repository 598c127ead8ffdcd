"""The map: where an episode lies when what is alike in meaning lies near.

The first map of up to ``AT_ONCE`` episodes is made while somebody waits: the two directions in which
the embeddings differ most (principal components). They tell a fifteenth of each one's ten nearest; so
a better one (t-SNE, from that one on) is made on a thread of its own, of ``LANDMARKS`` episodes evenly
chosen, with each of the others beside those that it is most like. That takes seconds, then
``MapLaidOut`` is told. It stays until the store has grown or shrunk by a tenth; what is new lies beside
what it is like. The same store gives the same map.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from nowprint.errors import ProfileError
from nowprint.inspection import MapLaidOut
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors

AT_ONCE = 20_000
LANDMARKS = 1200
FEWEST = 12
"""So few that there is nothing to lay out better."""
DIRECTIONS = 50
"""Principal components that likeness is judged by."""
ROUNDS = 350
GROWTH = 0.1
EDGE = 99.0
"""The percentile that lies at the edge: a few strays don't press the others together."""

_LIKE = 20.0
"""How much more the most alike landmark counts than the next."""

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Map:
    """The places of ``ids`` (ascending), and what finds those of others."""

    ids: Ids
    places: Places
    centre: FloatArray
    directions: FloatArray
    landmarks: FloatArray | None = None
    """One reduced unit vector a row; None for the first map."""
    lying: Places | None = None
    middle: Places = field(default_factory=lambda: np.zeros(2))
    far: float = 1.0
    """What is shown in the middle, and how far from it the edge is."""

    def reduced(self, vectors: FloatArray) -> FloatArray:
        return np.asarray((vectors - self.centre) @ self.directions, dtype=np.float32)

    def place(self, vectors: FloatArray) -> Places:
        reduced = self.reduced(vectors)
        if self.landmarks is None or self.lying is None:
            return reduced[:, :2].astype(np.float64)
        alike = _unit(reduced) @ self.landmarks.T
        nearest = np.argpartition(-alike, 2, axis=1)[:, :3]
        weights = np.exp(_LIKE * np.take_along_axis(alike, nearest, axis=1).astype(np.float64))
        weights /= weights.sum(axis=1, keepdims=True)
        places: Places = np.einsum("ij,ijk->ik", weights, self.lying[nearest])
        return places


class MapLayout:
    """Thread-safe."""

    def __init__(self, embeddings: Vectors, on_event: Callable[[MapLaidOut], None]) -> None:
        self._embeddings = embeddings
        self._on_event = on_event
        self._laying = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._map: _Map | None = None
        self._size = 0

    def places(self, ids: Ids) -> Places | None:
        """Shape (n, 2), -1..1; the middle for one without a vector. None without any vector, or as
        long as the first map of very many isn't ready."""
        with self._laying:
            size = self._embeddings.count()
            if self._map is not None:
                self._map = self._with(self._map, ids)
            elif 0 < size <= AT_ONCE:
                self._map = self._all(_principal(self._sample()))
            grown = abs(size - self._size) > GROWTH * self._size
            if grown and size >= FEWEST and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._better, args=(size,), daemon=True)
                self._thread.start()
            map = self._map
        if map is None or not len(map.ids):
            return None
        at, there = _find(map.ids, ids)
        shown = np.clip((map.places[at] - map.middle) / map.far, -1.0, 1.0)
        found: Places = np.where(there[:, None], shown, 0.0)
        return found

    def close(self) -> None:
        self._closed.set()

    def _better(self, size: int) -> None:
        """On the layout's own thread, which ends without a word when the profile is closed."""
        try:
            sample = self._sample()
            if self._closed.is_set():
                return
            map = self._all(_neighbourly(_principal(sample), sample))
        except (ProfileError, sqlite3.ProgrammingError):  # the profile is closed, or set aside
            return
        if self._closed.is_set():
            return
        with self._laying:
            self._map, self._size = map, size
        self._on_event(MapLaidOut())

    def _sample(self) -> FloatArray:
        ids = self._embeddings.ids()
        chosen = np.linspace(0, len(ids) - 1, min(LANDMARKS, len(ids))).astype(np.int64)
        return self._embeddings.of([ids[place] for place in chosen])[1]

    def _all(self, map: _Map) -> _Map:
        """With the places of all episodes."""
        ids, places = [np.zeros(0, np.int64)], [np.zeros((0, 2))]
        for some, vectors in self._embeddings.batches():
            if self._closed.is_set():
                break
            ids.append(some)
            places.append(map.place(vectors))
        all = np.concatenate(places)
        middle = np.median(all, axis=0) if len(all) else map.middle
        far = float(np.percentile(np.abs(all - middle), EDGE)) if len(all) else 0.0
        return replace(map, ids=np.concatenate(ids), places=all, middle=middle, far=far or 1.0)

    def _with(self, map: _Map, ids: Ids) -> _Map:
        """With the places of those that are new."""
        new = ids[~_find(map.ids, ids)[1]] if len(map.ids) else ids
        if not len(new):
            return map
        known, vectors = self._embeddings.of(new.tolist())
        if not known:
            return map
        all = np.concatenate([map.ids, np.array(known, np.int64)])
        order = np.argsort(all)
        places = np.concatenate([map.places, map.place(vectors)])
        return replace(map, ids=all[order], places=places[order])


def _find(among: Ids, ids: Ids) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """Where each stands, if it does."""
    at = np.minimum(np.searchsorted(among, ids), len(among) - 1)
    return at, among[at] == ids


def _principal(sample: FloatArray) -> _Map:
    """The directions in which the sample differs most."""
    centre = sample.mean(axis=0)
    _, axes = np.linalg.eigh(
        np.cov((sample - centre).T) if len(sample) > 1 else np.eye(len(centre))
    )
    directions = axes[:, ::-1][:, :DIRECTIONS]
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(directions.shape[1])])
    return _Map(
        ids=np.zeros(0, np.int64),
        places=np.zeros((0, 2)),
        centre=centre,
        directions=(directions * signs).astype(np.float32),  # else the signs are chance
    )


def _neighbourly(map: _Map, sample: FloatArray) -> _Map:
    """Where each of the sample lies near what it is like."""
    from sklearn.manifold import TSNE  # late: a second that no start needs

    reduced = map.reduced(sample)
    first = map.place(sample)
    lying = TSNE(
        perplexity=min(30.0, (len(sample) - 1) / 3),
        init=(first / (first.std() or 1.0) * 1e-4).astype(np.float32),
        max_iter=ROUNDS,
        random_state=0,
        n_jobs=1,
    ).fit_transform(reduced)
    return replace(map, landmarks=_unit(reduced), lying=lying.astype(np.float64))


def _unit(vectors: FloatArray) -> FloatArray:
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    unit: FloatArray = (vectors / lengths).astype(np.float32)
    return unit
