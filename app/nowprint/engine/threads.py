"""How many threads llama.cpp computes with, found by timing its steps while it works.

The threads of a decode step wait for one another hundreds of times. One thread per core is fastest
while nothing else runs. Beside another busy program each of these waits may last until that program
has had its turn on the core, and fewer threads are several times as fast. So now and then other
numbers of threads are tried for a few steps each, and a faster one replaces the present one. Trials
take at most a tenth of the time, little of which is lost. They become rarer while they find nothing
better, and frequent again when the usual time of a step changes. There are none while every core computes
and, as the steps' processor time shows, none is shared with another program.

Steps of one or a few tokens are compared with one another, and batches with one another: the best
number for reading need not be the best for writing. This module doesn't depend on llama.cpp.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Sequence

import psutil

BATCH = 16
"""A step of at least this many tokens counts as a batch."""
TRIAL = 64
"""The most tokens that a batch should have while another number of threads is tried with it."""
STEP = 4
"""Reading the weights, which every step must do, takes as long as computing this many tokens."""
SHARE = 0.1
BATCH_SHARE = 0.02
"""The largest share of the time that trials may take, with steps and with batches: a
prompt has few batches, so that a trial that finds nothing is felt."""
RAREST = 8
"""By which factor trials may become rarer than their share allows."""
FASTER = 0.93
"""A number that is tried replaces the present one if it takes less than this share of its time."""
HOPELESS = 1.3
"""A trial is given up after two or more steps if they took longer than the present number by this factor."""
SHARED = 0.2
"""Cores are shared with others if the threads computed less than all the time, by this many threads."""
CHANGED = 1.3
"""If the time of a step changes by this factor, trials become as frequent again as their share allows."""


class Threads:
    """The number of threads for each step; all contexts of one model share it.

    ``wanted`` > 0 is the user's choice, and no other number is tried. ``cores`` replaces the number of
    this machine's usable cores, for tests.
    """

    def __init__(self, wanted: int = 0, cores: int | None = None) -> None:
        most = usable_threads(wanted) if cores is None else cores
        numbers = [most] if wanted > 0 else candidates(most)
        # the first step with another number also starts or ends threads; for a batch that time is negligible
        self._steps = ThreadSearch(numbers, lately=8, passed=1, tries=6, seconds=0.5, share=SHARE)
        self._batches = ThreadSearch(
            numbers, lately=2, passed=0, tries=1, seconds=0.0, share=BATCH_SHARE
        )

    def number(self, tokens: int) -> int:
        """The number of threads for the next step, which has ``tokens`` tokens."""
        return self._search(tokens).number

    def longest(self, most: int) -> int:
        """How many tokens the next batch should have at most, when ``most`` would fit."""
        return min(most, TRIAL) if self._batches.is_trying else most

    def took(self, tokens: int, seconds: float, computed: float) -> None:
        """Report a step that was done with the number of threads from ``number``. The threads together
        ``computed`` for so many seconds of processor time."""
        self._search(tokens).took(seconds / (tokens + STEP), seconds, computed)

    def _search(self, tokens: int) -> ThreadSearch:
        return self._steps if tokens < BATCH else self._batches


class ThreadSearch:
    """The best number of threads for one kind of step, as far as is known."""

    def __init__(
        self,
        numbers: Sequence[int],
        *,
        lately: int,
        passed: int,
        tries: int,
        seconds: float,
        share: float,
    ) -> None:
        """``numbers`` are in ascending order; the search starts with the last. Trials take ``share`` of the
        time at most.

        The first ``passed`` steps of a trial aren't counted. After them a trial has at least ``tries``
        steps and lasts at least ``seconds``, because the system moves busy programs between cores in
        about that time. A trial is compared with the last ``lately`` steps of the present number.
        """
        self._numbers = numbers
        self._present = numbers[-1]
        self._passed = passed
        self._share = share
        self._tries = tries
        self._seconds = seconds
        self._costs: deque[float] = deque(maxlen=lately)
        """Of the present number's last steps."""
        self._times: deque[tuple[float, float]] = deque(maxlen=lately)
        """The seconds of these steps, and for how long they computed."""
        self._known = 0.0
        """The present number's usual cost when a trial was last compared with it."""
        self._changed = True
        """The usual cost has changed since then, or was never measured."""
        self._others: list[int] = []
        """Numbers still to be tried in this round of trials."""
        self._trial: int | None = None
        """The number that is being tried."""
        self._tried: list[float] = []
        self._to_pass = 0
        self._seconds_since = self._seconds_tried = self._seconds_round = 0.0
        """Seconds of steps since the last trial; in the present or last trial; in its round of trials."""
        self._rarer = 1
        """The factor by which trials are rarer than the share allows."""

    @property
    def number(self) -> int:
        return self._trial or self._present

    @property
    def is_trying(self) -> bool:
        return self._trial is not None

    def took(self, cost: float, seconds: float, computed: float) -> None:
        """Report a step: its ``seconds``, its ``cost``, which is the seconds per unit of work, and the
        processor time for which its threads ``computed`` in all."""
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
            self._times.append((seconds, computed))
            if len(self._costs) == self._costs.maxlen and self._is_due():
                self._begin()
        else:
            self._tried.append(cost)
            self._end_if_enough(self._trial)

    def _is_due(self) -> bool:
        cost = usual(self._costs)
        if not self._changed and not self._known / CHANGED < cost < self._known * CHANGED:
            self._changed, self._rarer = True, 1
            self._costs.clear()  # some of them are from before the change
            return False
        if self._others:
            return True
        if not self._changed and self._present == self._numbers[-1] and not self._is_sharing():
            return False
        return self._seconds_since >= self._seconds_round / self._share * self._rarer

    def _is_sharing(self) -> bool:
        seconds = sum(seconds for seconds, _ in self._times)
        computed = sum(computed for _, computed in self._times)
        return computed < (self._present - SHARED) * seconds

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
    """The mean without the greatest: one stall may be an accident, but repeated ones count."""
    return (sum(costs) - max(costs)) / (len(costs) - 1) if len(costs) > 1 else sum(costs)


def candidates(most: int) -> list[int]:
    """The numbers of threads worth trying, ascending: ``most``, one less (for one other busy program),
    three quarters and a half of it, and so on down to 1."""
    numbers = {1, most, most - 1}
    share = most
    while share > 1:
        numbers |= {share // 2, share * 3 // 4}
        share //= 2
    return sorted(numbers - {0})


def neighbours(numbers: Sequence[int], present: int) -> list[int]:
    """The numbers to try beside ``present``: the next lower and higher one, and about half and twice as
    many, because the numbers next to one that is much too high are no better than it."""
    below = [n for n in numbers if n < present]
    above = [n for n in numbers if n > present]
    half = [n for n in below if 2 * n <= present]
    twice = [n for n in above if n >= 2 * present]
    return list(dict.fromkeys(below[-1:] + half[-1:] + above[:1] + twice[:1]))


def usable_threads(wanted: int) -> int:
    """``wanted``, but no more than there are logical cores; with 0 one per physical core."""
    there = os.cpu_count() or 1
    return min(wanted if wanted > 0 else psutil.cpu_count(logical=False) or there, there)
