"""The episodes in the encoder's space, in which texts of a hundred languages can be compared.

The embedder knows English best, so a message in another language is compared with the episodes by the
encoder's vectors. They are stored like the embedder's, in a table of their own: made right after an episode
is kept, for all others (of an import, or from before this table was there) when nothing else waits. Triggers
put each new or changed text on the list of those to be read (schema/encoding.py).

Those of the active episodes are in memory from the first such message on, 1.5 KB each, and are compared in
one product, so that no index has to be kept equal to the rows.

All vectors of the encoder have much in common, whatever the text: the cosine of any two is above .7, and a
text that lies near their middle is near every question. So what they have in common, the mean of facts in
eleven languages, is subtracted from each first (arXiv:1702.01417).
``bench/fitting/fit_centre.py`` wrote it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Set
from functools import cache
from typing import Protocol

import numpy as np

from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors, nearest
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, id_array
from nowprint.settings import resources

AT_ONCE = 8
"""How many texts are read in one piece: some 100 ms."""


class Wanted(Protocol):
    def is_set(self) -> bool: ...


class Encoded:
    """The encoder's vectors of one profile's episodes, as unit vectors from which the mean was subtracted.
    Thread-safe."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._database = database
        self._encoder = encoder
        self._vectors = Vectors(database, encoder, "encoding")
        self._lock = threading.RLock()
        self._matrix = np.empty((0, encoder.dimension), np.float32)
        """The vectors of ``_ids`` in its first rows; there is room for more."""
        self._ids: list[int] = []
        self._rows: dict[int, int] = {}

    # --- reading texts -----------------------------------------------------------------------

    def read_all(self, wanted: Wanted) -> None:
        """Read the texts that wait for it, the newest first, until ``wanted`` is set."""
        if self._encoder.there and self._database.meta("encoded by") != self._vectors.name:
            with self._database.writing() as connection:
                connection.execute("INSERT OR IGNORE INTO encoding_unread SELECT id FROM episode")
                connection.execute(
                    "INSERT OR REPLACE INTO meta VALUES ('encoded by', ?)", [self._vectors.name]
                )
        while not wanted.is_set() and self.read_some(AT_ONCE):
            pass

    def read_some(self, most: int) -> bool:
        """Read at most so many of those texts; whether any was read."""
        with self._database.reading() as connection:
            texts = connection.execute(
                """SELECT id, text FROM encoding_unread JOIN episode ON id = episode
                ORDER BY episode DESC LIMIT ?""",
                [most],
            ).fetchall()
        vectors = self._encoder.known([text for _, text in texts])
        if vectors is None:
            return False
        with self._database.lock, self._database.writing() as connection:
            ids = id_array(id for id, _ in texts)
            now = dict(
                connection.execute(
                    f"SELECT id, text FROM episode WHERE id {THESE}", [ids]
                ).fetchall()
            )
            read = []
            for (id, text), vector in zip(texts, vectors, strict=True):
                if now.get(id) == text:  # it may have been edited or forgotten meanwhile
                    self._vectors.put(id, vector)
                    read.append(id)
            connection.execute(
                f"DELETE FROM encoding_unread WHERE episode {THESE}", [id_array(read)]
            )
        with self._lock:  # not within the database's: ``opened`` takes them in the other order
            self._drop(read)
        return bool(read)

    def vector(self, text: str) -> FloatArray | None:
        """A message's vector in this space, shape (dimension,); None if the encoder is missing or damaged."""
        found = self._encoder.known([text])
        return None if found is None else self._centred(found)[0]

    # --- the stored vectors --------------------------------------------------------------------

    def of(self, ids: Iterable[int]) -> tuple[list[int], FloatArray]:
        """The vectors of those of the episodes that have one, as ``Vectors.of`` returns them."""
        there, vectors = self._vectors.of(ids)
        return there, self._centred(vectors)

    def _centred(self, vectors: FloatArray) -> FloatArray:
        moved = vectors - _centre(self._vectors.name)
        moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
        return moved.astype(np.float32)

    def near_archived(self, vector: FloatArray, most: int) -> dict[int, float]:
        """As ``Vectors.near_archived``."""
        return nearest(*self.of(self._vectors.last_archived()), vector, most)

    # --- the active ones in memory --------------------------------------------------------------

    def opened(self, active: Set[int]) -> Encoded:
        """Itself, with the vectors of just these episodes in memory."""
        with self._lock:
            self._drop(self._rows.keys() - active)
            ids, vectors = self.of(active - self._rows.keys())
            last = len(self._ids) + len(ids)
            if last > len(self._matrix):
                wider = np.empty((last + last // 8, self._matrix.shape[1]), np.float32)
                wider[: len(self._ids)] = self._matrix[: len(self._ids)]
                self._matrix = wider
            self._matrix[len(self._ids) : last] = vectors
            self._rows.update(zip(ids, range(len(self._ids), last), strict=True))
            self._ids += ids
            return self

    def _drop(self, ids: Iterable[int]) -> None:
        """Let go of some: the last row takes the place of each."""
        for id in ids:
            row = self._rows.pop(id, None)
            if row is None:
                continue
            last = self._ids.pop()
            if last != id:
                self._ids[row] = last
                self._rows[last] = row
                self._matrix[row] = self._matrix[len(self._ids)]
            self._matrix[len(self._ids)] = 0.0

    def search(self, vector: FloatArray, k: int) -> list[tuple[int, float]]:
        """As ``Index.search``."""
        with self._lock:
            return [*nearest(self._ids, self._matrix[: len(self._ids)], vector, k).items()]

    def ids(self) -> frozenset[int]:
        with self._lock:
            return frozenset(self._rows)

    def __len__(self) -> int:
        return len(self._ids)


@cache
def _centre(model: str) -> FloatArray | float:
    """The mean of an encoder's vectors, shape (dimension,); 0 for a model of which it isn't known."""
    stored = json.loads((resources() / "centre.json").read_text(encoding="ascii"))
    return np.array(stored["centre"], np.float32) if stored["model"] == model else 0.0
