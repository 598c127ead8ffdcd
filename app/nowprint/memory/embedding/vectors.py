"""The stored vectors: one per episode and table, with the name of the model that made it.

The table ``embedding`` holds the embedder's, ``encoding`` the encoder's (encoded.py). A vector of another
model counts as missing; it stays until this model's vector replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import decode_vectors, encode_vector
from nowprint.memory.storage.episodes import THESE, id_array

COMPARED = 4000
"""The most archived episodes that are compared with a text one by one, the last to be archived: it takes some
10 ms."""
_BATCH = 4096
_OURS = "embedder = (SELECT id FROM name WHERE text = ?)"


class Model(Protocol):
    name: str
    dimension: int
    """The number of components; 0 if it isn't known."""


class Vectors:
    """Reads and writes the rows of one model's vectors.

    A forgotten, merged, held back or archived episode keeps its row; ``vectors`` leaves it out, since recall
    must not find it.
    """

    def __init__(
        self,
        database: Database,
        model: Model,
        table: Literal["embedding", "encoding"] = "embedding",
    ) -> None:
        self._database = database
        self._model = model
        self._table = table

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def dimension(self) -> int:
        """The model's number of components, or that of its stored vectors if its configuration can't be
        read; 1 if neither is known."""
        stored = f"SELECT length(data) FROM {self._table} WHERE {_OURS} LIMIT 1"
        found = self._model.dimension or self._database.value(stored, [self._model.name])
        return int(found or 1)

    def put(self, id: int, vector: FloatArray) -> None:
        with self._database.writing() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?)",
                [id, self._database.name_id(self._model.name), encode_vector(vector)],
            )

    def remove(self, id: int) -> None:
        with self._database.writing() as connection:
            connection.execute(f"DELETE FROM {self._table} WHERE episode_id = ?", [id])

    def vectors(self, ids: Iterable[int] | None = None) -> tuple[list[int], FloatArray]:
        """The unit vectors of all active episodes, or of the active ones among ``ids``: what belongs in the
        index.

        Returns n episode ids and their vectors in the same order, shape (n, dimension), float32.
        """
        sql = f"""SELECT v.episode_id, v.data FROM {self._table} v
            JOIN active e ON e.id = v.episode_id
            WHERE v.{_OURS} AND length(v.data) = ?"""
        parameters: list[object] = [self._model.name, self.dimension]
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
                f"""SELECT episode_id, data FROM {self._table}
                WHERE episode_id {THESE} AND {_OURS} AND length(data) = ?""",
                [id_array(ids), self._model.name, self.dimension],
            ).fetchall()
        return [row[0] for row in rows], decode_vectors([row[1] for row in rows], self.dimension)

    def near_archived(self, vector: FloatArray, most: int) -> dict[int, float]:
        """The at most ``most`` of the last ``COMPARED`` archived episodes that are nearest to a unit vector,
        shape (dimension,), with their cosines. They aren't in the index."""
        return nearest(*self.of(self.last_archived()), vector, most)

    def last_archived(self) -> list[int]:
        """The last ``COMPARED`` archived episodes."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id FROM live WHERE archived IS NOT NULL ORDER BY archived DESC, id DESC
                LIMIT ?""",
                [COMPARED],
            )
            return [row[0] for row in rows]

    def ids(self) -> list[int]:
        """The ids of all episodes with a vector, ascending, live or not."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT episode_id FROM {self._table} WHERE {_OURS} ORDER BY episode_id",
                [self._model.name],
            )
            return [row[0] for row in rows]

    def count(self) -> int:
        counted = f"SELECT count(*) FROM {self._table} WHERE {_OURS}"
        return int(self._database.value(counted, [self._model.name]))

    def batches(self) -> Iterator[tuple[npt.NDArray[np.int64], FloatArray]]:
        """All vectors with their episodes' ids, live or not, by ascending id: shapes (n,) and (n, dimension)
        with n up to 4096. The database isn't locked between two batches."""
        last = 0
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    f"""SELECT episode_id, data FROM {self._table}
                    WHERE {_OURS} AND length(data) = ? AND episode_id > ?
                    ORDER BY episode_id LIMIT ?""",
                    [self._model.name, self.dimension, last, _BATCH],
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            ids = np.array([row[0] for row in rows], np.int64)
            yield ids, decode_vectors([row[1] for row in rows], self.dimension)

    def missing(self) -> list[tuple[int, str]]:
        """The ids and texts of the episodes without a vector of this model, tombstones left out."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT e.id, e.text FROM episode e LEFT JOIN {self._table} v
                ON v.episode_id = e.id AND v.{_OURS} AND length(v.data) = ?
                WHERE v.episode_id IS NULL AND e.forgotten IS NULL ORDER BY e.id""",
                [self._model.name, self.dimension],
            )
            return [(row[0], row[1]) for row in rows]


def nearest(
    ids: Sequence[int], vectors: FloatArray, vector: FloatArray, most: int
) -> dict[int, float]:
    """The at most ``most`` of ``ids`` whose unit vectors, shape (ids, dimension), are nearest to ``vector``,
    nearest first, with their cosines."""
    cosines = vectors @ vector
    rows = np.arange(len(cosines))
    if len(rows) > most:
        rows = np.argpartition(-cosines, most)[:most]
    rows = rows[np.lexsort((rows, -cosines[rows]))]
    return {ids[row]: float(cosines[row]) for row in rows.tolist()}
