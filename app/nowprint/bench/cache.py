"""A cache on disk for what a bench has computed: token statistics, vectors, nats.

Each value is stored under a digest of what it was computed from, so that a second run takes seconds.
The cache holds numbers and token ids from a bench's file, and nothing of the user's. No entry ever
expires; the file may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray, Judgement


class Cache:
    """Stores bytes under the parts of a key, which say what they were computed from. Use it in a ``with``
    statement."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")  # what gets lost is computed again
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
    """Gives the vectors of ``embedder``, each computed only once; ``embedder`` is loaded only when a text
    is not in the cache."""

    def __init__(self, embedder: Embedder, cache: Cache) -> None:
        self._inner = embedder
        self._cache = cache
        self.name = embedder.name
        self.dimension = embedder.dimension

    def load(self) -> None:
        """Does nothing: the inner embedder is loaded by the first text that is not in the cache."""

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

    def judge(self, judgement: Judgement, pairs: Sequence[tuple[str, str]]) -> FloatArray | None:
        by = "judged", self._inner.fit, self.name, judgement
        known = {pair: self._cache.get(*by, *pair) for pair in pairs}
        missing = [pair for pair, stored in known.items() if stored is None]
        fresh = self._inner.judge(judgement, missing)
        if missing and fresh is None:
            return None
        for pair, value in zip(missing, [] if fresh is None else fresh, strict=True):
            known[pair] = np.float32(value).tobytes()
            self._cache.put(known[pair] or b"", *by, *pair)
        stored = [np.frombuffer(known[pair] or b"", np.float32)[0] for pair in pairs]
        return np.array(stored, np.float32) if stored else None


def _key(parts: Sequence[str]) -> bytes:
    text = "\0".join(parts)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
