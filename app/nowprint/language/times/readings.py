"""What a form means: times from the words that it names, and from times that were read already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from nowprint.language.times import spans
from nowprint.language.times.holidays import holiday
from nowprint.language.times.lexicon import Value
from nowprint.language.times.spans import DAY, Days, Span

Values = Mapping[str, Value]
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}


@dataclass(frozen=True, slots=True)
class Reading:
    """A time that was read. ``at`` gives its days, seen from a day and looking back or ahead.

    - ``floating``: it comes again and again, so that "which one" depends on where one looks from.
    - ``weak``: the words may mean something else ("may", "2024"), unless others beside them say that a time
      is meant.
    - ``absolute``: it counts from no other day.
    - ``back``: it says itself that it looks back, or doesn't; ``leans_back``: it does unless the sentence
      says otherwise; ``by_role``: verbs say nothing about it ("booked for the summer").
    - ``weekday``: the one that it is. ``away``: how far from today it was counted.
    """

    kind: str
    at: Callable[[date, bool], Span | None]
    floating: bool = False
    weak: bool = False
    absolute: bool = False
    back: bool | None = None
    leans_back: bool = False
    by_role: bool = False
    weekday: int | None = None
    away: tuple[str, int] | None = None

    def days(self, anchor: date, back: bool) -> Days | None:
        """Its days, if both sides are closed."""
        span = self.at(anchor, back)
        return Days(span.start, span.end) if span and span.start and span.end else None


def fixed(kind: str, days: Span | Days | None, *, absolute: bool = False) -> Reading | None:
    if days is None:
        return None
    span = Span(days.start, days.end)
    return Reading(kind, lambda anchor, back: span, absolute=absolute)


def this_one(kind: str, of: spans.Occurrence, today: date) -> Reading:
    """This spring: the present one, else that of this year; looking back, the last one that has begun."""

    def at(anchor: date, back: bool) -> Span | None:
        days = spans.last_begun(of, today)
        if not back and not (days and days.end > today):
            days = of(today.year)
        return days and Span(*days)

    return Reading(kind, at)


def yearly(kind: str, of: spans.Occurrence, *, weak: bool = False) -> Reading:
    def at(anchor: date, back: bool) -> Span | None:
        days = spans.last_begun(of, anchor) if back else spans.next_to_end(of, anchor)
        return days and Span(*days)

    return Reading(kind, at, floating=True, weak=weak)


def a_day(year: int, month: int, day: int) -> Days | None:
    try:
        return spans.one_day(date(year, month, day))
    except (ValueError, OverflowError):
        return None


def a_weekday(number: int) -> Reading:
    def at(anchor: date, back: bool) -> Span:
        by = (
            -((anchor.weekday() - number) % 7 or 7)
            if back
            else (number - anchor.weekday()) % 7 or 7
        )
        return Span(*spans.one_day(anchor + by * DAY))

    return Reading("weekday", at, floating=True, weekday=number)


def a_day_of_month(number: int) -> Reading | None:
    if not 1 <= number <= 31:
        return None

    def at(anchor: date, back: bool) -> Span | None:
        for by in range(0, -3, -1) if back else range(3):
            of = spans.month(anchor.year, anchor.month + by)
            day = of.start + (number - 1) * DAY
            if day < of.end and (day <= anchor if back else day >= anchor):
                return Span(*spans.one_day(day))
        return None

    return Reading("day of month", at, floating=True, weak=True)


def occurrence(values: Values) -> tuple[str, spans.Occurrence] | None:
    """The month, season or holiday that the words name, by its year."""
    if "month" in values:
        number = int(values["month"])
        return "month", lambda year: spans.month(year, number)
    if "season" in values:
        first = _SEASONS[str(values["season"])]
        return "season", lambda year: spans.months(year, first, 3)
    if "holiday" in values:
        name = str(values["holiday"])
        return "holiday", lambda year: holiday(name, year)
    return None


def year_of(values: Values, today: date) -> int | None:
    if "year" in values:
        return int(values["year"])
    if "short" in values:
        short = int(values["short"])
        return short + (2000 if short <= today.year % 100 + 20 else 1900)
    return None
