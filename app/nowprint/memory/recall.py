"""Which episodes help with a message: one pure function over numbers, that can explain its score.

A candidate brings its cosine, its BM25 and the weight of the rare words it shares with the message.
Both scores are brought to the same scale (z-scores over the candidates, against a prior for stores of
a few episodes) and added; an episode next to a good one in the same conversation gets half of that
one's score on top.

**The floor** decides on evidence that doesn't depend on what else is in the store, since the best of
a hundred unrelated episodes is still unrelated. Either the cosine is high enough by itself; or a
lower one comes with shared words that are rare and make up a good share of what the message is about
("painted" alone doesn't answer who painted the Mona Lisa). A message about the user ("my", "we")
needs less than one about the world, and one that neither speaks of the user nor has a word of weight
("Thanks, that helps!") gets nothing. What passes must also come close to the best that passed
(``GATE``). A neighbour's score lifts the rank and never counts as evidence. Nothing is a good
answer. ``search`` ranks the same way without the floor.

Without an embedder (it is damaged) there are no cosines: then shared words alone are the evidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

CANDIDATES = 50
"""From each of the two searches."""
PERSONAL_COSINE = 0.33
"""Enough by itself for a message about the user (measured: unrelated pairs reach .31)."""
WORLD_COSINE = 0.5
"""The same for any other message."""
LOWER_COSINE = 0.25
"""Enough together with shared words of at least ``RARE`` nats and ``SHARE`` of the message's."""
RARE = 3.5
SHARE = 0.5
PERSONAL_SHARE = 0.35
"""Enough of a message about the user when there are only words to go by."""
GATE = 0.2
"""How far below the best evidence a recollection may be."""

_WORD_WEIGHT = 0.5
_NEIGHBOUR = 0.5
_PRIOR_WEIGHT = 10.0
_COSINE_PRIOR = (0.15, 0.12)
_WORDS_PRIOR = (0.1, 0.2)
_WORD_EVIDENCE = 0.02
"""What one nat of shared rarity is worth in cosine when evidence is compared."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The message: is it about the user, and how much ``rarity`` do its content words sum up to?

    ``embedded`` is False without an embedder: every cosine is 0 then and says nothing.
    """

    personal: bool
    rare: float
    embedded: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """An episode and its evidence: ``rare`` is the summed rarity of shared content words."""

    id: int
    cosine: float
    bm25: float
    rare: float


@dataclass(frozen=True, slots=True)
class Scored:
    """``parts`` add up to ``score``; ``evidence`` is what the floor and the gate look at."""

    id: int
    score: float
    parts: tuple[tuple[str, float], ...]
    evidence: float
    passes: bool


def rarity(holding: int, episodes: int) -> float:
    """Nats of surprise that an episode holds a word, as if the store were at least middling large.

    In a store of one episode every word is in all of them; the prior makes a word rare there and
    lets it become common as more episodes hold it.
    """
    return max(0.0, math.log((episodes + 200.0) / (holding + 1.0)))


def rank(
    asked: Asked,
    candidates: Sequence[Candidate],
    neighbours: Mapping[int, Sequence[int]] | None = None,
) -> list[Scored]:
    """All candidates, best first, each with the parts of its score."""
    if not candidates:
        return []
    meaning = [0.0] * len(candidates)
    if asked.embedded:
        meaning = _scaled([c.cosine for c in candidates], _COSINE_PRIOR)
    most = max(c.bm25 for c in candidates) or 1.0
    words = _scaled([c.bm25 / most for c in candidates], _WORDS_PRIOR)
    own = {
        c.id: ((1 - _WORD_WEIGHT) * m, _WORD_WEIGHT * w)
        for c, m, w in zip(candidates, meaning, words, strict=True)
    }
    scored = []
    for c in candidates:
        beside = [sum(own[id]) for id in (neighbours or {}).get(c.id, ()) if id in own]
        lift = _NEIGHBOUR * max([0.0, *beside])
        m, w = own[c.id]
        parts = (("meaning", m), ("words", w), ("neighbour", lift))
        scored.append(Scored(c.id, m + w + lift, parts, _evidence(c), _passes(asked, c)))
    return sorted(scored, key=lambda s: (-s.score, s.id))


def floor(ranked: Sequence[Scored]) -> list[Scored]:
    """Those that may enter a prompt: with evidence of their own, and near the best."""
    passing = [s for s in ranked if s.passes]
    best = max((s.evidence for s in passing), default=0.0)
    return [s for s in passing if s.evidence >= best - GATE]


def _passes(asked: Asked, c: Candidate) -> bool:
    if not asked.personal and asked.rare == 0.0:
        return False
    if not asked.embedded:
        share = PERSONAL_SHARE if asked.personal else SHARE
        return c.rare >= max(RARE, share * asked.rare)
    if c.cosine >= (PERSONAL_COSINE if asked.personal else WORLD_COSINE):
        return True
    return c.cosine >= LOWER_COSINE and c.rare >= max(RARE, SHARE * asked.rare)


def _evidence(c: Candidate) -> float:
    return c.cosine + _WORD_EVIDENCE * min(c.rare, 10.0)


def _scaled(values: Sequence[float], prior: tuple[float, float]) -> list[float]:
    """z-scores, with the prior as if it were ``_PRIOR_WEIGHT`` further values."""
    array = np.asarray(values, dtype=np.float64)
    mean, deviation = prior
    total = array.size + _PRIOR_WEIGHT
    centre = (array.sum() + _PRIOR_WEIGHT * mean) / total
    spread = ((array - centre) ** 2).sum() + _PRIOR_WEIGHT * (deviation**2 + (mean - centre) ** 2)
    scaled: list[float] = ((array - centre) / math.sqrt(spread / total)).tolist()
    return scaled
