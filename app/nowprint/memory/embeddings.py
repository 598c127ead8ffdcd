"""The stored embeddings: one vector an episode, that says which embedder made it.

float16: half the bytes, and no ranking changes (rounding is 1e-4 of a cosine). Vectors of another
embedder stay until they are replaced, and count as missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from nowprint.memory.database import Database
from nowprint.memory.embedder import Embedder, FloatArray


class Embeddings:
    """The embedding rows of one embedder; the forgotten are left out."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder

    @property
    def dimension(self) -> int:
        """The embedder's; that of its stored vectors if its configuration can't be read."""
        stored = "SELECT dimension FROM embedding WHERE embedder = ? LIMIT 1"
        found = self._embedder.dimension or self._database.value(stored, [self._embedder.name])
        return int(found or 1)

    def put(self, id: int, vector: FloatArray) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO embedding VALUES (?, ?, ?, ?)",
                [id, self._embedder.name, vector.size, vector.astype("<f2").tobytes()],
            )

    def remove(self, id: int) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM embedding WHERE episode_id = ?", [id])

    def vectors(self, ids: Iterable[int] | None = None) -> tuple[list[int], FloatArray]:
        """Those of all episodes, or of ``ids``: which, and one row each."""
        sql = """SELECT v.episode_id, v.vector FROM embedding v
            JOIN episode e ON e.id = v.episode_id AND e.forgotten IS NULL
            WHERE v.embedder = ? AND v.dimension = ?"""
        parameters: list[object] = [self._embedder.name, self.dimension]
        if ids is not None:
            sql += " AND v.episode_id IN (SELECT value FROM json_each(?))"
            parameters.append(json.dumps(list(ids)))
        with self._database.reading() as connection:
            rows = connection.execute(sql, parameters).fetchall()
        flat = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f2")
        vectors = flat.reshape(len(rows), self.dimension).astype(np.float32)
        return [row[0] for row in rows], vectors

    def missing(self) -> list[tuple[int, str]]:
        """Episodes without one, and their texts."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT e.id, e.text FROM episode e LEFT JOIN embedding v
                ON v.episode_id = e.id AND v.embedder = ? AND v.dimension = ?
                WHERE v.episode_id IS NULL AND e.forgotten IS NULL ORDER BY e.id""",
                [self._embedder.name, self.dimension],
            )
            return [(row[0], row[1]) for row in rows]
