"""Spans of days, and how to count in them.

A span is its first day and the day after its last one; None stands for a side that is open. Weeks begin on
Monday, and seasons are those of meteorology in the north.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(1)
_LENGTHS = {"day": 1, "week": 7, "fortnight": 14}


class Span(NamedTuple):
    start: date | None
    end: date | None


class Days(NamedTuple):
    """A span with both sides."""

    start: date
    end: date

    @property
    def length(self) -> int:
        return (self.end - self.start).days


def one_day(day: date) -> Days:
    return Days(day, day + DAY)


def month(year: int, number: int) -> Days:
    """The month with this ``number``, which may lie outside 1..12: 0 is the December before."""
    return Days(_first(year, number), _first(year, number + 1))


def months(year: int, number: int, count: int) -> Days:
    return Days(_first(year, number), _first(year, number + count))


def _first(year: int, number: int) -> date:
    index = year * 12 + number - 1
    return date(index // 12, index % 12 + 1, 1)


def _week(day: date) -> Days:
    monday = day - timedelta(day.weekday())
    return Days(monday, monday + 7 * DAY)


def unit_at(unit: str, today: date, by: int) -> Days:
    """The calendar unit that is ``by`` units after the one with ``today`` in it."""
    if unit == "day":
        return one_day(today + by * DAY)
    if unit == "weekend":
        monday = _week(today).start + 7 * by * DAY
        return Days(monday + 5 * DAY, monday + 7 * DAY)
    if unit == "week":
        monday = _week(today).start + 7 * by * DAY
        return Days(monday, monday + 7 * DAY)
    if unit == "fortnight":  # the next one follows this week, as the last one ended before it
        monday = _week(today).start + (14 * by - 7 * (by > 0)) * DAY
        return Days(monday, monday + 14 * DAY)
    if unit == "month":
        return month(today.year, today.month + by)
    if unit == "season":
        # winter begins in December: shifted by one month, seasons are quarters
        quarter = today.month % 12 // 3 + by
        year = today.year + (today.month == 12)
        return months(year, quarter * 3, 3)
    lengths = {"quarter": 3, "half": 6, "year": 12, "decade": 120}
    length = lengths[unit]
    index = (today.year * 12 + today.month - 1) // length + by
    return months(0, index * length + 1, length)


def weekend(anchor: date, back: bool) -> Days:
    """The last weekend that has begun, or the next one that isn't over."""
    days = unit_at("weekend", anchor, 0)
    return unit_at("weekend", anchor, -1) if back and days.start > anchor else days


def weekend_beside(days: Days, sign: int) -> Days:
    """The last weekend before other days, or the first one after them."""
    near = days.start - DAY if sign < 0 else days.end
    one = unit_at("weekend", near, 0)
    if sign < 0:
        return one if one.end <= days.start else unit_at("weekend", near, -1)
    return one if one.start >= days.end else unit_at("weekend", near, 1)


def counted(unit: str, today: date, by: int) -> Days:
    """What "in ``by`` units" means, or that many ago: a day for days and weeks, else a month or a year."""
    if unit in _LENGTHS:
        return one_day(today + by * _LENGTHS[unit] * DAY)
    return unit_at(unit, today, by)


def moved(unit: str, day: date, by: int) -> date:
    """The day that is ``by`` units later, with the same number in its month where there is one."""
    if unit in _LENGTHS or unit == "weekend":
        return day + by * _LENGTHS.get(unit, 7) * DAY
    reach = {"month": 1, "quarter": 3, "season": 3, "half": 6, "year": 12, "decade": 120}[unit] * by
    there = month(day.year, day.month + reach)
    return min(there.start + (day.day - 1) * DAY, there.end - DAY)


Occurrence = Callable[[int], Days | None]
"""What comes once a year, by its year: a month, a date, a holiday. None where a year lacks it."""


