"""Times that other times are part of: the end of May, Friday next week, from Monday to Wednesday, since 2020.

Each function is given the words of a form and the readings that it puts together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from nowprint.language.times import spans
from nowprint.language.times.readings import Reading, Values
from nowprint.language.times.spans import DAY, Days, Span

Join = Callable[[Values, Sequence[Reading]], Reading | None]


def _made(of: Reading, kind: str, make: Callable[[Days], Span | Days | None]) -> Reading | None:
    """The reading that ``make`` makes of another one's days."""

    def at(anchor: date, back: bool) -> Span | None:
        back = back if of.back is None else of.back
        days = of.days(anchor, back)
        made = days and make(days)
        if days and made and of.floating:
            # early March is over on the 15th, though March isn't
            if back and made.start and made.start > anchor:
                days = of.days(days.start - DAY, back)
            elif not back and made.end and made.end <= anchor:
                days = of.days(days.end, back)
            made = days and make(days)
        return Span(*made) if made else None

    if at(date(2000, 2, 10), True) is None and not of.floating:
        return None
    return replace(of, kind=kind, at=at, weak=False)


def _part(values: Values, xs: Sequence[Reading], which: str = "") -> Reading | None:
    which = which or str(values["part"])
    if xs[0].kind == "nothing" or xs[0].kind in _OPEN:
        return None
    return _made(xs[0], "part", lambda days: days if days.length == 1 else spans.part(days, which))


