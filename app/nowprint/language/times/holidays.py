"""When holidays are, by ``resources/times/holidays.toml``."""

from __future__ import annotations

import calendar
import tomllib
from datetime import date
from functools import cache
from typing import Any

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from nowprint.language.times.spans import DAY, Days
from nowprint.settings import resources


@cache
def _rules() -> dict[str, dict[str, Any]]:
    with open(resources() / "times" / "holidays.toml", "rb") as file:
        return tomllib.load(file)


def holiday(name: str, year: int) -> Days | None:
    """The holiday's days in that year; None if it is unknown there."""
    rule = _rules()[name]
    first = _first(rule, year)
    if first is None:
        return None
    first += rule.get("later", 0) * DAY
    if "until" in rule:
        following = holiday(rule["until"], year)
        return following and Days(first, following.start)
    return Days(first, first + rule.get("length", 1) * DAY)


def _first(rule: dict[str, Any], year: int) -> date | None:
    if "from" in rule:
        other = holiday(rule["from"], year)
        return other and other.start
    if "day" in rule:
        return date(year, *rule["day"])
    if "sunday-from" in rule:
        day = date(year, *rule["sunday-from"])
        return day + (6 - day.weekday()) * DAY
    if "easter" in rule:
        kind = EASTER_ORTHODOX if rule.get("orthodox") else EASTER_WESTERN
        return easter(year, kind) + rule["easter"] * DAY
    if "nth" in rule:
        return nth_weekday(*rule["nth"], year)
    return next((day for day in rule["days"] if day.year == year), None)


def nth_weekday(nth: int, weekday: int, month: int, year: int) -> date | None:
    """The ``nth`` such day of a month, -1 for the last; None if it has fewer."""
    weeks = calendar.monthcalendar(year, month)
    days = [week[weekday] for week in weeks if week[weekday]]
    at = nth if nth < 0 else nth - 1
    return date(year, month, days[at]) if -len(days) <= at < len(days) else None
