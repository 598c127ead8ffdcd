"""What a form means: times from the words that it names, and from times that were read already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from nowprint.language.times import spans
from nowprint.language.times.holidays import holiday, nth_weekday
from nowprint.language.times.lexicon import Value
from nowprint.language.times.spans import DAY, Days, Span

Values = Mapping[str, Value]
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}


@dataclass(frozen=True, slots=True)
class Reading:
    """A time that was read. ``at`` gives its days, seen from a day and looking back or ahead.

    ``floating``: it comes again and again, so that "which one" depends on where one looks from. ``weak``: the
    words may mean something else ("may", "2024"), unless others beside them say that a time is meant.
    ``absolute``: it counts from no other day. ``back``: it says itself that it looks back, or doesn't; ``leans_back``: it does unless the sentence says otherwise;
    ``by_role``: verbs say nothing about it ("booked for the summer"). ``weekday``: the one that it is; ``away``: how far away from today.
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


def _fixed(kind: str, days: Span | Days | None, *, absolute: bool = False) -> Reading | None:
    if days is None:
        return None
    span = Span(days.start, days.end)
    return Reading(kind, lambda anchor, back: span, absolute=absolute)


def _yearly(kind: str, of: spans.Occurrence, *, weak: bool = False) -> Reading:
    def at(anchor: date, back: bool) -> Span | None:
        days = spans.last_begun(of, anchor) if back else spans.next_to_end(of, anchor)
        return days and Span(*days)

    return Reading(kind, at, floating=True, weak=weak)


def _day(year: int, month: int, day: int) -> Days | None:
    try:
        return spans.one_day(date(year, month, day))
    except (ValueError, OverflowError):
        return None


def _weekday(number: int) -> Reading:
    def at(anchor: date, back: bool) -> Span:
        by = (
            -((anchor.weekday() - number) % 7 or 7)
            if back
            else (number - anchor.weekday()) % 7 or 7
        )
        return Span(*spans.one_day(anchor + by * DAY))

    return Reading("weekday", at, floating=True, weekday=number)


def _day_of_month(number: int) -> Reading | None:
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


def _occurrence(values: Values) -> tuple[str, spans.Occurrence] | None:
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


def _year_of(values: Values, today: date) -> int | None:
    if "year" in values:
        return int(values["year"])
    if "short" in values:
        short = int(values["short"])
        return short + (2000 if short <= today.year % 100 + 20 else 1900)
    return None


