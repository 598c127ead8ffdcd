"""Which episodes help with a message: pure functions over numbers, which can explain each score.

A candidate's score is the sum of named parts:

- *meaning*, the cosine of episode and message, and *words*, the rarity of the words they share: both as
  z-scores over the candidates, with a prior that matters where the database has few episodes;
- *neighbour*: an episode next to a good one in its conversation gets a part of that one's score
  (``Weights.beside``), since an answer often stands next to the turn that resembles the question;
- *before*: the share of the message's words that the episode and the one before it hold together, and
  *chat*: the share that its conversation holds (surroundings.py);
- *asks*: against an episode that ends with a question, which asks more than it tells;
- *date*: how close the episode is to the time that the message names, by when it was told or by
  the days that it speaks of (dates.py). A period counts
  like a word: the fewer episodes fall into it, the more;
- *ended*: against an episode that was said to last until a time that is over ("till June"): a share of its
  score (``ENDED``);
- *faded*: against an episode that was told, and mattered, long ago (fading.py);
- *prior*: small amounts for a pinned episode, for one that mattered in the answers it was recalled for,
  and against an imported one that the user hasn't confirmed;
- *stated*: for an episode that plainly states what is asked, which also passes the floor (stated.py).

An episode that a newer one replaced is placed right behind it, and the newer one gets the better of both
scores (the part *change*). reordering.py then reorders the best (the parts *relevance* and *resonance*), and
newest.py lifts those of which it is not clear but likely that they replace an older one.

**The floor** decides which episodes may enter a prompt. Its evidence must not depend on what else is in
the database, since the best of a hundred unrelated episodes is still unrelated. The evidence is the
cosine, corrected by a reranker that reads the best few together with the message (reordering.py). Shared
words add no evidence: a question about Marta that no episode answers shares her name with all that the user
said about her. The kind of message decides how much evidence is needed: least if it
is about the user ("my", "we"), more if it is about the world, most if anybody might send it ("Why is…",
"Write a…"). For small talk without a word of weight nothing is recalled. An episode that passes must also
come close to the best one that passed (``GATE``). A neighbour's score raises the rank, but never counts
as evidence. To recall nothing is often right. ``Retrieval.search`` ranks in the same way without floor.

The likeness between stored signatures and what the model expects while it reads the message is not a
part: added to the others it found nothing more (``bench resonance``).

Without an embedder (its folder is damaged) there are no cosines; then shared words are the evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nowprint.memory.storage.doubts import DoubtRow

CANDIDATES = 50
"""The most episodes that each search contributes."""
FLOOR = 0.29
"""The least evidence that passes, chosen with ``trade_off`` on answerable and unanswerable messages."""
GATE = 0.2
"""How far below the best evidence a recollection's evidence may be."""
RARE = 3.5
"""Nats of rarity that shared words need to be evidence, where there is no embedder."""
UNCONFIRMED = 0.3
"""An imported episode's prior is lower by this until the user confirms it."""
ENDED = 0.4
"""The share of its score that an episode loses which was said to last until a time that is over."""
_WORLD = 0.1
_GENERAL = 0.25
"""The evidence needed beyond ``FLOOR`` by a message about the world, and by one that anybody might send."""
_IMAGINED = 200.0
_COSINE_PRIOR = (0.15, 0.12, 10.0)
_WORDS_PRIOR = (0.1, 0.2, 100.0)
"""The priors of the z-scores: mean, deviation, and the number of values that the prior counts as. The one
for words counts for many, which makes their z-score nearly absolute: where no candidate shares more than
next to nothing, the best of them is no find."""
_TELLING = 0.7
"""The share of the message's rarity that the best candidate must share for words to count in full. Below it
the question uses other words than the episodes, and the words that they share are chance."""

Neighbours = Mapping[int, tuple[int | None, int | None]]
"""For each episode id the previous and the next episode of its conversation, None where there is none."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts. The defaults were confirmed on five long conversations, each left out of the
    fitting in turn. ``before`` and ``chat`` would be three times as much if only such conversations counted;
    of single facts, asked for in other words, fewer would then come first."""

    meaning: float = 0.6
    words: float = 0.4
    beside: tuple[float, ...] = (0.52, 0.31)
    """The shares of the better score one place away in the conversation, two places away, …"""
    date: float = 1.0
    prior: float = 1.0
    before: float = 0.4
    chat: float = 0.7
    asks: float = 0.85
    """What an episode loses that ends with a question: it asks more than it tells."""
    faded: float = 0.1
    """What an episode would lose whose retrievability had fallen to 0: as much as a pin adds. On the long
    conversations, of half a year each, that changes nothing; twice as much costs one question in 400."""