def _nth(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """The second week of May, the first half of 2024."""
    if xs[0].kind in _DAYS:
        return None
    unit, number = str(values["unit"]), int(values["ordinal"])
    return _made(xs[0], "part", lambda days: spans.nth(unit, number, days))


def _nth_many(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """The first two weeks of July."""
    unit, count, number = str(values["unit"]), int(values["n"]), int(values["ordinal"])
    if xs[0].kind in _DAYS:
        return None
    return _made(xs[0], "part", lambda days: spans.nth_many(unit, count, number, days))


def _half(values: Values, xs: Sequence[Reading], which: int) -> Reading | None:
    return _nth({"unit": "half", "ordinal": which}, xs)


def _nth_weekday(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """The second Monday of May."""
    weekday, number = xs[0].weekday, int(values["ordinal"])
    if weekday is None or xs[1].kind != "month":
        return None

    def make(days: Days) -> Days | None:
        day = spans.nth_weekday(number, weekday, days)
        return None if day is None else spans.one_day(day)

    return _made(xs[1], "date", make)


def _sure(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """A preposition says that a time is meant."""
    return replace(xs[0], weak=False)


def _by_role(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """ "For the summer" is ahead of a telling even if that is in the past tense ("we rented …")."""
    return replace(xs[0], weak=False, by_role=True)


def _inside(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """Two times beside one another of which one is within the other: Friday next week, May last year."""
    one, other = xs
    if "nothing" in (one.kind, other.kind):
        return None
    for inner, outer in ((one, other), (other, one)):
        if inner.floating and _may_hold(outer, inner):
            return _within(inner, outer)
    return None


_SIZES = {"weekday": 1, "day": 1, "date": 1, "day of month": 1, "holiday": 1, "weekend": 2, "week": 7,
          "month": 30, "season": 91, "quarter": 91, "year": 365}  # fmt: skip


def _may_hold(outer: Reading, inner: Reading) -> bool:
    if outer.away:
        return outer.away[0] in ("month", "year") and inner.kind in _SIZES
    if outer.kind not in _SIZES or inner.kind not in _SIZES:
        return False
    if inner.kind == "weekday" and outer.kind in ("date", "day", "day of month", "holiday"):
        return True
    return _SIZES[outer.kind] > _SIZES[inner.kind]


def _within(inner: Reading, outer: Reading) -> Reading | None:
    def at(anchor: date, back: bool) -> Span | None:
        around = outer.days(anchor, back)
        if around is None:
            return None
        if around.length == 1:  # a weekday beside a date adds nothing
            return Span(*around)
        found = inner.days(around.start - DAY, False)
        if found and found.start < around.start:
            found = inner.days(around.start, False)
        whole = found and found.start >= around.start
        # the winter of a year begins in its December
        return Span(*found) if found and whole and found.start < around.end else None

    probe = at(date(2000, 6, 15), False)
    if probe is None and not outer.floating:
        return None
    return Reading("date", at, floating=outer.floating, absolute=outer.absolute)


def _beside(values: Values, xs: Sequence[Reading], sign: int) -> Reading | None:
    """The week before, or three days after, another time."""
    unit, count = str(values["unit"]), int(values.get("n", 1))

    def make(days: Days) -> Days:
        if "n" not in values:
            if unit == "day":
                return spans.one_day(days.start - DAY if sign < 0 else days.end)
            if unit == "weekend":
                return spans.weekend_beside(days, sign)
            if unit == "week" and days.length < 7:
                return (
                    Days(days.start - 7 * DAY, days.start)
                    if sign < 0
                    else Days(days.end, days.end + 7 * DAY)
                )
            return spans.unit_at(unit, days.start, sign)
        day = days.start if sign < 0 else days.end - DAY
        return spans.one_day(spans.moved(unit, day, sign * count))

    made = _made(xs[0], "day" if unit == "day" else unit, make)
    return made and replace(made, kind="date" if unit == "day" else unit)


def _days_before(values: Values, xs: Sequence[Reading]) -> Reading | None:
    return _beside(values, xs, -1)


def _days_after(values: Values, xs: Sequence[Reading]) -> Reading | None:
    return _beside(values, xs, 1)


def _week_after(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """ "Friday week": the Friday after that."""
    return _beside({"unit": "week", "n": 1}, xs, 1)


def _counted_from(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """ "A week before" after another time counts from that, not from today."""
    if xs[1].away is None or xs[0].away is not None:
        return None
    unit, by = xs[1].away
    return _beside({"unit": unit, "n": abs(by)}, xs[:1], 1 if by > 0 else -1)


def _eve(values: Values, xs: Sequence[Reading]) -> Reading | None:
    return _beside({"unit": "day"}, xs, -1)


def _morrow(values: Values, xs: Sequence[Reading]) -> Reading | None:
    return _beside({"unit": "day"}, xs, 1)


def _unit_of(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """The week of 3 May, the weekend after."""
    unit = str(values["unit"])
    return _made(xs[0], unit, lambda days: spans.unit_at(unit, days.start, 0))


def _range(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """From one time to another."""
    first, last = xs
    if "nothing" in (first.kind, last.kind) or first.kind in _OPEN or last.kind in _OPEN:
        return None
    if first.weak and last.weak and first.kind == last.kind == "day of month":
        return None

    def at(anchor: date, back: bool) -> Span | None:
        if last.floating and not first.floating:
            begins = first.days(anchor, back)
            ends = begins and last.days(begins.start, False)
        elif first.floating and (back or not last.floating):
            ends = last.days(anchor, back)
            begins = ends and first.days(ends.end - DAY, True)
        else:
            begins = first.days(anchor, back)
            ends = begins and last.days(begins.start if first.floating else anchor, False)
        if not begins or not ends or begins.start >= ends.end:
            return None
        return Span(begins.start, ends.end)

    floating = first.floating and last.floating
    return Reading("range", at, floating=floating, absolute=first.absolute or last.absolute)


_DAYS = frozenset({"day", "weekday", "date", "holiday", "day of month"})
_OPEN = frozenset({"since", "until", "before", "after", "from"})


def _opening(kind: str, back: bool | None, make: Callable[[Days], Span]) -> Join:
    def join(values: Values, xs: Sequence[Reading]) -> Reading | None:
        of = xs[0]
        if of.kind == "nothing" or of.kind in _OPEN:
            return None
        looking = replace(of, back=back) if back is not None else of
        made = _made(looking, kind, make)
        return made and replace(made, back=back)

    return join


def _leaning(values: Values, xs: Sequence[Reading]) -> Reading | None:
    """ "Od maja": since May, unless the sentence looks ahead."""
    made = JOINS["from"](values, xs)
    return made and replace(made, leans_back=True)


JOINS: dict[str, Join] = {
    "part": _part,
    "early": partial(_part, which="early"),
    "mid": partial(_part, which="mid"),
    "late": partial(_part, which="late"),
    "nth": _nth,
    "nth_many": _nth_many,
    "first_half": partial(_half, which=1),
    "second_half": partial(_half, which=2),
    "nth_weekday": _nth_weekday,
    "sure": _sure,
    "by_role": _by_role,
    "inside": _inside,
    "days_before": _days_before,
    "days_after": _days_after,
    "week_after": _week_after,
    "counted_from": _counted_from,
    "eve": _eve,
    "morrow": _morrow,
    "unit_of": _unit_of,
    "range": _range,
    "since_or_from": _leaning,
    "since": _opening("since", True, lambda days: Span(days.start, None)),
    "from": _opening("from", None, lambda days: Span(days.start, None)),
    "until": _opening("until", None, lambda days: Span(None, days.end)),
    "before": _opening("before", None, lambda days: Span(None, days.start)),
    "after": _opening("after", None, lambda days: Span(days.end, None)),
}
