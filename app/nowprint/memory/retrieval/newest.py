"""Puts the newer of two episodes first where it may have changed the older.

How likely that is, capture found out (capture/changes.py). What the message says counts, too: where it asks
for the newer nearly as much as for the older, a small probability is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nowprint.memory.retrieval.ranking import Candidate, Scored, with_better
from nowprint.memory.storage.doubts import DoubtRow

LIKELY = 0.15
"""From this probability on the newer comes first, however little it says of the message: changes are often
told in few words ("It's the blue one now."). On lists of one person's 100 facts some two questions in a
hundred then find a wrong one first (and the right one behind it); from .2 on one, from .1 on four."""
LIKELY_ENCODED = 0.3
"""The same for a message that isn't in English. In ten other languages, 20 facts each, the right one comes
first for .97 of the questions in the same words, with .15 for .90, without this rule for all; of changes as
many come first as with .15 (.78; without this rule .54)."""
CLOSE = 2.0
"""By how much the older may have the better score, where the change is less likely; this costs the same lists
nothing."""


def decisive(doubts: Sequence[DoubtRow]) -> tuple[DoubtRow, ...]:
    """Those of the doubts about one episode that can matter: with the newest that likely changed it, and with
    the newest of all. What is told over and over makes hundreds."""
    likely = [doubt for doubt in doubts if doubt.probability >= LIKELY]
    return tuple({max(some, key=lambda doubt: doubt.newer) for some in (likely, doubts) if some})


def likely_newer(
    ranked: Sequence[Scored], candidates: Iterable[Candidate], *, encoded: bool = False
) -> dict[int, int]:
    """For each candidate the newest episode that is to come before it. ``encoded``: the message isn't in
    English."""
    scores = {one.id: one.score for one in ranked}
    least = LIKELY_ENCODED if encoded else LIKELY

    def likely(doubt: DoubtRow) -> bool:
        if doubt.newer not in scores:
            return False
        return doubt.probability >= least or scores[doubt.older] - scores[doubt.newer] < CLOSE

    return {
        one.id: newest
        for one in candidates
        if (newest := max((doubt.newer for doubt in one.doubts if likely(doubt)), default=None))
    }


def lifted(ranked: Sequence[Scored], newer: Mapping[int, int]) -> list[Scored]:
    """Place each newer episode before the older one, with the better score and evidence of both. ``newer``
    maps an episode to the one that may have changed it."""
    before = {one.id: one for one in ranked}
    after = dict(before)
    for old, new in newer.items():
        after[new] = with_better(after[new], before[old])
    return newest_first([after[one.id] for one in ranked], newer)


def newest_first(ranked: Sequence[Scored], newer: Mapping[int, int]) -> list[Scored]:
    """The same episodes, each newer one of a pair before the older. One that was brought forward brings none
    itself: little is left of a chain of small probabilities at its end."""
    there = {one.id: one for one in ranked}
    placed: dict[int, Scored] = {}
    for one in ranked:
        if one.id in placed:
            continue
        if (new := newer.get(one.id)) in there:
            placed.setdefault(new, there[new])
        placed[one.id] = one
    return list(placed.values())
