"""The candidates for a message, and their numbers, for recall.py to rank.

The union of what the embedding and what the words find, with both scores for every member: the
cosine of those that only the words found comes from the stored vector. Their neighbours in the
conversation come along, since a question's answer often stands next to the turn that resembles it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nowprint.memory.database import Database
from nowprint.memory.embedder import FloatArray
from nowprint.memory.embeddings import Embeddings
from nowprint.memory.episodes import Episodes
from nowprint.memory.index import Index
from nowprint.memory.recall import CANDIDATES, Asked, Candidate, Scored, rank, rarity
from nowprint.memory.words import content_words, is_personal


class Candidates:
    """Gathers them from the rows and the index."""

    def __init__(self, database: Database, episodes: Episodes, embeddings: Embeddings) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = embeddings

    def ranked(self, text: str, vector: FloatArray | None, index: Index) -> list[Scored]:
        """Every candidate, best first; ``vector`` is the text's, None without an embedder."""
        words = content_words(text)
        cosines = {} if vector is None else dict(index.search(vector, CANDIDATES))
        with self._database.lock:
            scores = self._episodes.bm25(words)
            best = sorted(scores, key=scores.__getitem__, reverse=True)[:CANDIDATES]
            beside = self._episodes.neighbours({*cosines, *best})
            ids = {*cosines, *best} | {id for pair in beside.values() for id in pair if id}
            known, vectors = self._embeddings.vectors(ids - cosines.keys())
            total, rare = self._rarity(words, ids)
        if vector is not None:
            cosines.update(zip(known, (vectors @ vector).tolist(), strict=True))
        links: dict[int, set[int]] = {}
        for id, pair in beside.items():
            for other in pair:
                if other is not None:
                    links.setdefault(id, set()).add(other)
                    links.setdefault(other, set()).add(id)
        return rank(
            Asked(personal=is_personal(text), rare=total, embedded=vector is not None),
            [
                Candidate(id, cosines.get(id, 0.0), scores.get(id, 0.0), rare.get(id, 0.0))
                for id in sorted(ids)
            ],
            {id: sorted(others) for id, others in links.items()},
        )

    def _rarity(self, words: Sequence[str], ids: Collection[int]) -> tuple[float, dict[int, float]]:
        """The rarity of the message's content words: of all, and of those that each episode holds."""
        count = self._episodes.count()
        total = 0.0
        rare: dict[int, float] = {}
        for word in words:
            holding = self._episodes.holding(word)
            weight = rarity(len(holding), count)
            total += weight
            for id in holding.intersection(ids):
                rare[id] = rare.get(id, 0.0) + weight
        return total, rare
