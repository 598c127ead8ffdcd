"""Fading: how likely it is that an episode is still needed, by the time since it last mattered.

The forgetting curve is that of FSRS-4.5 (J. Ye and others, "A Stochastic Shortest Path Algorithm for
Optimizing Spaced Repetition Scheduling", KDD 2022, and the algorithm's description in the wiki of
open-spaced-repetition/fsrs4anki): a power law by which the retrievability R falls to .9 after as many days as
the stability S says, to .55 after ten times as many and to .2 after a hundred times as many.

FSRS's stability grows with each successful review. Here nothing is reviewed, and being recalled proves
nothing: what a search brings up over and over would stay for ever, whether it helped or not. So the stability
grows with each answer in which the episode mattered, as measured (``INFLUENTIAL_NATS``), and with each time
that the user confirmed it: asked to have it remembered, told it again, edited it, or confirmed it after an
import. The time counts from when it was last told, or last mattered. A pinned episode doesn't fade.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nowprint.records import INFLUENTIAL_NATS

INITIAL_DAYS = 30.0
"""The stability of an episode that was told once, in days."""
CONFIRMED = 4.0
"""For how many answers in which it mattered one confirmation by the user counts."""

LAST = f"""max(e.updated, iif(e.influential, coalesce((SELECT a.created FROM provenance p
    JOIN message a ON a.id = p.answer_id WHERE (p.episode_id = e.id
        OR p.episode_id IN (SELECT parent FROM made_from WHERE child = e.id)) AND NOT p.unneeded
    AND p.influence >= {INFLUENTIAL_NATS} ORDER BY p.answer_id DESC LIMIT 1), 0), 0))"""
"""SQL: when the episode ``e`` was last told, or last mattered in an answer."""
CONFIRMATIONS = """(e.kind = 'remembered') + e.edited + e.reinforced
    + (e.origin IS NOT NULL AND e.confirmed)"""
"""SQL: how often the user confirmed the episode ``e``."""

Floats = npt.NDArray[np.float64]


def stability(influential: Floats, confirmations: Floats) -> Floats:
    """The stability in days of n episodes, shape (n,), by the number of answers in which each mattered and of
    the user's confirmations, shapes (n,)."""
    return INITIAL_DAYS * (1.0 + influential + CONFIRMED * confirmations)


def retrievability(days: Floats, stability: Floats) -> Floats:
    """FSRS-4.5's forgetting curve: 1 now, .9 when ``days`` reaches ``stability``; all have the shape (n,)."""
    return (1.0 + 19.0 / 81.0 * np.maximum(days, 0.0) / stability) ** -0.5