def last_begun(of: Occurrence, anchor: date) -> Days | None:
    """The last one that has begun at ``anchor``."""
    found = (of(anchor.year - back) for back in range(-1, 10))
    return next((one for one in found if one and one.start <= anchor), None)


def next_to_end(of: Occurrence, anchor: date) -> Days | None:
    """The first one that isn't over at ``anchor``."""
    found = (of(anchor.year + ahead) for ahead in range(-1, 10))
    return next((one for one in found if one and one.end > anchor), None)


def shifted(of: Occurrence, anchor: date, by: int) -> Days | None:
    """The one ``by`` after the present one: 1 is the next that begins later, -1 the last that is over."""
    years = range(anchor.year - 9, anchor.year + 10)
    every = [one for year in years if (one := of(year))]
    if by > 0:
        later = [one for one in every if one.start > anchor]
        return later[by - 1] if by <= len(later) else None
    if by < 0:
        over = [one for one in every if one.end <= anchor]
        return over[by] if -by <= len(over) else None
    return of(anchor.year)


def part(days: Days, which: str) -> Days:
    """The early, middle or late part: of a month its days 1 to 10, 11 to 20 and the rest, else a third."""
    if 28 <= days.length <= 31:
        cuts = [0, 10, 20, days.length]
    else:
        cuts = [round(days.length * share / 3) for share in range(4)]
    if days.length > 60 and days.start.day == 1:  # whole months
        last = days.end - DAY
        count = (last.year - days.start.year) * 12 + last.month - days.start.month + 1
        if count % 3 == 0:
            bounds = [
                month(days.start.year, days.start.month + count // 3 * i).start for i in range(4)
            ]
            cuts = [(bound - days.start).days for bound in bounds]
    at = ("early", "mid", "late").index(which)
    return Days(days.start + cuts[at] * DAY, days.start + cuts[at + 1] * DAY)


def half(days: Days, which: int) -> Days:
    """The first (1) or second (2) half: that of a month ends with day 15, that of a year with June."""
    middle = days.start + (days.length // 2) * DAY
    if days.length > 60 and days.start.day == 1:
        middle = month(middle.year, middle.month + (middle.day > 15)).start
    return Days(days.start, middle) if which == 1 else Days(middle, days.end)


def nth_weekday(number: int, weekday: int, of: Days) -> date | None:
    """The first, second, … such day among ``of``, -1 for the last; None if there are fewer."""
    first = of.start + (weekday - of.start.weekday()) % 7 * DAY
    last = of.end - DAY - (of.end - DAY - weekday * DAY).weekday() * DAY
    day = last + (number + 1) * 7 * DAY if number < 0 else first + (number - 1) * 7 * DAY
    return day if of.start <= day < of.end else None


def nth(unit: str, number: int, of: Days) -> Days | None:
    """The second week, weekend or half of the days ``of``; -1 is the last one."""
    if unit == "half":
        return half(of, 2 if number == -1 else number) if number in (1, 2, -1) else None
    if unit == "weekend":
        saturday = nth_weekday(number, 5, of)
        return None if saturday is None else Days(saturday, saturday + 2 * DAY)
    if unit in _LENGTHS:
        length = _LENGTHS[unit] * DAY
        start = of.end - length if number < 0 else of.start + (number - 1) * length
        return Days(start, start + length) if of.start <= start < of.end else None
    count = {"month": 1, "quarter": 3}.get(unit)
    if count is None or of.start.day != 1 or of.length < 59:
        return None
    if number < 0:
        last = of.end - DAY
        return months(last.year, last.month - count + 1, count)
    found = months(of.start.year, of.start.month + (number - 1) * count, count)
    return found if found.end <= of.end else None


def nth_many(unit: str, count: int, number: int, of: Days) -> Days | None:
    """The first (1) or last (-1) two weeks of the days ``of``."""
    if number == 1:
        some = Days(of.start, moved(unit, of.start, count))
    else:
        some = Days(moved(unit, of.end, -count), of.end)
    return some if of.start <= some.start and some.end <= of.end else None
