"""The stored embeddings: one vector per episode, with the name of the embedder that made it.

A vector of another embedder counts as missing; it stays until this embedder's vector replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import decode_vectors, encode_vector
from nowprint.memory.storage.episodes import THESE, id_array

COMPARED = 4000
"""The most archived episodes that are compared with a text one by one, the last to be archived: it takes some
10 ms."""
_BATCH = 4096
_OURS = "embedder = (SELECT id FROM name WHERE text = ?)"


class Vectors:
    """Reads and writes the rows of one embedder's vectors.

    A forgotten, merged, held back or archived episode keeps its row; ``vectors`` leaves it out, since recall
    must not find it.
    """

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder

    @property
    def name(self) -> str:
        """The embedder's name."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """The embedder's number of components, or that of its stored vectors if its configuration can't be
        read; 1 if neither is known."""
        stored = f"SELECT length(data) FROM embedding WHERE {_OURS} LIMIT 1"
        found = self._embedder.dimension or self._database.value(stored, [self._embedder.name])
        return int(found or 1)

    def put(self, id: int, vector: FloatArray) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)",
                [id, self._database.name_id(self._embedder.name), encode_vector(vector)],
            )

    def remove(self, id: int) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM embedding WHERE episode_id = ?", [id])

    def vectors(self, ids: Iterable[int] | None = None) -> tuple[list[int], FloatArray]:
        """The unit vectors of all active episodes, or of the active ones among ``ids``: what belongs in the
        index.

        Returns n episode ids and their vectors in the same order, shape (n, dimension), float32.
        """
        sql = f"""SELECT v.episode_id, v.data FROM embedding v
            JOIN active e ON e.id = v.episode_id
            WHERE v.{_OURS} AND length(v.data) = ?"""
        parameters: list[object] = [self._embedder.name, self.dimension]
        if ids is not None:
            sql += f" AND v.episode_id {THESE}"
            parameters.append(id_array(ids))
        with self._database.reading() as connection:
            rows = connection.execute(sql, parameters).fetchall()
        return [row[0] for row in rows], decode_vectors([row[1] for row in rows], self.dimension)

    def of(self, ids: Iterable[int]) -> tuple[list[int], FloatArray]:
        """As ``vectors``, for ids that the caller knows to be of episodes: this doesn't check their rows."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT episode_id, data FROM embedding
                WHERE episode_id {THESE} AND {_OURS} AND length(data) = ?""",
                [id_array(ids), self._embedder.name, self.dimension],
            ).fetchall()
        return [row[0] for row in rows], decode_vectors([row[1] for row in rows], self.dimension)

    def near_archived(self, vector: FloatArray, most: int) -> dict[int, float]:
        """The at most ``most`` of the last ``COMPARED`` archived episodes that are nearest to a unit vector,
        shape (dimension,), with their cosines. They aren't in the index."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id FROM live WHERE archived IS NOT NULL ORDER BY archived DESC, id DESC
                LIMIT ?""",
                [COMPARED],
            )
            ids, vectors = self.of(row[0] for row in rows)
        cosines = vectors @ vector
        best = np.argsort(-cosines, kind="stable")[:most]
        return {ids[row]: float(cosines[row]) for row in best.tolist()}

    def ids(self) -> list[int]:
        """The ids of all episodes with a vector, ascending, live or not."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT episode_id FROM embedding WHERE {_OURS} ORDER BY episode_id",
                [self._embedder.name],
            )
            return [row[0] for row in rows]

    def count(self) -> int:
        counted = f"SELECT count(*) FROM embedding WHERE {_OURS}"
        return int(self._database.value(counted, [self._embedder.name]))

    def batches(self) -> Iterator[tuple[npt.NDArray[np.int64], FloatArray]]:
        """All vectors with their episodes' ids, live or not, by ascending id: shapes (n,) and (n, dimension)
        with n up to 4096. The database isn't locked between two batches."""
        last = 0
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    f"""SELECT episode_id, data FROM embedding
                    WHERE {_OURS} AND length(data) = ? AND episode_id > ?
                    ORDER BY episode_id LIMIT ?""",
                    [self._embedder.name, self.dimension, last, _BATCH],
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            ids = np.array([row[0] for row in rows], np.int64)
            yield ids, decode_vectors([row[1] for row in rows], self.dimension)

    def missing(self) -> list[tuple[int, str]]:
        """The ids and texts of the episodes without a vector of this embedder, tombstones left out."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT e.id, e.text FROM episode e LEFT JOIN embedding v
                ON v.episode_id = e.id AND v.{_OURS} AND length(v.data) = ?
                WHERE v.episode_id IS NULL AND e.forgotten IS NULL ORDER BY e.id""",
                [self._embedder.name, self.dimension],
            )
            return [(row[0], row[1]) for row in rows]
