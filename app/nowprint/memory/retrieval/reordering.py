"""Reorders the best of what ranking.py ranked, by models that read them: pure functions over numbers.

A reranker reads message and episode together, and knows English (reranker.py). With a message in another
language the encoder compares them (encoder.py): the embedder's cosines are high between any two texts of a
language that it doesn't know. The chat model's functional resonance comes last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nowprint.memory.retrieval.ranking import FLOOR, Scored, moved, ordered

RERANKED = 8
"""How many of the best episodes the reranker reads."""
HOPELESS = 0.0
"""An episode with no more evidence than this isn't reranked: nothing could lift it over the floor."""
SURE = 0.08
"""The evidence that each nat of the reranker's score adds."""
LENIENCE = 0.6
"""Nats added to the reranker's score before it counts as evidence."""
DOUBT = -2.5
"""Nats: a lower score of the reranker counts as this, since so small a model is sometimes far off."""
HELPS = 0.1
"""What each nat of the reranker's score adds to an episode's score when the reranked change places."""
RESONATING = 20
"""How many of the best episodes are measured for functional resonance."""
NAT = 0.06
"""What each nat of functional resonance adds to the score."""
COMPARED = 16
"""How many of the best episodes the encoder compares with a message in another language than English."""
CLOSE = 20.0
"""What the encoder's cosine adds to an episode's score: the cosines of two texts lie between .75 and .95."""
NEAR = 0.8
"""The encoder's cosine that is enough evidence, in a message about the user."""
STEEP = 5.0
"""The evidence that each unit of the encoder's cosine adds."""


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


def promising(ranked: Sequence[Scored]) -> list[Scored]:
    """The candidates that the reranker could lift over the floor; it reads the best ``RERANKED`` of them."""
    return [one for one in ranked if one.evidence > HOPELESS]


def reranked(
    ranked: Sequence[Scored], nats: Mapping[int, float], newer: Mapping[int, int]
) -> list[Scored]:
    """Reorder by the judgement of a reranker that read the most promising episodes with the message.

    ``nats``: how much each reranked episode helps (reranker.py). The reranked change places among
    themselves; the others keep their places, but lose their evidence. ``newer`` maps an episode to the one
    that replaced it. That may be terse ("It's April 17 now."), so it gets the better of both scores.
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
        placed = moved(one, "relevance", score)
        weighed.append(placed._replace(evidence=evidence, passes=evidence >= FLOOR))
    return ordered(weighed)


def compared(
    ranked: Sequence[Scored],
    cosines: Mapping[int, tuple[float, float]],
    newer: Mapping[int, int],
) -> list[Scored]:
    """Reorder by the encoder's cosines. ``cosines`` has the embedder's and the encoder's of each compared
    episode, of which the latter takes the former's place as evidence; the others keep their places, but lose
    their evidence. ``newer`` maps an episode to the one that replaced it, which gets the better of both."""
    near = {id: encoder for id, (_, encoder) in cosines.items()}
    for old, new in sorted(newer.items()):
        if old in near and new in near:
            near[new] = max(near[old], near[new])
    found = []
    for one in ranked:
        if one.id not in near:
            found.append(one._replace(evidence=0.0, passes=False))
            continue
        evidence = one.evidence - cosines[one.id][0] + FLOOR + STEEP * (near[one.id] - NEAR)
        nearer = moved(one, "relevance", one.score + CLOSE * (near[one.id] - NEAR))
        found.append(nearer._replace(evidence=evidence, passes=evidence >= FLOOR))
    return _best_first(found, near)


def _best_first(found: Sequence[Scored], read: Mapping[int, float]) -> list[Scored]:
    """Those that were read before the others, each in the order of their scores."""
    return ordered(one for one in found if one.id in read) + [
        one for one in found if one.id not in read
    ]
