"""Gathers the candidates for a message with all their numbers, for ranking.py to rank.

The candidates are the union of what three searches find: by embedding, by words and by date, which is when
something was told or the days that it speaks of ("tomorrow", told the day before). Each gets
all its numbers; the cosine of an episode that the embedding search missed is computed from its stored
vector. The neighbours of these episodes in their conversation are candidates too, since the answer to a
question often stands next to the turn that resembles it, and so are the newer episodes that replaced
them, or may have.

Words count by their rarity alone: that is BM25 with both of its constants at 0. (An episode is a sentence
or three, so neither its length nor the frequency of a word in it says much; with FTS5's fixed constants
any@10 on long conversations is two points lower.) FTS5 matches words by their stems; a name must stand in
the episode as the message writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nowprint.language.dates import (
    DAY,
    Period,
    SpokenDays,
    asked,
    closeness,
    ended,
    overlap,
    periods_of,
)
from nowprint.language.sentences import ends_asking
from nowprint.language.words import (
    all_words,
    content_words,
    is_general,
    is_personal,
    names,
    query_words,
)
from nowprint.memory.embedding.encoded import Encoded
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index import Index
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors, nearest
from nowprint.memory.retrieval.fading import CONFIRMATIONS, LAST, retrievability, stability
from nowprint.memory.retrieval.newest import decisive
from nowprint.memory.retrieval.ranking import (
    CANDIDATES,
    ENCODED,
    USUAL,
    Candidate,
    Neighbours,
    RecallQuery,
    Scored,
    Weights,
    rank,
    rarity,
)
from nowprint.memory.retrieval.stated import Stated, stated_first
from nowprint.memory.retrieval.surroundings import COMMON_SHARE, Surroundings, Word
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.doubts import Doubts
from nowprint.memory.storage.episodes import THESE, Episodes, Scope, id_array, within
from nowprint.memory.storage.newest import newest_of
from nowprint.memory.storage.spoken_days import DaysSpoken

REACH = 2
"""How many places away in its conversation a neighbour may be."""
_ENDING = 12
"""In how many of its last characters a text shows that it ends with a question."""
_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered for a message; it can be ranked with different weights."""

    asked: RecallQuery
    candidates: tuple[Candidate, ...]
    neighbours: Neighbours
    stated: frozenset[int] = frozenset()
    """Those that plainly state what is asked (stated.py)."""

    def ranked(self, weights: Weights | None = None) -> list[Scored]:
        weights = weights or (ENCODED if self.asked.encoded else USUAL)
        ranked = rank(self.asked, self.candidates, self.neighbours, weights)
        return stated_first(ranked, self.stated)


class _Row(NamedTuple):
    created: float
    pinned: bool
    measured: int
    influential: int
    confirmed: bool
    replaced_by: int | None
    asks: bool
    last: float
    confirmations: int


