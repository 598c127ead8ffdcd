"""Reads times from the words of a form: a method for each meaning of a form in ``resources/times``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from nowprint.language.times import spans
from nowprint.language.times.lexicon import Value
from nowprint.language.times.readings import (
    Reading,
    Values,
    a_day,
    a_day_of_month,
    a_weekday,
    fixed,
    occurrence,
    this_one,
    year_of,
    yearly,
)
from nowprint.language.times.spans import DAY, Days, Span


class Atoms:
    """Reads times from words, seen from ``today``."""

    def __init__(self, today: date, *, month_first: bool) -> None:
        self._today = today
        self._month_first = month_first

    def read(self, meaning: str, values: Values) -> Reading | None:
        made: Reading | None = getattr(self, f"_{meaning}")(values)
        return made

    def _near(self, values: Values) -> Reading | None:
        return fixed("day", spans.one_day(self._today + int(values["near"]) * DAY))

    def _calendar(self, values: Values) -> Reading | None:
        """A word such as the Chinese for "last month", with the unit and how far away it is."""
        unit, by = _split(values["calendar"])
        unit = str(values.get("unit", unit))
        return fixed(unit, spans.unit_at(unit, self._today, by))

    def _calendar_part(self, values: Values) -> Reading | None:
        unit, by = _split(values["calendar"])
        return fixed("part", spans.part(spans.unit_at(unit, self._today, by), str(values["part"])))

    def _shift(self, values: Values) -> Reading | None:
        """Last, this or next: a unit, weekday, month, season or holiday."""
        by = int(values["which"])
        if "unit" in values:
            unit = str(values["unit"])
            return fixed(unit, spans.unit_at(unit, self._today, by))
        if "weekday" in values:
            return self._which_weekday(int(values["weekday"]), by)
        named = occurrence(values)
        if named is None:
            return None
        kind, of = named
        if by == 0:
            return this_one(kind, of, self._today)
        return fixed(kind, spans.shifted(of, self._today, by))

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
        first = a_weekday(weekday).days(self._today, by < 0)
        further = 7 * DAY * (by + (1 if by < 0 else -1))
        return first and fixed("day", spans.one_day(first.start + further))

    def _beyond(self, values: Values) -> Reading | None:
        return self._shift({"which": 2, **values})

    def _before_last(self, values: Values) -> Reading | None:
        return self._shift({"which": -2, **values})

    def _beyond_shift(self, values: Values) -> Reading | None:
        return self._shift({"which": values["beyond"], **values})

    def _this_year(self, values: Values) -> Reading | None:
        return fixed("year", spans.unit_at("year", self._today, 0))

    def _next_year(self, values: Values) -> Reading | None:
        return fixed("year", spans.unit_at("year", self._today, 1))

    def _next_week(self, values: Values) -> Reading | None:
        return fixed("week", spans.unit_at("week", self._today, 1))

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
        return fixed("part", spans.part(around, str(values["part"])))

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
        unit, count = _counted(values)
        made = fixed("away", spans.counted(unit, self._today, sign * count))
        return made and replace(made, away=(unit, sign * count))

    def _past(self, values: Values) -> Reading | None:
        """The last three days, today among them."""
        unit, count = _counted(values)
        tomorrow = self._today + DAY
        return fixed("range", Days(spans.moved(unit, tomorrow, -count), tomorrow))

    def _coming(self, values: Values) -> Reading | None:
        """The next two weeks, from today on."""
        unit, count = _counted(values)
        return fixed("range", Days(self._today, spans.moved(unit, self._today, count)))

    def _for_past(self, values: Values) -> Reading | None:
        """For three weeks now."""
        unit, count = _counted(values)
        return fixed("since", Span(spans.counted(unit, self._today, -count).start, None))

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
        year = year_of(values, self._today)
        if year is not None:
            return fixed("date", a_day(year, month, day), absolute=True)
        if a_day(2000, month, day) is None:
            return None
        return yearly("date", lambda year: a_day(year, month, day))

    def _days(self, values: Values) -> Reading | None:
        """Days of one month: 3 to 7 June."""
        month = int(values.get("month", values.get("m", 0)))
        first, last = int(values["day"]), int(values["day2"])

        def of(year: int) -> Days | None:
            start, end = a_day(year, month, first), a_day(year, month, last)
            return Days(start.start, end.end) if start and end and start < end else None

        year = year_of(values, self._today)
        if year is not None:
            return fixed("range", of(year), absolute=True)
        return yearly("range", of) if of(2000) else None

    def _months(self, values: Values) -> Reading | None:
        """Months of one year: March to May 2024."""
        first, last, year = (int(values[name]) for name in ("month", "month2", "year"))
        if first > last:
            return None
        return fixed("range", spans.months(year, first, last - first + 1), absolute=True)

    def _nth_of_month(self, values: Values) -> Reading | None:
        """The last Sunday of October."""
        number, weekday, ordinal = (
            int(values["month"]),
            values.get("weekday"),
            int(values["ordinal"]),
        )

        def of(year: int) -> Days | None:
            around = spans.month(year, number)
            if "n" in values:
                return spans.nth_many(str(values["unit"]), int(values["n"]), ordinal, around)
            if weekday is None:
                return spans.nth(str(values["unit"]), ordinal, around)
            day = spans.nth_weekday(ordinal, int(weekday), around)
            return None if day is None else spans.one_day(day)

        year = year_of(values, self._today)
        if year is not None:
            return fixed("part", of(year), absolute=True)
        return yearly("part", of) if of(2000) else None

    def _weekdays_ago(self, values: Values) -> Reading | None:
        return self._which_weekday(int(values["weekday"]), -int(values["n"]))

    def _month(self, values: Values) -> Reading | None:
        number = int(values.get("month", values.get("m", 0)))
        if not 1 <= number <= 12:
            return None
        year = year_of(values, self._today)
        if year is not None:
            return fixed("month", spans.month(year, number), absolute=True)
        return yearly("month", lambda year: spans.month(year, number))

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
        named = occurrence(values)
        if named is None:
            return None
        kind, of = named
        year = year_of(values, self._today)
        if year is not None:
            return fixed(kind, of(year), absolute=True)
        return yearly(kind, of)

    def _year(self, values: Values) -> Reading | None:
        year = year_of(values, self._today)
        return None if year is None else fixed("year", spans.months(year, 1, 12), absolute=True)

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
        return fixed("range", spans.months(first, 1, 12 * (last - first + 1)), absolute=True)

    def _decade(self, values: Values) -> Reading | None:
        if "year" in values:
            first = int(values["year"])
        else:
            short = int(values.get("tens", values.get("short", 0)))
            first = short + (2000 if short <= self._today.year % 100 + 5 else 1900)
        if first % 10:
            return None
        return fixed("range", spans.months(first, 1, 120), absolute=True)

    def _quarter(self, values: Values) -> Reading | None:
        number = int(values.get("ordinal", values.get("n", 0)))
        if not 1 <= number <= 4:
            return None

        def of(year: int) -> Days:
            return spans.months(year, number * 3 - 2, 3)

        year = year_of(values, self._today)
        if year is not None:
            return fixed("quarter", of(year), absolute=True)
        return yearly("quarter", of)

    def _weekday(self, values: Values) -> Reading | None:
        return a_weekday(int(values["weekday"]))

    def _weak_weekday(self, values: Values) -> Reading | None:
        return replace(a_weekday(int(values["weekday"])), weak=True)

    def _day_of_month(self, values: Values) -> Reading | None:
        return a_day_of_month(int(values["day"]))

    def _sure_day_of_month(self, values: Values) -> Reading | None:
        made = a_day_of_month(int(values["day"]))
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
        return fixed("day", spans.one_day(monday + int(values["weekday"]) * DAY))

    def _calendar_weekend(self, values: Values) -> Reading | None:
        _, by = _split(values["calendar"])
        return fixed("weekend", spans.unit_at("weekend", self._today, by))

    def _calendar_month(self, values: Values) -> Reading | None:
        """A month or season of last, this or next year, or a day of such a month."""
        unit, by = _split(values["calendar"])
        around = spans.unit_at(unit, self._today, by)
        if unit == "month" and "day" in values:
            return fixed("date", a_day(around.start.year, around.start.month, int(values["day"])))
        named = occurrence(values)
        if unit == "year" and named:
            kind, of = named
            if "day" in values and kind == "month":
                return fixed(
                    "date", a_day(around.start.year, int(values["month"]), int(values["day"]))
                )
            return fixed(kind, of(around.start.year))
        if unit == "year" and "m" in values:
            number, day = int(values["m"]), int(values.get("day", 0))
            if not 1 <= number <= 12:
                return None
            year = around.start.year
            return fixed("date", a_day(year, number, day) if day else spans.month(year, number))
        return None

    def _nothing(self, values: Values) -> Reading | None:
        """Words that look like a time and are none ("every Friday", "the Sunday roast")."""
        return Reading("nothing", lambda anchor, back: None, weak=True)


_HALVES = {"year": ("month", 6), "month": ("day", 15), "week": ("day", 3)}


def _counted(values: Values) -> tuple[str, int]:
    """A number of units. "A year and a half" is counted in months, half a month in days."""
    unit, count = str(values["unit"]), int(values.get("n", 1))
    if "half" not in values:
        return unit, count
    smaller, size = _HALVES.get(unit, (unit, 1))
    return smaller, (int(values.get("n", 0)) * 2 + int(values["half"])) * size


def _split(calendar: Value) -> tuple[str, int]:
    """ "week-1" as the unit and how far away it is."""
    at = max(str(calendar).rfind("-"), str(calendar).rfind("+"))
    return str(calendar)[:at], int(str(calendar)[at:])
