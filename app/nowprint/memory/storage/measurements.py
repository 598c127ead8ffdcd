"""What was measured about episodes: their influence on answers, and how likely their texts are.

**Influence** is stored in the provenance row of answer and episode. Its sums are stored with the episode,
so they survive when a conversation is deleted. **Likelihood** is the surprisal of each token of an
episode's text, read by one model without context, as one byte per token; editing or purging the episode
deletes it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import decode_moments
from nowprint.memory.storage.episodes import Scope, within
from nowprint.records import INFLUENTIAL_NATS, Influence

_NATS = 0.1
"""Nats per step of a stored surprisal's byte, so the largest is 25.5 nats."""

_COUNTS = "iif(p.unneeded, 0.0, p.influence)"
"""SQL: the influence that counts; NULL if it is unknown."""
_HERE = """FROM provenance p JOIN episode e ON e.id = p.episode_id
    WHERE p.answer_id = ? AND p.episode_id = ?"""

Surprisals = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Signatures:
    """All stored signatures as arrays. Moment i belongs to episode ``episodes[i]`` and was token
    ``indices[i]`` of message ``messages[i]``. The tokens of its signature are
    ``tokens[starts[i]:starts[i + 1]]``; ``probabilities`` has the same places.

    For m moments with t tokens in all, ``starts`` has the shape (m + 1,), ``tokens`` and
    ``probabilities`` have (t,), the others (m,).
    """

    episodes: npt.NDArray[np.int64]
    messages: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.uint32]
    probabilities: npt.NDArray[np.float32]


class Measurements:
    """Reads and writes the rows of influence and likelihood; reads signatures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- influence -------------------------------------------------------------------------

    def set_influence(self, answer_id: int, nats: Mapping[int, float]) -> None:
        """Store the influence of episodes, by id, on an answer; measuring again replaces it."""
        with self._database.writing() as connection:
            for id, now in nats.items():
                row = connection.execute(
                    f"SELECT {_COUNTS}, unneeded {_HERE}", [answer_id, id]
                ).fetchone()
                if row is None:  # meanwhile the episode was purged, or the answer deleted
                    continue
                before, unneeded = row
                _count(connection, id, before, 0.0 if unneeded else now)
                connection.execute(
                    "UPDATE provenance SET influence = ? WHERE answer_id = ? AND episode_id = ?",
                    [now, answer_id, id],
                )

    def say_needed(self, answer_id: int, needed: bool) -> tuple[Influence, ...]:
        """Note that the user found the memories recalled for an answer needed or not; what wasn't needed had
        no influence. Returns the answer's influences."""
        with self._database.writing() as connection:
            rows = connection.execute(
                f"""SELECT episode_id, {_COUNTS} FROM provenance p
                WHERE answer_id = ? AND reason = 'recalled' AND unneeded = ?""",
                [answer_id, int(needed)],
            ).fetchall()
            for id, before in rows:
                connection.execute(
                    "UPDATE provenance SET unneeded = ? WHERE answer_id = ? AND episode_id = ?",
                    [int(not needed), answer_id, id],
                )
                (now,) = connection.execute(f"SELECT {_COUNTS} {_HERE}", [answer_id, id]).fetchone()
                _count(connection, id, before, now)
            return self.influence(answer_id)

    def influence(self, answer_id: int) -> tuple[Influence, ...]:
        """The measured influences on an answer, in the order of the prompt."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT p.episode_id, {_COUNTS} AS counts FROM provenance p
                JOIN episode e ON e.id = p.episode_id AND e.forgotten IS NULL
                WHERE p.answer_id = ? AND counts IS NOT NULL ORDER BY p.rank""",
                [answer_id],
            )
            return tuple(Influence(*row) for row in rows)

    # --- likelihood ------------------------------------------------------------------------

    def likelihoods(self, model: str, ids: Iterable[int]) -> dict[int, Surprisals]:
        """For each episode whose text this model has read, the surprisals of its tokens in nats, shape
        (tokens,), float32."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT episode_id, nats FROM likelihood
                WHERE model = (SELECT id FROM name WHERE text = ?)
                AND episode_id IN (SELECT value FROM json_each(?))""",
                [model, json.dumps(list(ids))],
            )
            return {
                row[0]: np.frombuffer(row[1], np.uint8).astype(np.float32) * _NATS for row in rows
            }

    def put_likelihoods(
        self, model: str, surprisals: Mapping[int, Surprisals], texts: Mapping[int, str]
    ) -> None:
        """``texts`` are the texts that were measured: an episode that was purged or edited meanwhile is
        left out, since no figures of a forgotten text may remain."""
        with self._database.writing() as connection:
            name = self._database.name_id(model)
            connection.executemany(
                """INSERT OR REPLACE INTO likelihood SELECT id, ?, ? FROM episode
                WHERE id = ? AND text = ?""",
                [(name, _bytes(nats), id, texts[id]) for id, nats in surprisals.items()],
            )

    def without_likelihood(self, model: str, newest: int) -> tuple[int, ...]:
        """The ids among the ``newest`` episodes whose likelihood under this model isn't stored."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT e.id FROM (SELECT id FROM active ORDER BY id DESC LIMIT ?) e
                WHERE NOT EXISTS (SELECT 1 FROM likelihood l WHERE l.episode_id = e.id
                    AND l.model = (SELECT id FROM name WHERE text = ?))
                ORDER BY e.id DESC""",
                [newest, model],
            )
            return tuple(row[0] for row in rows)

    # --- signatures ------------------------------------------------------------------------

    def signatures(self, scope: Scope = None) -> Signatures:
        """The signatures of all episodes that can be recalled in ``scope``, in the order of their ids."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT m.episode_id, m.data FROM moment m
                JOIN active e ON e.id = m.episode_id WHERE {within(scope)} ORDER BY m.episode_id"""
            ).fetchall()
        episodes: list[int] = []
        messages: list[int] = []
        indices: list[int] = []
        sizes: list[int] = [0]
        tokens: list[int] = []
        probabilities: list[float] = []
        for id, data in rows:
            for moment in decode_moments(data):
                episodes.append(id)
                messages.append(moment.message_id)
                indices.append(moment.index)
                sizes.append(len(moment.signature.tokens))
                tokens.extend(moment.signature.tokens)
                probabilities.extend(moment.signature.probabilities)
        return Signatures(
            episodes=np.array(episodes, np.int64),
            messages=np.array(messages, np.int64),
            indices=np.array(indices, np.int64),
            starts=np.cumsum(sizes, dtype=np.int64),
            tokens=np.array(tokens, np.uint32),
            probabilities=np.array(probabilities, np.float32),
        )


def _count(
    connection: sqlite3.Connection, id: int, before: float | None, now: float | None
) -> None:
    """Change the sums of an episode, one of whose influences was ``before`` and is ``now``."""
    measured, mean = connection.execute(
        "SELECT measured, influence FROM episode WHERE id = ?", [id]
    ).fetchone()
    count = measured + (now is not None) - (before is not None)
    total = mean * measured - (before or 0.0) + (now or 0.0)
    connection.execute(
        "UPDATE episode SET measured = ?, influence = ?, influential = influential + ? WHERE id = ?",
        [count, total / count if count else 0.0, _mattered(now) - _mattered(before), id],
    )


def _mattered(nats: float | None) -> bool:
    return nats is not None and nats >= INFLUENTIAL_NATS


def _bytes(nats: Surprisals) -> bytes:
    return bytes(np.clip(np.rint(nats / _NATS), 0, 255).astype(np.uint8))
