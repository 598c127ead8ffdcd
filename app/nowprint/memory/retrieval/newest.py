"""Puts the newer of two episodes first where it is unclear whether it changes the older."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nowprint.memory.retrieval.ranking import Scored


def newest_first(ranked: Sequence[Scored], newer: Mapping[int, int]) -> list[Scored]:
    """The same episodes, with each older one of a pair right behind the newer. ``newer`` maps an episode to
    the one that may have changed it."""
    ordered = list(ranked)
    for old, new in sorted(newer.items()):
        place = {one.id: n for n, one in enumerate(ordered)}
        if new in place and place.get(old, len(ordered)) < place[new]:
            ordered.insert(place[old], ordered.pop(place[new]))
    return ordered