USUAL = Weights()
ENCODED = Weights(meaning=1.2)
"""For cosines of the encoder (embedding/encoded.py)."""


@dataclass(frozen=True, slots=True)
class RecallQuery:
    """What ranking needs to know of the message.

    ``personal``: it speaks of the user. ``rare``: the summed rarity of its words of weight, in nats.
    ``general``: anybody might ask it, or want it done. ``embedded`` is False without an embedder: then
    every cosine is 0 and says nothing. ``encoded``: it isn't in English, and the cosines are the encoder's.
    """

    personal: bool
    rare: float
    embedded: bool = True
    general: bool = False
    encoded: bool = False


class Candidate(
    NamedTuple
):  # a message has hundreds: making frozen dataclasses would take five times as long
    """An episode and its numbers.

    ``words`` is the rarity of all words that it shares with the message, in nats, ``rare`` that of
    the words of weight among them. ``date`` says how close it was said to the time that the message names
    (0..1). ``measured`` counts the answers that its influence was measured for, ``influential`` those in
    which it mattered. ``replaced_by`` is the newer episode that replaces it, ``doubts`` are about
    those of which it is unclear whether they do. ``confirmed`` is False for an imported episode that the user
    hasn't confirmed. ``before`` and ``chat`` are the shares (0..1) of the message that stand in it and the
    episode before it, and in its conversation (surroundings.py). ``asks``: it ends with a question.
    ``retrievability`` (0..1) says how far it has not faded (fading.py). ``ended``: what it says was to last
    until a time that is over.
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
    doubts: Sequence[DoubtRow] = ()
    before: float = 0.0
    chat: float = 0.0
    asks: bool = False
    retrievability: float = 1.0
    ended: bool = False


class Scored(NamedTuple):
    """A ranked candidate: ``parts`` add up to ``score``; floor and gate look at the other two."""

    id: int
    score: float
    parts: tuple[tuple[str, float], ...]
    evidence: float
    passes: bool


def rarity(holding: int, episodes: int, *, common: bool = False) -> float:
    """The rarity in nats of a word that ``holding`` of ``episodes`` hold, after adding ``_IMAGINED`` others.

    In a database of one episode every word is in all of them. The imagined episodes make a word rare there,
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
    """All candidates, best first, each with the parts of its score and its evidence."""
    if not candidates:
        return []
    meaning = np.zeros(len(candidates))
    if asked.embedded:
        meaning = _scaled([c.cosine for c in candidates], _COSINE_PRIOR)
    best = max(c.words for c in candidates)
    most = max(asked.rare, best) or 1.0
    words = _scaled([c.words / most for c in candidates], _WORDS_PRIOR)
    meaning *= weights.meaning
    telling = min(1.0, best / most / _TELLING)
    words *= weights.words * telling
    lifts = _lifts([c.id for c in candidates], neighbours or {}, meaning + words, weights.beside)
    around = np.array([(c.before, c.chat, -c.asks) for c in candidates])
    around *= (telling * weights.before, telling * weights.chat, weights.asks)
    dates = np.array([c.date for c in candidates]) * (_date_weight(candidates) * weights.date)
    priors = _priors(candidates) * weights.prior
    faded = np.array([c.retrievability - 1.0 for c in candidates]) * weights.faded
    whole = meaning + words + lifts + dates + priors + faded + around.sum(axis=1)
    columns = (whole, meaning, words, lifts, dates, priors, faded, *around.T)
    scored = {}
    for c, evidence, total, m, w, lift, date, prior, old, before, chat, asks in zip(
        candidates,
        _evidence(asked, candidates).tolist(),
        *(column.tolist() for column in columns),
        strict=True,
    ):  # hundreds per message: each step in here costs time
        parts: tuple[tuple[str, float], ...] = (("meaning", m), ("words", w))
        if lift:
            parts += (("neighbour", lift),)
        if before:
            parts += (("before", before),)
        if chat:
            parts += (("chat", chat),)
        if asks:
            parts += (("asks", asks),)
        if date:
            parts += (("date", date),)
        if prior:
            parts += (("prior", prior),)
        if old:
            parts += (("faded", old),)
        scored[c.id] = Scored(c.id, total, parts, evidence, evidence >= FLOOR)
    _bring_newest(scored, {c.id: c.replaced_by for c in candidates if c.replaced_by})
    for c in candidates:
        if c.ended and (one := scored[c.id]).score > 0.0:
            scored[c.id] = moved(one, "ended", (1 - ENDED) * one.score)
    return ordered(scored.values())