class Atoms:
    """Reads times from words, seen from ``today``."""

    def __init__(self, today: date, *, month_first: bool) -> None:
        self._today = today
        self._month_first = month_first

    def read(self, meaning: str, values: Values) -> Reading | None:
        made: Reading | None = getattr(self, f"_{meaning}")(values)
        return made

    def _near(self, values: Values) -> Reading | None:
        return _fixed("day", spans.one_day(self._today + int(values["near"]) * DAY))

    def _calendar(self, values: Values) -> Reading | None:
        """A word such as the Chinese for "last month", with the unit and how far away it is."""
        unit, by = _split(values["calendar"])
        unit = str(values.get("unit", unit))
        return _fixed(unit, spans.unit_at(unit, self._today, by))

    def _calendar_part(self, values: Values) -> Reading | None:
        unit, by = _split(values["calendar"])
        return _fixed("part", spans.part(spans.unit_at(unit, self._today, by), str(values["part"])))

    def _shift(self, values: Values) -> Reading | None:
        """Last, this or next: a unit, weekday, month, season or holiday."""
        by = int(values["which"])
        if "unit" in values:
            unit = str(values["unit"])
            return _fixed(unit, spans.unit_at(unit, self._today, by))
        if "weekday" in values:
            return self._which_weekday(int(values["weekday"]), by)
        named = _occurrence(values)
        if named is None:
            return None
        kind, of = named
        if by == 0:
            return _yearly(kind, of)
        return _fixed(kind, spans.shifted(of, self._today, by))

    def _which_weekday(self, weekday: int, by: int) -> Reading | None:
        if by == 0:
            monday = self._today - self._today.weekday() * DAY
            this = monday + weekday * DAY

            def at(anchor: date, back: bool) -> Span:
                ahead = this + (7 * DAY if this < anchor and not back else 0 * DAY)
                return Span(
                    *spans.one_day(ahead - (7 * DAY if back and this > anchor else 0 * DAY))
                )

            return Reading("day", at)
        first = _weekday(weekday).days(self._today, by < 0)
        further = 7 * DAY * (by + (1 if by < 0 else -1))
        return first and _fixed("day", spans.one_day(first.start + further))

    def _beyond(self, values: Values) -> Reading | None:
        return self._shift({"which": 2, **values})

    def _before_last(self, values: Values) -> Reading | None:
        return self._shift({"which": -2, **values})

    def _beyond_shift(self, values: Values) -> Reading | None:
        return self._shift({"which": values["beyond"], **values})

    def _this_year(self, values: Values) -> Reading | None:
        return _fixed("year", spans.unit_at("year", self._today, 0))

    def _next_year(self, values: Values) -> Reading | None:
        return _fixed("year", spans.unit_at("year", self._today, 1))

    def _next_week(self, values: Values) -> Reading | None:
        return _fixed("week", spans.unit_at("week", self._today, 1))

    def _this_month(self, values: Values) -> Reading | None:
        return self._this_part({"unit": "month", **values})

    def _this_year_part(self, values: Values) -> Reading | None:
        return self._this_part({"unit": "year", **values})

    def _shift_weekday(self, values: Values) -> Reading | None:
        return self._calendar_weekday({"which": values["day_shift"], **values})

    def _this_part(self, values: Values) -> Reading | None:
        """The end of the month: of this one."""
        return self._shifted_part({"which": 0, **values})

    def _shifted_part(self, values: Values) -> Reading | None:
        unit = str(values["unit"])
        if unit not in ("week", "month", "quarter", "year", "decade", "season"):
            return None
        around = spans.unit_at(unit, self._today, int(values["which"]))
        return _fixed("part", spans.part(around, str(values["part"])))

    def _weekend_alone(self, values: Values) -> Reading | None:
        return Reading(
            "weekend",
            lambda anchor, back: Span(*spans.weekend(anchor, back)),
            floating=True,
        )

    def _ago(self, values: Values) -> Reading | None:
        return self._away(values, -1)

    def _in(self, values: Values) -> Reading | None:
        return self._away(values, 1)

    def _away(self, values: Values, sign: int) -> Reading | None:
        unit, count = str(values["unit"]), int(values.get("n", 1))
        if "half" in values:  # "a year and a half ago" is counted in months, half a year, too
            smaller = {"year": ("month", 6), "month": ("day", 15), "week": ("day", 3)}.get(unit)
            if smaller is None:
                return None
            count = (int(values.get("n", 0)) * 2 + int(values["half"])) * smaller[1]
            unit = smaller[0]
        made = _fixed("away", spans.counted(unit, self._today, sign * count))
        return made and replace(made, away=(unit, sign * count))

    def _past(self, values: Values) -> Reading | None:
        """The last three days."""
        tomorrow = self._today + DAY
        start = spans.moved(str(values["unit"]), tomorrow, -int(values.get("n", 1)))
        return _fixed("range", Days(start, tomorrow))

    def _coming(self, values: Values) -> Reading | None:
        """The next two weeks."""
        end = spans.moved(str(values["unit"]), self._today, int(values.get("n", 1)))
        return _fixed("range", Days(self._today, end))

    def _for_past(self, values: Values) -> Reading | None:
        """For three weeks, up to now: an open side."""
        start = spans.moved(str(values["unit"]), self._today, -int(values.get("n", 1)))
        return _fixed("since", Span(start, None))

    def _date(self, values: Values) -> Reading | None:
        return self._dated(values, int(values["month"]), int(values["day"]))

    def _numeric(self, values: Values) -> Reading | None:
        """Two numbers; which of them is the month depends on the language."""
        first, second = int(values["day"]), int(values["m"])
        day, month = (second, first) if self._month_first else (first, second)
        if month > 12:
            day, month = month, day
        return self._dated(values, month, day)

    def _iso(self, values: Values) -> Reading | None:
        """Year, month and day, or a day and a month with a mark that leaves no doubt."""
        return self._dated(values, int(values["m"]), int(values["day"]))

    def _weak_numeric(self, values: Values) -> Reading | None:
        made = self._numeric(values)
        return made and replace(made, weak=True)

    def _dated(self, values: Values, month: int, day: int) -> Reading | None:
        year = _year_of(values, self._today)
        if year is not None:
            return _fixed("date", _day(year, month, day), absolute=True)
        if _day(2000, month, day) is None:
            return None
        return _yearly("date", lambda year: _day(year, month, day))

    def _days(self, values: Values) -> Reading | None:
        """Days of one month: 3 to 7 June."""
        month = int(values.get("month", values.get("m", 0)))
        first, last = int(values["day"]), int(values["day2"])

        def of(year: int) -> Days | None:
            start, end = _day(year, month, first), _day(year, month, last)
            return Days(start.start, end.end) if start and end and start < end else None

        year = _year_of(values, self._today)
        if year is not None:
            return _fixed("range", of(year), absolute=True)
        return _yearly("range", of) if of(2000) else None

    def _months(self, values: Values) -> Reading | None:
        """Months of one year: March to May 2024."""
        first, last, year = (int(values[name]) for name in ("month", "month2", "year"))
        if first > last:
            return None
        return _fixed("range", spans.months(year, first, last - first + 1), absolute=True)

    def _nth_of_month(self, values: Values) -> Reading | None:
        """The last Sunday of October."""
        number, weekday, ordinal = (
            int(values["month"]),
            values.get("weekday"),
            int(values["ordinal"]),
        )

        def of(year: int) -> Days | None:
            around = spans.month(year, number)
            if weekday is None:
                return nth(str(values["unit"]), ordinal, around)
            day = nth_weekday(ordinal, int(weekday), number, year)
            return day and spans.one_day(day)

        year = _year_of(values, self._today)
        if year is not None:
            return _fixed("part", of(year), absolute=True)
        return _yearly("part", of) if of(2000) else None

    def _weekdays_ago(self, values: Values) -> Reading | None:
        return self._which_weekday(int(values["weekday"]), -int(values["n"]))

    def _month(self, values: Values) -> Reading | None:
        number = int(values.get("month", values.get("m", 0)))
        if not 1 <= number <= 12:
            return None
        year = _year_of(values, self._today)
        if year is not None:
            return _fixed("month", spans.month(year, number), absolute=True)
        return _yearly("month", lambda year: spans.month(year, number))

    _month_alone = _month

    def _weak_month(self, values: Values) -> Reading | None:
        made = self._month(values)
        return made and replace(made, weak=True)

    def _season(self, values: Values) -> Reading | None:
        return self._of_year(values)

    def _weak_season(self, values: Values) -> Reading | None:
        made = self._of_year(values)
        return made and replace(made, weak=True)

    def _holiday(self, values: Values) -> Reading | None:
        return self._of_year(values)

    def _of_year(self, values: Values) -> Reading | None:
        named = _occurrence(values)
        if named is None:
            return None
        kind, of = named
        year = _year_of(values, self._today)
        if year is not None:
            return _fixed(kind, of(year), absolute=True)
        return _yearly(kind, of)

    def _year(self, values: Values) -> Reading | None:
        year = _year_of(values, self._today)
        return None if year is None else _fixed("year", spans.months(year, 1, 12), absolute=True)

    def _weak_year(self, values: Values) -> Reading | None:
        made = self._year(values)
        return made and replace(made, weak=True)

    def _before_year(self, values: Values) -> Reading | None:
        span = Span(None, date(int(values["year"]), 1, 1))
        return Reading("before", lambda anchor, back: span, absolute=True)

    def _years(self, values: Values) -> Reading | None:
        first, last = int(values["year"]), int(values["year2"])
        if first > last:
            return None
        return _fixed("range", spans.months(first, 1, 12 * (last - first + 1)), absolute=True)

    def _decade(self, values: Values) -> Reading | None:
        if "year" in values:
            first = int(values["year"])
        else:
            short = int(values.get("tens", values.get("short", 0)))
            first = short + (2000 if short <= self._today.year % 100 + 5 else 1900)
        if first % 10:
            return None
        return _fixed("range", spans.months(first, 1, 120), absolute=True)

    def _quarter(self, values: Values) -> Reading | None:
        number = int(values.get("ordinal", values.get("n", 0)))
        if not 1 <= number <= 4:
            return None

        def of(year: int) -> Days:
            return spans.months(year, number * 3 - 2, 3)

        year = _year_of(values, self._today)
        if year is not None:
            return _fixed("quarter", of(year), absolute=True)
        return _yearly("quarter", of)

    def _weekday(self, values: Values) -> Reading | None:
        return _weekday(int(values["weekday"]))

    def _weak_weekday(self, values: Values) -> Reading | None:
        return replace(_weekday(int(values["weekday"])), weak=True)

    def _day_of_month(self, values: Values) -> Reading | None:
        return _day_of_month(int(values["day"]))

    def _sure_day_of_month(self, values: Values) -> Reading | None:
        made = _day_of_month(int(values["day"]))
        return made and replace(made, weak=False)

    def _calendar_weekday(self, values: Values) -> Reading | None:
        """A weekday of last, this or next week: Monday next week."""
        if "calendar" in values:
            unit, by = _split(values["calendar"])
        else:
            unit, by = "week", int(values["which"])
        if unit != "week":
            return None
        monday = spans.unit_at("week", self._today, by).start
        return _fixed("day", spans.one_day(monday + int(values["weekday"]) * DAY))

    def _calendar_weekend(self, values: Values) -> Reading | None:
        _, by = _split(values["calendar"])
        return _fixed("weekend", spans.unit_at("weekend", self._today, by))

    def _calendar_month(self, values: Values) -> Reading | None:
        """A month or season of last, this or next year, or a day of such a month."""
        unit, by = _split(values["calendar"])
        around = spans.unit_at(unit, self._today, by)
        if unit == "month" and "day" in values:
            return _fixed("date", _day(around.start.year, around.start.month, int(values["day"])))
        named = _occurrence(values)
        if unit == "year" and named:
            kind, of = named
            if "day" in values and kind == "month":
                return _fixed(
                    "date", _day(around.start.year, int(values["month"]), int(values["day"]))
                )
            return _fixed(kind, of(around.start.year))
        if unit == "year" and "m" in values:
            number, day = int(values["m"]), int(values.get("day", 0))
            if not 1 <= number <= 12:
                return None
            year = around.start.year
            return _fixed("date", _day(year, number, day) if day else spans.month(year, number))
        return None

    def _nothing(self, values: Values) -> Reading | None:
        """Words that look like a time and are none ("every Friday", "the Sunday roast")."""
        return Reading("nothing", lambda anchor, back: None, weak=True)


