"""The map: places episodes so that those alike in meaning lie near each other.

The first map is made while the window waits, if there are no more than ``AT_ONCE`` episodes. Its two axes
are the directions in which the embeddings differ most (principal components). Of the ten episodes most
like an episode, it shows only a fifteenth among the ten nearest, so a thread of its own makes a better map.
The thread lays out ``LANDMARKS`` evenly chosen episodes with t-SNE (van der Maaten and Hinton, 2008),
starting from the first map, and puts each of the others beside the landmarks that it is most like. Then it
announces ``MapLaidOut``; all this takes seconds. This map stays until the number of episodes has changed by
a tenth; until then a new episode, too, is put beside the landmarks that it is most like. The same episodes
always give the same map.
"""

from __future__ import annotations

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
"""With fewer episodes than this there is nothing to improve on the first map."""
DIRECTIONS = 50
"""The number of principal components in which vectors are compared."""
ROUNDS = 350
GROWTH = 0.1
EDGE = 99.0
"""The percentile of distances that lies at the map's edge, so that a few strays don't squeeze the rest."""

_LIKE = 20.0
"""The sharpness of landmark weights, exp(``_LIKE`` · cosine): how much more the most alike counts."""

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Map:
    """The places of ``ids`` (ascending), shape (n, 2), and what ``place`` needs for others: ``centre``, shape
    (dimension,), and ``directions``, shape (dimension, components)."""

    ids: Ids
    places: Places
    centre: FloatArray
    directions: FloatArray
    landmarks: FloatArray | None = None
    """The landmarks' reduced unit vectors, shape (landmarks, components); None for the first map."""
    lying: Places | None = None
    """The landmarks' places, shape (landmarks, 2)."""
    middle: Places = field(default_factory=lambda: np.zeros(2))
    far: float = 1.0
    """The place at the middle of the map, and the distance from it to the map's edge."""

    def reduced(self, vectors: FloatArray) -> FloatArray:
        """Vectors, shape (n, dimension), in principal components, shape (n, components)."""
        return np.asarray((vectors - self.centre) @ self.directions, dtype=np.float32)

    def place(self, vectors: FloatArray) -> Places:
        """The places, shape (n, 2), of vectors of shape (n, dimension)."""
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
    """Makes and keeps the map of one profile. Thread-safe."""

    def __init__(self, vectors: Vectors, on_event: Callable[[MapLaidOut], None]) -> None:
        self._embeddings = vectors
        self._on_event = on_event
        self._laying = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._map: _Map | None = None
        self._size = 0

    def places(self, ids: Ids) -> Places | None:
        """Where the episodes ``ids``, shape (n,), lie, shape (n, 2), each -1..1; an episode without a vector
        lies in the middle. None if there are no vectors, or if there are more than ``AT_ONCE`` and the
        thread hasn't finished the first map yet."""
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
        """Make a better map. Runs on a thread of its own, which ends silently when the profile is closed."""
        try:
            sample = self._sample()
            if self._closed.is_set():
                return
            map = self._all(_neighbourly(_principal(sample), sample))
        except ProfileError:  # the profile is closed, or set aside
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
        """The map with the places of all episodes that have a vector."""
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
        """The map with the places of those of ``ids`` that it lacks."""
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
    """The place of each of ``ids`` in ``among`` (ascending, not empty), and whether it is there at all;
    both of shape (ids,)."""
    at = np.minimum(np.searchsorted(among, ids), len(among) - 1)
    return at, among[at] == ids


def _principal(sample: FloatArray) -> _Map:
    """A map by the principal components of ``sample``, shape (n, dimension); it has no places yet."""
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
        directions=(directions * signs).astype(np.float32),  # otherwise the signs are arbitrary
    )


def _neighbourly(map: _Map, sample: FloatArray) -> _Map:
    """The map with ``sample``, shape (n, dimension), as its landmarks, laid out by t-SNE."""
    from sklearn.manifold import TSNE  # imported here: it takes a second

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
