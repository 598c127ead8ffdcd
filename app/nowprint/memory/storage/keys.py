"""The keys of episodes: stems of words that an episode doesn't hold, by which a question might find it.

They are never in a prompt. They go with their episode, and when its text changes. Recall reads none: those
that the starter model makes gain nothing there (bench/README.md, "Keys from the model").
"""

from __future__ import annotations

from collections.abc import Mapping

from nowprint.memory.storage.database import Database


class EpisodeKeys:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, id: int, keys: Mapping[str, float]) -> None:
        """Give an episode these keys, with their weights, in the place of those that it has."""
        with self._database.writing() as connection:
            self.drop(id)
            connection.executemany(
                "INSERT INTO episode_key SELECT ?, id, ? FROM episode WHERE id = ?",
                [(key, weight, id) for key, weight in keys.items()],
            )

    def drop(self, id: int) -> None:
        """Take away an episode's keys."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM episode_key WHERE episode = ?", [id])

    def of(self, id: int) -> dict[str, float]:
        """An episode's keys with their weights, the weightiest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT key, weight FROM episode_key WHERE episode = ? ORDER BY weight DESC, key",
                [id],
            )
            return {row[0]: row[1] for row in rows}