def floor(ranked: Sequence[Scored]) -> list[Scored]:
    """The episodes that may enter a prompt: those that pass, with evidence close to the best one's."""
    passing = [s for s in ranked if s.passes]
    best = max((s.evidence for s in passing), default=0.0)
    return [s for s in passing if s.evidence >= best - GATE]


def _lifts(
    ids: Sequence[int],
    neighbours: Neighbours,
    sums: npt.NDArray[np.float64],
    weights: Sequence[float],
) -> npt.NDArray[np.float64]:
    """The part *neighbour* of each id, shape (ids,): for each distance in its conversation, a weight times
    the better score of the two episodes there. ``sums``, shape (ids,), has the scores."""
    nobody = len(ids)  # the place after the last one stands for a missing neighbour, with score 0
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
    """The rarity, in nats, of a candidate from the time that the message names; 0 if there is none."""
    within = sum(c.date for c in candidates)
    return math.log(len(candidates) / max(1.0, within)) if within else 0.0


def _priors(candidates: Sequence[Candidate]) -> npt.NDArray[np.float64]:
    """The part *prior* of each candidate, shape (candidates,): what is known of it whatever the message asks,
    small against a z-score."""
    known = np.array(
        [(c.pinned, c.measured, c.influential, c.confirmed) for c in candidates], float
    )
    pinned, measured, influential, confirmed = known.T
    mattered = (influential + 1.0) / (measured + 2.0) - 0.5
    priors: npt.NDArray[np.float64] = 0.1 * pinned + 0.2 * mattered - UNCONFIRMED * (1 - confirmed)
    return priors


def _bring_newest(scored: dict[int, Scored], newer: Mapping[int, int]) -> None:
    """Give the newer episode the better of both scores, and place the older one right behind it. ``newer``
    maps an episode to the one that replaced it."""
    for old, new in sorted(newer.items()):  # the oldest first, so that chains reach the newest
        if new in scored:
            scored[new] = with_better(scored[new], scored[old])
    for old, new in sorted(newer.items(), reverse=True):
        if new in scored:
            behind = min(scored[old].score, scored[new].score - 1e-6)
            scored[old] = moved(scored[old], "change", behind)


def with_better(newer: Scored, older: Scored) -> Scored:
    """The newer episode with the better score and the better evidence of both."""
    if older.score >= newer.score:
        newer = moved(newer, "change", older.score + 1e-6)
    if older.evidence <= newer.evidence:
        return newer
    return newer._replace(evidence=older.evidence, passes=newer.passes or older.passes)


def moved(one: Scored, part: str, score: float) -> Scored:
    """The candidate with another score; the difference is added to the named part."""
    parts = dict(one.parts)
    parts[part] = parts.get(part, 0.0) + score - one.score
    return Scored(one.id, score, tuple(parts.items()), one.evidence, one.passes)


def ordered(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda s: (-s.score, s.id))


def _evidence(asked: RecallQuery, candidates: Sequence[Candidate]) -> npt.NDArray[np.float64]:
    """The evidence of each candidate, shape (candidates,), in units of cosine, less what this kind of message
    needs more than one about the user."""
    if not asked.personal and asked.rare == 0.0:
        return np.zeros(len(candidates))
    if not asked.embedded:
        rare = np.array([c.rare for c in candidates])
        return np.where(rare >= RARE, np.minimum(1.0, rare / max(asked.rare, RARE)), 0.0)
    needed = 0.0 if asked.personal else _GENERAL if asked.general else _WORLD
    return np.array([c.cosine for c in candidates]) - needed


def _scaled(values: Sequence[float], prior: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    """The z-scores of the values, shape (values,). ``prior`` is a mean, a deviation and the number of further
    values that they count as."""
    array = np.asarray(values, dtype=np.float64)
    mean, deviation, weight = prior
    total = array.size + weight
    centre = (array.sum() + weight * mean) / total
    spread = ((array - centre) ** 2).sum() + weight * (deviation**2 + (mean - centre) ** 2)
    scaled: npt.NDArray[np.float64] = (array - centre) / math.sqrt(spread / total)
    return scaled
