"""When holidays are, by ``resources/times/holidays.toml``."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from typing import Any

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from nowprint.language.times.spans import DAY, Days, month, nth_weekday
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
        return None if following is None else Days(first, following.start)
    return Days(first, first + rule.get("length", 1) * DAY)


def _first(rule: dict[str, Any], year: int) -> date | None:
    if "from" in rule:
        other = holiday(rule["from"], year)
        return None if other is None else other.start
    if "day" in rule:
        return date(year, *rule["day"])
    if "sunday-from" in rule:
        day = date(year, *rule["sunday-from"])
        return day + (6 - day.weekday()) * DAY
    if "easter" in rule:
        kind = EASTER_ORTHODOX if rule.get("orthodox") else EASTER_WESTERN
        sunday: date = easter(year, kind)
        return sunday + int(rule["easter"]) * DAY
    if "nth" in rule:
        number, weekday, in_month = rule["nth"]
        return nth_weekday(number, weekday, month(year, in_month))
    return next((day for day in rule["days"] if day.year == year), None)
