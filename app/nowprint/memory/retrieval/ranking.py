"""Which episodes help with a message: one pure function over numbers, that can explain its score.

A candidate's score is the sum of named parts:

- *meaning*, its cosine, and *words*, the rarity of the words that it shares with the message: both as
  z-scores over the candidates, against a prior for stores of a few episodes;
- *neighbour*: what stands next to a good one in its conversation gets a part of that one's score
  (``beside``), since an answer often stands next to the turn that resembles the question;
- *date*: was it told when the message says? A period counts like a word: the fewer episodes fall
  into it, the more (dates.py);
- *prior*: mildly, whether it is pinned, whether it mattered in the answers that it was brought into,
  and whether it came from elsewhere and nobody has confirmed it.

An episode that a newer one replaced stands right behind it, and the newer one gets the better of both
scores. ``with_resonance`` orders the best again by functional resonance, where that was measured.

**The floor** decides on evidence that doesn't depend on what else is in the store, since the best of
a hundred unrelated episodes is still unrelated: the cosine, corrected by a reranker that reads the best few
together with the message (``reranked``, reranker.py). Shared words tell no more: what was never told about
Marta shares her name with what was. What is asked decides how much is needed: least about
the user ("my", "we"), more about the world, most for what anybody might ask or want done ("Why is…",
"Write a…"); small talk without a word of weight gets nothing. What passes must also come close to the
best that passed (``GATE``). A neighbour's score lifts the rank and never counts as evidence. Nothing
is a good answer. ``search`` ranks the same way without the floor.

What a stored signature has in common with what the model expects while it reads the message is no
part: fused with the others it found nothing more (``bench resonance``).

Without an embedder (it is damaged) there are no cosines: then shared words alone are the evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

CANDIDATES = 50
"""From each of the searches."""
FLOOR = 0.29
"""The least evidence, set on lists of pairs and of unanswerable messages (``trade_off``)."""
GATE = 0.2
"""How far below the best evidence a recollection may be."""
RERANKED = 8
"""So many of the best are read together with the message."""
HOPELESS = 0.0
"""Below this evidence the reranker can't help."""
SURE = 0.08
"""What a nat of the reranker's score adds to the evidence."""
LENIENCE = 0.6
"""Nats that it is taken for more than it is."""
DOUBT = -2.5
"""Nats, the lowest that its score counts as: it is small, and sometimes far off."""
HELPS = 0.1
"""What a nat of it adds to the score, when they change places."""
RARE = 3.5
"""Nats that shared words must have to be evidence without a cosine."""
RESONATING = 20
"""So many of the best are worth measuring for functional resonance."""
UNCONFIRMED = 0.3
"""What came from elsewhere ranks lower by that until somebody confirms it."""
NAT = 0.06
"""What a nat of functional resonance adds to the score."""

_WORLD = 0.1
_GENERAL = 0.25
"""What a message that isn't about the user, or that anybody might send, needs more than ``FLOOR``."""
_IMAGINED = 200.0
_COSINE_PRIOR = (0.15, 0.12, 10.0)
_WORDS_PRIOR = (0.1, 0.2, 100.0)
"""Mean, deviation, and for how many further values they stand: a share of words is nearly absolute,
since the best of candidates that all share next to nothing is no find."""
_TELLING = 0.5
"""The share of the message's rarity that the best candidate must hold for words to count in full:
asked in other words, what a memory shares with the question is chance."""

Neighbours = Mapping[int, tuple[int | None, int | None]]
"""The episodes before and after each in its conversation."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts; the usual ones hold on five long conversations, each left out once."""

    meaning: float = 0.6
    words: float = 0.4
    beside: tuple[float, ...] = (0.5, 0.3)
    """Of the best score one place away in the conversation, two places away, …"""
    date: float = 0.8
    prior: float = 1.0


USUAL = Weights()


@dataclass(frozen=True, slots=True)
class RecallQuery:
    """The message: how much rarity do its words of weight sum up to, and of what kind is it?

    ``personal``: it speaks of the user. ``general``: anybody might ask it, or want it done.
    ``embedded`` is False without an embedder: every cosine is 0 then and says nothing.
    """

    personal: bool
    rare: float
    embedded: bool = True
    general: bool = False


class Candidate(
    NamedTuple
):  # hundreds are made for a message: a frozen dataclass takes five times as long
    """An episode and its numbers.

    ``words`` is the rarity of all words that it shares with the message, in nats, ``rare`` that of
    the words of weight among them.
    ``date`` is how close it was told to the time that the message names (0..1). ``replaced_by`` is
    the newer telling. ``confirmed``: it is the user's own, or the user said that it may count like
    one's own.
    """

    id: int
    cosine: float
    words: float = 0.0
    rare: float = 0.0
    date: float = 0.0
    pinned: bool = False
    measured: int = 0
    influential: int = 0
    replaced_by: int | None = None
    confirmed: bool = True