def _split(calendar: Value) -> tuple[str, int]:
    """ "week-1" as the unit and how far away it is."""
    at = max(str(calendar).rfind("-"), str(calendar).rfind("+"))
    return str(calendar)[:at], int(str(calendar)[at:])


def nth(unit: str, number: int, around: Days) -> Days | None:
    """The second week, weekend or half of the days ``around``; -1 is the last one."""
    length = {"day": 1, "week": 7}.get(unit)
    if unit == "weekend":
        if not 28 <= around.length <= 31:
            return None
        day = nth_weekday(number, 5, around.start.month, around.start.year)
        return day and Days(day, day + 2 * DAY)
    if length is None:
        return _nth_part(unit, number, around)
    start = around.end - length * DAY if number < 0 else around.start + (number - 1) * length * DAY
    return Days(start, start + length * DAY) if around.start <= start < around.end else None


def _nth_part(unit: str, number: int, around: Days) -> Days | None:
    if unit == "half":
        return spans.half(around, 2 if number == -1 else number) if number in (1, 2, -1) else None
    count = {"month": 1, "quarter": 3}.get(unit)
    if count is None or around.start.day != 1 or around.length < 59:
        return None
    if number < 0:
        last = around.end - DAY
        return spans.months(last.year, last.month - count + 1, count)
    found = spans.months(around.start.year, around.start.month + (number - 1) * count, count)
    return found if found.end <= around.end else None
