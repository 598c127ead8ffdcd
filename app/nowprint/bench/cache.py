"""What a bench has computed and needs again: token statistics, vectors, nats.

On disk, under a digest of what it was computed from, so that a second run takes seconds. It holds
numbers and token ids of a bench's file, and nothing of the user's. Nothing goes from it by itself: it
may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray


class Cache:
    """Bytes by what they were made from. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")  # lost, it is computed again
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS computed (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
        )

    def get(self, *parts: str) -> bytes | None:
        row = self._database.execute("SELECT value FROM computed WHERE key = ?", (_key(parts),))
        found = row.fetchone()
        return bytes(found[0]) if found else None

    def put(self, value: bytes, *parts: str) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO computed VALUES (?, ?)", (_key(parts), value)
        )

    def __enter__(self) -> Cache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()


class CachedEmbedder(Embedder):
    """The vectors of ``embedder``, each computed once; it is loaded only for a text that is new."""

    def __init__(self, embedder: Embedder, cache: Cache) -> None:
        self._inner = embedder
        self._cache = cache
        self.name = embedder.name
        self.dimension = embedder.dimension

    def load(self) -> None:
        """Nothing: the first new text loads it."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        missing = []
        for row, text in enumerate(texts):
            stored = self._cache.get("vector", self.name, text)
            if stored is None:
                missing.append(row)
            else:
                vectors[row] = np.frombuffer(stored, np.float32)
        if missing:
            fresh = self._inner.embed([texts[row] for row in missing])
            for row, vector in zip(missing, fresh, strict=True):
                vectors[row] = vector
                self._cache.put(vector.tobytes(), "vector", self.name, texts[row])
        return vectors

    def rerank(self, message: str, texts: Sequence[str]) -> FloatArray | None:
        """Not kept: a message is reranked with what its search found."""
        return self._inner.rerank(message, texts)


def _key(parts: Sequence[str]) -> bytes:
    text = "\0".join(parts)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
