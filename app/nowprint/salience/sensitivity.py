"""Sensitivity: the setting "what share of what I say may be kept" as the salience that a span must reach.

Up to ``USUAL`` only spans that are worth keeping are kept; above it, more and more of the others.
Below 1 the share is a limit, too: if a user tells facts all day, only the best of the recent spans are
kept, and no more than this share.
"""

from __future__ import annotations

from collections.abc import Sequence

USUAL = 0.75
WORTH = 0.53
"""The salience from which on a span is worth keeping: there, both precision and recall are good on parts
of the corpus that the head was not fitted on."""
LEAST_HISTORY = 200
"""The least number of spans for a quantile. Fewer would be noise, so that missing ones are filled in with
saliences spread evenly over 0..1."""
NOTHING = 1.0
"""A threshold that no salience reaches."""


def threshold(keep: float, recent: Sequence[float] = ()) -> float:
    """The least salience (0..1) that is kept when at most a share ``keep`` (0..1) may be.

    ``recent`` are the saliences of recent spans, in any order.
    """
    if keep <= 0:
        return NOTHING
    least = worth(keep)
    if keep < 1:
        missing = max(0, LEAST_HISTORY - len(recent))
        imagined = [(n + 0.5) / missing for n in range(missing)]
        least = max(least, share_threshold([*recent, *imagined], keep))
    return least


def worth(keep: float) -> float:
    """The threshold without a history: ``WORTH`` up to ``USUAL``, then falling to 0 at 1."""
    return WORTH * min(1.0, max(0.0, (1 - keep) / (1 - USUAL)))


def share_threshold(saliences: Sequence[float], keep: float) -> float:
    """The threshold that keeps the best share ``keep`` of these saliences, however low they are."""
    ordered = sorted(saliences)
    return ordered[min(len(ordered) - 1, max(0, round((1 - keep) * len(ordered))))]
