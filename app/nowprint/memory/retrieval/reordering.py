"""Reorders the best of what ranking.py ranked, by models that read them: pure functions over numbers.

A reranker reads message and episode together (embedding/reranker.py). The chat model's functional resonance
comes last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nowprint.memory.retrieval.ranking import FLOOR, Scored, moved, ordered

RERANKED = 8
"""How many of the best episodes the reranker reads."""
HOPELESS = 0.0
"""An episode with no more evidence than this isn't reranked: nothing could lift it over the floor."""
DOUBT = -4.0
"""Nats: a lower score of the reranker counts as this, since so small a model is sometimes far off."""
HELPS = 0.1
"""What each nat of the reranker's score adds to an episode's score."""
FOREIGN_HELPS = 0.2
USUALLY = 0.12
"""The probability that an episode helps from which on it is recalled, unless the user sets another."""
STEP = 0.08
"""The evidence of a nat of that probability: so it is in units of cosine, as where nothing was reranked."""
RESONATING = 20
"""How many of the best episodes are measured for functional resonance."""
NAT = 0.06
"""What each nat of functional resonance adds to the score."""


class Read(NamedTuple):
    """What models say of an episode that was read with the message: how much it helps, in nats (reranker.py),
    and the cosine of the two, the encoder's if the message isn't in English."""

    helps: float
    cosine: float


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely it is that an episode helps: a logistic model of the reranker's score, a cosine, whether the
    message speaks of the user, and how much it asks of the user's life (-1..1). Fitted by
    ``bench/fitting/fit_evidence.py`` on questions by writers who had not seen the code."""

    bias: float
    helps: float
    cosine: float
    personal: float = 0.0
    life: float = 0.0

    def nats(self, read: Read, *, personal: bool, life: float) -> float:
        """The log-odds."""
        of_both = self.helps * read.helps + self.cosine * read.cosine
        return self.bias + of_both + self.personal * personal + self.life * life


ENGLISH = Likelihood(bias=-4.6, helps=0.63, cosine=6.47, personal=0.43, life=0.84)
FOREIGN = Likelihood(bias=-4.27, helps=0.62, cosine=5.09, life=1.3)
"""With the encoder's cosine; whether a message speaks of the user is known of English ones alone. Fitted
with the reranker before this one: for this one the script says -3.7, .61, 4.7 and 1.1, which finds as much
and brings back more needlessly."""


def with_resonance(ranked: Sequence[Scored], nats: Mapping[int, float]) -> list[Scored]:
    """Reorder by functional resonance: how much of an episode's text the message made expected.

    ``nats`` has the sum for each episode that was measured, of the best ``RESONATING``. ``NAT`` times its
    distance from their mean is added to the score, so that an unmeasured episode stands as if it were
    average. (Fusing ranks instead finds as much at the top and less further down; and with two candidates
    the ranks can't outvote each other.)
    """
    measured = {one.id: nats[one.id] for one in ranked[:RESONATING] if one.id in nats}
    if len(measured) < 2:
        return list(ranked)
    mean = sum(measured.values()) / len(measured)
    return ordered(
        moved(one, "resonance", one.score + NAT * (measured[one.id] - mean))
        if one.id in measured
        else one
        for one in ranked
    )


def needing_more(ranked: Sequence[Scored], nats: Mapping[int, float]) -> list[Scored]:
    """The same, but each episode needs so much more evidence to pass the floor."""
    found = []
    for one in ranked:
        evidence = one.evidence - STEP * nats.get(one.id, 0.0)
        found.append(one._replace(evidence=evidence, passes=one.passes and evidence >= FLOOR))
    return found


def promising(ranked: Sequence[Scored]) -> list[Scored]:
    """The candidates that the reranker could lift over the floor; it reads the best ``RERANKED`` of them."""
    return [one for one in ranked if one.evidence > HOPELESS]


def reranked(
    ranked: Sequence[Scored],
    read: Mapping[int, Read],
    newer: Mapping[int, int],
    *,
    personal: bool,
    life: float = 0.0,
    foreign: bool = False,
    least: float = USUALLY,
) -> list[Scored]:
    """Reorder by the judgement of a reranker that read the most promising episodes with the message.

    Those that were read come before the others, which keep their places, but lose their evidence.
    ``newer`` maps an episode to the one that replaced it. That may be terse ("It's April 17 now."), so it
    gets the better of both. ``personal``: the message speaks of the user; ``life``: how much it asks of the
    user's life, -1..1; ``foreign``: it isn't in English.
    ``least`` is the probability of helping from which on an episode passes the floor.
    """
    read = {id: one._replace(helps=max(DOUBT, one.helps)) for id, one in read.items()}
    for old, new in sorted(newer.items()):
        if old in read:
            read[new] = Read(*map(max, read[old], read.get(new, read[old])))
    likelihood, step = (FOREIGN, FOREIGN_HELPS) if foreign else (ENGLISH, HELPS)
    least = min(1 - 1e-6, max(1e-6, least))
    needed = math.log(least / (1 - least))
    best, others = [], []
    for one in ranked:
        if one.id not in read:
            others.append(one._replace(evidence=0.0, passes=False))
            continue
        mine = read[one.id]
        nats = likelihood.nats(mine, personal=personal, life=life)
        evidence = FLOOR + STEP * (nats - needed)
        placed = moved(one, "relevance", one.score + step * mine.helps)
        best.append(placed._replace(evidence=evidence, passes=evidence >= FLOOR))
    return ordered(best) + others