class Candidates:
    """Gathers candidates from the rows and the index."""

    def __init__(
        self, database: Database, episodes: Episodes, vectors: Vectors, encoder: Encoder
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self.encoded = Encoded(database, encoder)
        self._doubts = Doubts(database)
        self._days_spoken = DaysSpoken(database)
        self._surroundings = Surroundings(database)
        self.stated = Stated(database)

    def gather(
        self,
        text: str,
        vector: FloatArray | None,
        index: Index,
        now: float,
        scope: Scope = None,
        *,
        archived: bool = False,
        encoded: bool = False,
    ) -> Gathered:
        """``archived``: archived episodes are candidates, too. ``vector`` is the text's unit vector, shape
        (dimension,), None without an embedder; ``encoded``: it is in the encoder's space
        (embedding/encoded.py). ``now`` is the time of the message, from which its dates count."""
        of = "live" if archived else "active"
        days = asked(text, now)
        wanted = [(start, end) for start, end in days if start <= now]
        outside = self._episodes.outside(scope)
        stored = self.encoded if encoded else self._embeddings
        space = self.encoded.opened(self._active(index)) if encoded else index
        cosines = {} if vector is None else _near(vector, space, stored, outside)
        if vector is not None and archived:
            cosines |= stored.near_archived(vector, CANDIDATES)
        with self._database.lock:
            count = len(index) or self._episodes.count()
            words = self._words(text, count, outside, archived=archived)
            found = {*cosines, *_best(words), *self._told(wanted, scope, of)}
            found |= self._days_spoken.speaking(days, scope, 2 * CANDIDATES, of)
            stated = self.stated.ids(text, scope, archived=archived)
            found |= stated
            neighbours = self._beside(found)
            beside = {id for pair in neighbours.values() for id in pair if id}
            rows = self._rows({*found, *neighbours, *beside}, scope, of)
            doubted = {id: decisive(those) for id, those in self._doubts.newer_of(rows).items()}
            newer = {one.newer for doubts in doubted.values() for one in doubts}
            rows |= self._rows(newer - rows.keys(), scope, of)
            shared = self._shared(words, rows)
            around = self._around(words, rows, neighbours)
            if vector is not None:
                ids, vectors = stored.of(rows.keys() - cosines.keys())
                cosines.update(zip(ids, (vectors @ vector).tolist(), strict=True))
        spoken = self._days_spoken.of(rows)
        left = _retrievability(rows, now)
        query = RecallQuery(
            personal=is_personal(text),
            rare=sum(word.weight for word in words if word.weighty),
            embedded=vector is not None,
            encoded=encoded,
            general=is_general(text),
        )
        candidates = tuple(
            Candidate(
                id,
                cosines.get(id, 0.0),
                *shared[id],
                date=_nearness(spoken.get(id, ()), row.created, wanted, days),
                pinned=row.pinned,
                measured=row.measured,
                influential=row.influential,
                confirmed=row.confirmed,
                replaced_by=row.replaced_by,
                doubts=doubted.get(id, ()),
                before=around[id][0],
                chat=around[id][1],
                asks=row.asks,
                retrievability=left[id],
                ended=id in spoken and ended(spoken[id], row.created, now, days),
            )
            for id, row in sorted(rows.items())
        )

        return Gathered(query, candidates, neighbours, stated & rows.keys())

    def _active(self, index: Index) -> Set[int]:
        """The active episodes, also those that were kept without an embedder, which the index lacks."""
        there = index.ids()
        if len(there) == self._episodes.count():
            return there
        with self._database.reading() as connection:
            return {row[0] for row in connection.execute("SELECT id FROM active")}

    def _words(self, text: str, count: int, outside: Set[int], *, archived: bool) -> list[Word]:
        """The words of the message that count. ``count`` is the number of all episodes."""
        weighty, named = set(content_words(text)), names(text)
        gone = np.fromiter(outside, np.int64, len(outside))
        words = []
        for word in query_words(text):
            holding = self._episodes.holding(word)
            if archived:
                there = self._episodes.holding(word, archived=True)
                holding = np.union1d(holding, there)
            if outside:
                holding = holding[~np.isin(holding, gone)]
            weight = rarity(holding.size, count, common=word not in weighty)
            weight *= 1.0 if word in weighty else COMMON_SHARE
            words.append(Word(word, weight, word in weighty, word in named, holding))
        return words

    def _told(self, wanted: Sequence[Period], scope: Scope, of: str) -> list[int]:
        """The most salient episodes from each of the periods ``wanted``; ``of`` is the view to read."""
        ids: list[int] = []
        with self._database.reading() as connection:
            for start, end in wanted:
                rows = connection.execute(
                    f"""SELECT e.id FROM {of} e WHERE e.created BETWEEN ? AND ?
                    AND {within(scope)} ORDER BY e.salience DESC, e.id DESC LIMIT ?""",
                    [start, end, CANDIDATES],
                )
                ids += [row[0] for row in rows]
        return ids

    def _beside(self, ids: Iterable[int]) -> Neighbours:
        """The previous and the next episode of each of ``ids`` and of their neighbours, so that it names
        every episode up to ``REACH`` places away."""
        steps = self._episodes.neighbours(ids)
        for _ in range(REACH - 1):
            further = {id for pair in steps.values() for id in pair if id} - steps.keys()
            steps |= self._episodes.neighbours(further)
        return steps

    def _rows(self, ids: Iterable[int], scope: Scope, of: str) -> dict[int, _Row]:
        """The rows of the episodes among ``ids`` in the view ``of``, and of the newest in ``scope`` that
        replaced them."""
        newest = newest_of(self._database, ids, scope)
        with self._database.reading() as connection:
            found = connection.execute(
                f"""SELECT e.id, e.created, e.pinned IS NOT NULL, e.measured, e.influential, e.confirmed,
                substr(e.text, -{_ENDING}), {LAST}, {CONFIRMATIONS} FROM {of} e
                WHERE {within(scope)} AND e.id {THESE}""",
                [id_array({*ids, *newest.values()})],
            )
            return {
                id: _Row(
                    created,
                    bool(pinned),
                    measured,
                    influential,
                    bool(confirmed),
                    newest.get(id),
                    ends_asking(ending),
                    *rest,
                )
                for id, created, pinned, measured, influential, confirmed, ending, *rest in found
            }

    def _around(
        self, words: Sequence[Word], rows: Iterable[int], neighbours: Neighbours
    ) -> dict[int, tuple[float, float]]:
        """For each episode the shares of the message that it holds together with the one before it, and that
        its conversation holds."""
        known = list(rows)
        ids = np.array(known, np.int64)
        previous = np.array([neighbours.get(id, (None, None))[0] or 0 for id in known], np.int64)
        before = self._surroundings.with_previous(words, ids, previous)
        chat = self._surroundings.in_conversation(words, ids)
        return dict(zip(known, zip(before.tolist(), chat.tolist(), strict=True), strict=True))

    def _shared(self, words: Sequence[Word], rows: Iterable[int]) -> dict[int, tuple[float, float]]:
        """For each episode the summed rarity, in nats, of the words that it shares with the message, and
        that of the weighty ones among them.

        A name must stand in the episode's text: "Marie" is no "Mary", though both have the same stem.
        """
        known = list(rows)
        ids = np.array(known, np.int64)
        total, rare = np.zeros(ids.size), np.zeros(ids.size)
        for word in words:
            shares = word.held_by(ids)
            if word.name:
                texts = self._episodes.texts(ids[shares].tolist())
                shares[shares] = [
                    word.text in all_words(texts.get(id, "")) for id in ids[shares].tolist()
                ]
            total += word.weight * shares
            if word.weighty:
                rare += word.weight * shares
        return dict(zip(known, zip(total.tolist(), rare.tolist(), strict=True), strict=True))


def _near(
    vector: FloatArray, index: Index | Encoded, stored: Vectors | Encoded, outside: Set[int]
) -> dict[int, float]:
    """The nearest episodes that aren't ``outside`` the scope, with their cosines. If nearly all are outside,
    the few others are compared with the vector one by one."""
    for wanted in (CANDIDATES, 16 * CANDIDATES):
        found = [pair for pair in index.search(vector, wanted) if pair[0] not in outside]
        if len(found) >= CANDIDATES or wanted >= len(index):
            return dict(found[:CANDIDATES])
    return nearest(*stored.of(index.ids() - outside), vector, CANDIDATES)


def _retrievability(rows: Mapping[int, _Row], now: float) -> dict[int, float]:
    """How far each episode has not faded, 0..1 (fading.py)."""
    numbers = np.array(
        [(row.last, row.influential, row.confirmations, row.pinned) for row in rows.values()], float
    ).reshape(-1, 4)
    last, influential, confirmations, pinned = numbers.T
    left = retrievability((now - last) / DAY, stability(influential, confirmations))
    return dict(zip(rows, np.where(pinned, 1.0, left).tolist(), strict=True))


def _nearness(
    spoken: Sequence[SpokenDays], told: float, wanted: Sequence[Period], days: Sequence[Period]
) -> float:
    """How near an episode is to the periods that a message asks about: by when it was told, or by the days
    that it speaks of."""
    if not days:
        return 0.0
    return max(closeness(told, wanted), overlap(periods_of(spoken), days))


def _best(words: Sequence[Word]) -> list[int]:
    """The ids of the ``CANDIDATES`` episodes whose shared words weigh most, best first."""
    held = np.concatenate([_NOBODY, *(word.holding for word in words)])
    if not held.size:
        return []
    weights = np.repeat([word.weight for word in words], [word.holding.size for word in words])
    totals = np.bincount(held, weights)  # the index is the episode's id
    ids = np.flatnonzero(totals > 0.0)
    if ids.size > CANDIDATES:
        ids = ids[totals[ids] >= np.partition(totals[ids], -CANDIDATES)[-CANDIDATES]]
    best: list[int] = ids[np.argsort(-totals[ids], kind="stable")[:CANDIDATES]].tolist()
    return best
