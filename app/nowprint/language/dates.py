"""What the times in a text mean for recall: periods in seconds, and how close to them something is.

A question is about what was told in a period or about what happens in it, so an episode is near to it by when
it was told and by the days that its text speaks of (``times/resolver.py``).

Dates are those of the user: days begin at midnight in this machine's time zone. Periods are (start, end) in
seconds since the epoch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from nowprint.language.times.describing import described
from nowprint.language.times.resolver import Time, times
from nowprint.spoken_time import SpokenTime

Period = tuple[float, float]

DAY = 86_400.0
MOST_DATES = 4
"""A message with more dates is a log or a table rather than a question about a time."""
TOLD_BEFORE = 2 * DAY
TOLD_AFTER = 4 * DAY
"""Seconds before and after a period at which closeness has fallen to 1/e: people tell of events some days
later, and of plans some days before."""
LONGER = 0.25
"""For long periods those seconds are at least this share of the period, unless it is open on one side."""

_FIRST, _LAST = date(1971, 1, 1), date(2100, 1, 1)
"""Outside of these days some systems can't convert dates to seconds."""


class SpokenDays(NamedTuple):
    """Days that a text speaks of, as ordinals (``date.toordinal``): the first one and the one after the last.
    ``lasts``: something is said to hold from the day on which it was told until then."""

    first: int
    after: int
    lasts: bool


def day_of(at: float) -> date:
    """The day in this machine's time zone."""
    return datetime.fromtimestamp(at).date()


def periods(text: str, now: float) -> list[Period]:
    """The periods that a message looks back at, seen from ``now`` (seconds since the epoch), each once. An
    open side reaches as far as anything was told. Empty if there are more than ``MOST_DATES``."""
    return [(start, end) for start, end in asked(text, now) if start <= now]


def asked(text: str, now: float) -> list[Period]:
    """Those, and the periods ahead that a message asks about."""
    found = times(text, day_of(now), asks=True)
    # in "last Friday, on 23 January 2022" the first date counts from the second, not from today
    told = [time for time in found if time.absolute] or found
    return [] if len(told) > MOST_DATES else _seconds(told)


def days_spoken(text: str, told: float) -> tuple[SpokenDays, ...]:
    """The days that a text speaks of which was told at that time, each once."""
    then = day_of(told)
    found: dict[tuple[date, date], bool] = {}
    for time in times(text, then):
        days = time.first or _FIRST, time.after or _LAST
        found[days] = time.lasts(then) or found.get(days, False)
    return tuple(
        SpokenDays(first.toordinal(), after.toordinal(), lasts)
        for (first, after), lasts in found.items()
        if _FIRST <= first < after <= _LAST
    )


def periods_of(days: Iterable[SpokenDays]) -> list[Period]:
    """The days as periods of this machine's time zone."""
    return [
        (_midnight(date.fromordinal(one.first)), _midnight(date.fromordinal(one.after)))
        for one in days
    ]


def ended(
    days: Iterable[SpokenDays], told: float, now: float, asked: Sequence[Period] = ()
) -> bool:
    """Whether of what was told at that time, and speaks of these days, all holds only until a time that is
    over. It hasn't ended for a question about periods ``asked`` in that time."""
    ends = [end for _, end in periods_of(one for one in days if one.lasts)]
    over = bool(ends) and max(ends) <= now
    return over and not overlap([(told, max(told + DAY, end)) for end in ends], asked)


def spoken_times(text: str, told: float, now: float) -> tuple[SpokenTime, ...]:
    """The times in a text whose words don't say by themselves which days they are."""
    today = day_of(now)
    return tuple(
        SpokenTime(text[time.start : time.end], days, time.is_over(today))
        for time in times(text, day_of(told))
        if (days := described(time))
    )


def _seconds(found: Iterable[Time]) -> list[Period]:
    known = dict.fromkeys((time.first or _FIRST, time.after or _LAST) for time in found)
    return [
        (_midnight(start), _midnight(end)) for start, end in known if _FIRST <= start < end <= _LAST
    ]


def _midnight(day: date) -> float:
    return datetime.combine(day, datetime.min.time()).timestamp()


def closeness(at: float, wanted: Sequence[Period]) -> float:
    """How close the time ``at`` is to the nearest period: 1 within it, falling towards 0 outside."""
    return max((_closeness(at, start, end) for start, end in wanted), default=0.0)


def _closeness(at: float, start: float, end: float) -> float:
    gap = max(start - at, at - end, 0.0)
    usual = TOLD_BEFORE if at < start else TOLD_AFTER
    is_open = start <= _midnight(_FIRST) or end >= _midnight(_LAST)
    return math.exp(-gap / max(usual, 0.0 if is_open else LONGER * (end - start)))


def overlap(spoken_of: Sequence[Period], wanted: Sequence[Period]) -> float:
    """The greatest share of a period that a text speaks of which lies in a wanted one."""
    return max(
        (
            max(0.0, min(end, last) - max(start, first)) / (end - start)
            for start, end in spoken_of
            for first, last in wanted
        ),
        default=0.0,
    )