class Scored(NamedTuple):
    """``parts`` add up to ``score``; ``evidence`` is what the floor and the gate look at."""

    id: int
    score: float
    parts: tuple[tuple[str, float], ...]
    evidence: float
    passes: bool


def rarity(holding: int, episodes: int, *, common: bool = False) -> float:
    """Nats of surprise that an episode holds a word, as if the store held ``_IMAGINED`` more.

    In a store of one episode every word is in all of them; the imagined ones make a word rare there
    and let it become common as more episodes hold it. A tenth of them hold any ``common`` word.
    """
    held = holding + 1.0 + (0.1 * _IMAGINED if common else 0.0)
    return max(0.0, math.log((episodes + _IMAGINED) / held))


def rank(
    asked: RecallQuery,
    candidates: Sequence[Candidate],
    neighbours: Neighbours | None = None,
    weights: Weights = USUAL,
) -> list[Scored]:
    """All candidates, best first, each with the parts of its score."""
    if not candidates:
        return []
    meaning = np.zeros(len(candidates))
    if asked.embedded:
        meaning = _scaled([c.cosine for c in candidates], _COSINE_PRIOR)
    best = max(c.words for c in candidates)
    most = max(asked.rare, best) or 1.0
    words = _scaled([c.words / most for c in candidates], _WORDS_PRIOR)
    meaning *= weights.meaning
    words *= weights.words * min(1.0, best / most / _TELLING)
    lifts = _lifts([c.id for c in candidates], neighbours or {}, meaning + words, weights.beside)
    dates = np.array([c.date for c in candidates]) * (_date_weight(candidates) * weights.date)
    priors = _priors(candidates) * weights.prior
    columns = (meaning + words + lifts + dates + priors, meaning, words, lifts, dates, priors)
    scored = {}
    for c, evidence, total, m, w, lift, date, prior in zip(
        candidates,
        _evidence(asked, candidates).tolist(),
        *(column.tolist() for column in columns),
        strict=True,
    ):  # hundreds at a time: each step in here counts
        parts: tuple[tuple[str, float], ...] = (("meaning", m), ("words", w))
        if lift:
            parts += (("neighbour", lift),)
        if date:
            parts += (("date", date),)
        if prior:
            parts += (("prior", prior),)
        scored[c.id] = Scored(c.id, total, parts, evidence, evidence >= FLOOR)
    _bring_newest(scored, {c.id: c.replaced_by for c in candidates if c.replaced_by})
    return _ordered(scored.values())


def with_resonance(ranked: Sequence[Scored], nats: Mapping[int, float]) -> list[Scored]:
    """Ordered again by what of each of the best ``RESONATING`` the message made expected.

    ``nats`` is that sum, of those that were measured; ``NAT`` of its distance from their mean is added
    to the score, so that what wasn't measured stands as if it were average. (Fusing ranks finds as
    much at the top and less further down; and two candidates' ranks can't outvote each other.)
    """
    measured = {one.id: nats[one.id] for one in ranked[:RESONATING] if one.id in nats}
    if len(measured) < 2:
        return list(ranked)
    mean = sum(measured.values()) / len(measured)
    return _ordered(
        _moved(one, "resonance", one.score + NAT * (measured[one.id] - mean))
        if one.id in measured
        else one
        for one in ranked
    )


def promising(ranked: Sequence[Scored]) -> list[Scored]:
    """Those that a reranker could lift over the floor; it is asked about the best ``RERANKED``."""
    return [one for one in ranked if one.evidence > HOPELESS]


def reranked(
    ranked: Sequence[Scored], nats: Mapping[int, float], newer: Mapping[int, int]
) -> list[Scored]:
    """Ordered again by what a reranker that reads both together thinks of the most promising.

    ``nats``: how much each helps, of those that were reranked (reranker.py). They change places among
    themselves, so that what wasn't reranked stands where it stood; but it has no evidence any more. The
    ``newer`` telling of what has changed may be terse ("It's April 17 now."): it gets the better of
    both of its scores.
    """
    helps = {id: max(DOUBT, value) for id, value in nats.items()}
    for old, new in sorted(newer.items()):
        if old in helps:
            helps[new] = max(helps[old], helps.get(new, -math.inf))
    those = [one for one in ranked if one.id in helps]
    places = sorted((one.score for one in those), reverse=True)
    those.sort(key=lambda one: (-one.score - HELPS * helps[one.id], one.id))
    weighed = [one._replace(evidence=0.0, passes=False) for one in ranked if one.id not in helps]
    for one, score in zip(those, places, strict=True):
        evidence = one.evidence + SURE * (helps[one.id] + LENIENCE)
        moved = _moved(one, "relevance", score)
        weighed.append(moved._replace(evidence=evidence, passes=evidence >= FLOOR))
    return _ordered(weighed)


