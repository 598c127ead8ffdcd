"""With how many threads llama.cpp computes: found out while it works, by how long it takes.

The threads of a decode step wait for one another hundreds of times. One a core is the fastest while
nothing else runs; beside another busy program each wait may last until that one has had its turn,
and fewer threads are several times as fast. So now and then other numbers are tried for a few steps
each, and one that was faster stays. Trials take a tenth of the time at most, of which little is
lost, and become rarer while they find nothing; they become as frequent again when the steps take
longer or shorter than they did.

Steps of one or a few tokens are compared among themselves, and so are batches: what is best for
reading need not be for writing. Nothing here knows llama.cpp.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Sequence

import psutil

BATCH = 16
"""From so many tokens on a step counts as a batch."""
TRIAL = 64
"""Tokens that a batch should have at most when another number is tried with it."""
STEP = 4
"""Reading the weights takes as long as computing so many tokens: what a step costs at least."""
SHARE = 0.1
"""Of the time, for trials at most."""
RAREST = 8
"""How much rarer trials may become than SHARE allows."""
FASTER = 0.93
"""What is tried must take so little of the present number's time to stay."""
HOPELESS = 1.3
"""A trial ends when its first two steps, or more, took so much longer."""
CHANGED = 1.3
"""A change of the steps' time that makes trials as frequent again as SHARE allows."""


class Threads:
    """Shared by all that computes with one model. ``wanted`` > 0 is the user's own choice: it stays."""

    def __init__(self, wanted: int = 0, cores: int | None = None) -> None:
        most = usable_threads(wanted) if cores is None else cores
        numbers = [most] if wanted > 0 else candidates(most)
        # the first step with other threads also makes them or ends them: next to nothing of a batch
        self._steps = Search(numbers, lately=8, passed=1, tries=6, seconds=0.5)
        self._batches = Search(numbers, lately=2, passed=0, tries=1, seconds=0.0)

    def number(self, tokens: int) -> int:
        """For the next step, of so many tokens."""
        return self._search(tokens).number

    def longest(self, most: int) -> int:
        """The most tokens that should go into the next batch, of ``most`` that could."""
        return min(most, TRIAL) if self._batches.is_trying else most

    def took(self, tokens: int, seconds: float) -> None:
        """A step was done with that number of threads."""
        self._search(tokens).took(seconds / (tokens + STEP), seconds)

    def _search(self, tokens: int) -> Search:
        return self._steps if tokens < BATCH else self._batches


class Search:
    """The best of some numbers of threads for one kind of work, as far as is known."""

    def __init__(
        self, numbers: Sequence[int], *, lately: int, passed: int, tries: int, seconds: float
    ) -> None:
        """``numbers`` go upward, and the last is the first choice. Of a trial the first ``passed``
        steps aren't counted; then it has ``tries`` steps at least, and goes on for so many seconds,
        since a system moves busy programs about in such times. They are compared with the ``lately``
        last ones."""
        self._numbers = numbers
        self._present = numbers[-1]
        self._passed = passed
        self._tries = tries
        self._seconds = seconds
        self._costs: deque[float] = deque(maxlen=lately)
        """Of the present number's steps."""
        self._known = 0.0
        """The present number's usual cost, when it was last compared."""
        self._changed = True
        """It isn't that any more, or not known."""
        self._others: list[int] = []
        """Numbers still to be tried in this round of trials."""
        self._trial: int | None = None
        self._tried: list[float] = []
        self._to_pass = 0
        self._seconds_since = self._seconds_tried = self._seconds_round = 0.0
        """Since the last trial; of the present or last trial, and of its whole round."""
        self._rarer = 1

    @property
    def number(self) -> int:
        return self._trial or self._present

    @property
    def is_trying(self) -> bool:
        return self._trial is not None

    def took(self, cost: float, seconds: float) -> None:
        """A step took so many seconds; ``cost`` is that for a certain amount of work."""
        if len(self._numbers) == 1:
            return
        if self._trial is None:
            self._seconds_since += seconds
        else:
            self._seconds_tried += seconds
        if self._to_pass:
            self._to_pass -= 1
        elif self._trial is None:
            self._costs.append(cost)
            if len(self._costs) == self._costs.maxlen and self._is_due():
                self._begin()
        else:
            self._tried.append(cost)
            self._end_if_enough(self._trial)

    def _is_due(self) -> bool:
        cost = usual(self._costs)
        if not self._changed and not self._known / CHANGED < cost < self._known * CHANGED:
            self._changed, self._rarer = True, 1
            self._costs.clear()  # some of them are from before
            return False
        wait = self._seconds_round / SHARE * self._rarer
        return bool(self._others) or self._seconds_since >= wait

    def _begin(self) -> None:
        self._known, self._changed = usual(self._costs), False
        if not self._others:
            self._others = neighbours(self._numbers, self._present)
            self._seconds_round = 0.0
        self._trial = self._others.pop(0)
        self._tried.clear()
        self._seconds_tried, self._to_pass = 0.0, self._passed

    def _end_if_enough(self, trial: int) -> None:
        cost, steps = usual(self._tried), len(self._tried)
        hopeless = steps > 1 and cost > self._known * HOPELESS
        if not hopeless and (steps < self._tries or self._seconds_tried < self._seconds):
            return
        if cost < self._known * FASTER:
            self._others = [
                n for n in neighbours(self._numbers, trial) if n not in (self._present, trial)
            ]
            self._present, self._known, self._rarer = trial, cost, 1
            self._costs.clear()
        else:
            self._to_pass = self._passed
            if not self._others:
                self._rarer = min(2 * self._rarer, RAREST)
        self._seconds_round += self._seconds_tried
        self._trial, self._seconds_since = None, 0.0


def usual(costs: Collection[float]) -> float:
    """Their mean without the greatest, which may be an accident; stalls that are no accident count."""
    return (sum(costs) - max(costs)) / (len(costs) - 1) if len(costs) > 1 else sum(costs)


def candidates(most: int) -> list[int]:
    """Numbers of threads worth trying, upward: ``most``, one less (for one other busy program), and
    ever fewer in steps of about a third."""
    numbers = {1, most, most - 1}
    share = most
    while share > 1:
        numbers |= {share // 2, share * 3 // 4}
        share //= 2
    return sorted(numbers - {0})


def neighbours(numbers: Sequence[int], present: int) -> list[int]:
    """What may be better than ``present``: the next below and above it, and about half and twice as
    many, since next to a number that is much too high the others are no better."""
    below = [n for n in numbers if n < present]
    above = [n for n in numbers if n > present]
    half = [n for n in below if 2 * n <= present]
    twice = [n for n in above if n >= 2 * present]
    return list(dict.fromkeys(below[-1:] + half[-1:] + above[:1] + twice[:1]))


def usable_threads(wanted: int) -> int:
    """As many as wanted and there are; 0 for one per physical core."""
    there = os.cpu_count() or 1
    return min(wanted if wanted > 0 else psutil.cpu_count(logical=False) or there, there)
