"""Loads the embedder and the index when they are first needed, and keeps the index equal to the rows.

The rows and the index change under one hold of the database's lock, so that a saved index always
belongs to one generation of the database. Embedding is slow, so it happens before the lock is taken.

**Without an embedder** (its folder is missing or damaged) the memory works by words alone: a notice tells
the user what to do, and episodes are kept without a vector. At the next start with a usable embedder,
``prepare`` embeds them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from nowprint.errors import ProfileError, UserError
from nowprint.events import Notice, Progress
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.index import Index, Stamp, file_bytes
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes

SAVE_EVERY = 200

_BATCH = 64


class IndexSync:
    """Thread-safe. A caller that holds both locks takes ``preparing`` first, then the database's."""

    def __init__(
        self,
        database: Database,
        episodes: Episodes,
        vectors: Vectors,
        embedder: Embedder,
        path: Path | None,
        on_event: Callable[[Progress | Notice], None],
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self._embedder = embedder
        self._path = path
        self._on_event = on_event
        self.index: Index | None = None
        """None until it is first needed."""
        self.preparing = threading.RLock()
        self._embedding = threading.Lock()
        self._loaded: bool | None = None

    # --- loading ---------------------------------------------------------------------------

    def prepare(self) -> None:
        """Load both, and embed the episodes without a vector of this embedder."""
        if self.load():
            with self._embedding:
                self._embed_missing()

    def load(self) -> bool:
        """Load what recall needs. Returns whether there is an embedder; a notice says why not."""
        with self.preparing:
            if self._loaded is None:
                self._on_event(Progress("Loading the memory", None))
                try:
                    self.opened()
                    self._loaded = self._load_embedder()
                finally:
                    self._on_event(Progress("Loading the memory", 1.0))
            return self._loaded

    def _load_embedder(self) -> bool:
        try:
            self._embedder.load()
        except UserError as fault:
            self._on_event(Notice(str(fault)))
            return False
        return True

    def opened(self) -> Index:
        """The index; opens it if need be, without loading the embedder.

        A caller that holds the database's lock must have opened the index before it took the lock.
        """
        if self.index is not None:
            return self.index
        with self.preparing:
            if self.index is not None:
                return self.index
            index = Index(self._path, self._stamp(), self._database.cipher)
            while True:
                with self._database.lock:
                    generation = self._generation()
                    ids, vectors = self._embeddings.vectors()
                index.open(ids, vectors, generation)
                with self._database.lock:
                    if generation == self._generation():  # otherwise the episodes changed meanwhile
                        self.index = index
                        break
            if index.fault:
                self._on_event(Notice(f"The search index {index.fault} and was built anew."))
            if index.changes or not file_bytes(self._path):
                self.try_save()  # so that a kill from now on leaves an older index, not none
            return index

    # --- embedding -------------------------------------------------------------------------

    def embed(self, texts: Sequence[str]) -> FloatArray | None:
        """A unit vector per text, shape (texts, dimension), float32; None without an embedder."""
        if not texts:
            return np.zeros((0, self._embeddings.dimension), np.float32)
        return self._embedder.embed(texts) if self.load() else None

    def _embed_missing(self) -> None:
        missing = self._embeddings.missing()
        for first in range(0, len(missing), _BATCH):
            batch = missing[first : first + _BATCH]
            if len(missing) > _BATCH:
                self._on_event(Progress("Reading the memory anew", first / len(missing)))
            vectors = self._embedder.embed([text for _, text in batch])
            with self._database.lock:
                there = self._episodes.many(id for id, _ in batch)
                # an episode that was forgotten or edited meanwhile must not get this vector
                fresh = {
                    id: row
                    for row, (id, text) in enumerate(batch)
                    if id in there and there[id].text == text
                }
                with self._database.writing():
                    for id, row in fresh.items():
                        self._embeddings.put(id, vectors[row])
                    self._database.bump_generation()
                active = sorted(self._episodes.active(fresh))
                self.opened().add(active, vectors[[fresh[id] for id in active]])
        if len(missing) > _BATCH:
            self._on_event(Progress("Reading the memory anew", 1.0))

    def add(self, rows: Mapping[int, int], vectors: FloatArray) -> None:
        """Add new episodes to the index; ``rows`` maps their ids to their rows in ``vectors``."""
        if rows:
            index = self.opened()
            index.add(rows, vectors[list(rows.values())])
            if index.changes >= max(SAVE_EVERY, len(index) // 20):
                self.try_save()

    def bring_in(self, ids: Iterable[int]) -> None:
        """Let those of the episodes be found again that are active, and were hidden or removed. The caller
        holds the database's lock; an index that isn't open gets them when it is opened."""
        if self.index is not None:
            active, vectors = self._embeddings.vectors(ids)
            self.index.show(active)
            there = self.index.ids()
            rows = [row for row, id in enumerate(active) if id not in there]
            self.index.add([active[row] for row in rows], vectors[rows])

    # --- saving ----------------------------------------------------------------------------

    def save(self) -> None:
        """Save the index, built anew if it is worn. ProfileError if that fails."""
        with self._database.lock:
            index = self.opened()
            if index.worn():
                index.rebuild(*self._embeddings.vectors())
            index.save(self._generation())

    def try_save(self) -> None:
        """Save the index. A failure only makes a notice, since the index is a cache."""
        try:
            self.save()
        except ProfileError as fault:
            self._on_event(Notice(str(fault)))

    def rebuild(self) -> None:
        with self._database.lock:
            self.opened().rebuild(*self._embeddings.vectors())
            self.save()

    def _generation(self) -> int:
        return int(self._database.meta("generation"))

    def _stamp(self) -> Stamp:
        identity = str(self._database.meta("identity"))
        return Stamp(identity, self._embedder.name, self._embeddings.dimension)