def floor(ranked: Sequence[Scored]) -> list[Scored]:
    """Those that may enter a prompt: with evidence of their own, and near the best."""
    passing = [s for s in ranked if s.passes]
    best = max((s.evidence for s in passing), default=0.0)
    return [s for s in passing if s.evidence >= best - GATE]


def trade_off(
    answerable: Sequence[float], unanswerable: Sequence[float], floors: Sequence[float]
) -> list[dict[str, float]]:
    """For each floor the share of answerable messages that still find, and of others that wrongly do.

    ``answerable``: the evidence of the right episode where it was ranked high enough, else -inf.
    ``unanswerable``: the best evidence that there was.
    """

    def share(evidence: Sequence[float], least: float) -> float:
        return sum(one >= least for one in evidence) / max(1, len(evidence))

    return [
        {
            "floor": least,
            "found": share(answerable, least),
            "false_recall": share(unanswerable, least),
        }
        for least in floors
    ]


def _lifts(
    ids: Sequence[int],
    neighbours: Neighbours,
    sums: npt.NDArray[np.float64],
    weights: Sequence[float],
) -> npt.NDArray[np.float64]:
    """For each id a part of the best score at each distance in its conversation."""
    nobody = len(ids)  # the place after the last stands for it, with a score of 0
    place = {id: n for n, id in enumerate(ids)}
    before, after = np.full(nobody + 1, nobody), np.full(nobody + 1, nobody)
    for id, (previous, following) in neighbours.items():
        here = place.get(id, nobody)
        for steps, back, other in ((before, after, previous), (after, before, following)):
            there = nobody if other is None else place.get(other, nobody)
            if nobody not in (here, there):
                steps[here], back[there] = there, here
    padded = np.append(sums, 0.0)
    lifts = np.zeros(nobody)
    left, right = before, after
    for weight in weights:
        lifts += weight * np.maximum(0.0, np.maximum(padded[left], padded[right]))[:nobody]
        left, right = before[left], after[right]
    return lifts


def _date_weight(candidates: Sequence[Candidate]) -> float:
    """Nats of surprise that an episode was told at the time that is asked for."""
    within = sum(c.date for c in candidates)
    return math.log(len(candidates) / max(1.0, within)) if within else 0.0


def _priors(candidates: Sequence[Candidate]) -> npt.NDArray[np.float64]:
    """What is known of an episode before anything is asked: mild, in units of a z-score."""
    known = np.array(
        [(c.pinned, c.measured, c.influential, c.confirmed) for c in candidates], float
    )
    pinned, measured, influential, confirmed = known.T
    mattered = (influential + 1.0) / (measured + 2.0) - 0.5
    priors: npt.NDArray[np.float64] = 0.1 * pinned + 0.2 * mattered - UNCONFIRMED * (1 - confirmed)
    return priors


def _bring_newest(scored: dict[int, Scored], newer: Mapping[int, int]) -> None:
    """The newer telling gets the better of both scores, and the older stands right behind it."""
    for old, new in sorted(newer.items()):  # the oldest first, so that chains reach the newest
        if new not in scored:
            continue
        before, after = scored[old], scored[new]
        if before.score > after.score:
            after = _moved(after, "change", before.score)
        if before.evidence > after.evidence:
            after = Scored(
                after.id, after.score, after.parts, before.evidence, after.passes or before.passes
            )
        scored[new] = after
    for old, new in sorted(newer.items(), reverse=True):
        if new in scored:
            behind = min(scored[old].score, scored[new].score - 1e-6)
            scored[old] = _moved(scored[old], "change", behind)


def _moved(one: Scored, part: str, score: float) -> Scored:
    """With another score, and the part that makes it."""
    parts = dict(one.parts)
    parts[part] = parts.get(part, 0.0) + score - one.score
    return Scored(one.id, score, tuple(parts.items()), one.evidence, one.passes)


def _ordered(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda s: (-s.score, s.id))


def _evidence(asked: RecallQuery, candidates: Sequence[Candidate]) -> npt.NDArray[np.float64]:
    """In units of cosine, less what this kind of message needs more than one about the user."""
    if not asked.personal and asked.rare == 0.0:
        return np.zeros(len(candidates))
    if not asked.embedded:
        rare = np.array([c.rare for c in candidates])
        return np.where(rare >= RARE, np.minimum(1.0, rare / max(asked.rare, RARE)), 0.0)
    needed = 0.0 if asked.personal else _GENERAL if asked.general else _WORLD
    return np.array([c.cosine for c in candidates]) - needed


def _scaled(values: Sequence[float], prior: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    """z-scores, with a prior's mean and deviation as if they were so many further values."""
    array = np.asarray(values, dtype=np.float64)
    mean, deviation, weight = prior
    total = array.size + weight
    centre = (array.sum() + weight * mean) / total
    spread = ((array - centre) ** 2).sum() + weight * (deviation**2 + (mean - centre) ** 2)
    scaled: npt.NDArray[np.float64] = (array - centre) / math.sqrt(spread / total)
    return scaled
