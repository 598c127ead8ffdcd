"""Sensitivity: from the share of what is said that may be kept to the salience that keeps a span.

Up to ``USUAL`` only what is worth keeping is kept, however large a share that is; above it, more and
more of the rest. Below 1 the share is a limit as well: it holds against what was said lately, so
that somebody who tells facts all day still keeps the best of them, and not more than was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

USUAL = 0.75
WORTH = 0.55
"""The salience that parts what is worth keeping from the rest: where both precision and recall hold on
parts of the corpus that the head was not fitted on."""
LEAST_HISTORY = 200
"""Spans. The quantiles of fewer are noise, so the others are imagined, spread evenly."""
NOTHING = 1.0
"""No salience reaches it."""


def threshold(keep: float, recent: Sequence[float] = ()) -> float:
    """The least salience that is kept when a share ``keep`` (0..1) may be.

    ``recent`` are the saliences of the spans said lately, in any order.
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
    """The threshold that keeps the best share ``keep`` of these, whatever they are worth."""
    ordered = sorted(saliences)
    return ordered[min(len(ordered) - 1, max(0, round((1 - keep) * len(ordered))))]
