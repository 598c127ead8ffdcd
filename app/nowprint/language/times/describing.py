"""Says in English which days a time is: "15 March 2025", "10–16 March 2025", "since 1 March 2025"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from nowprint.language.times.resolver import Time
from nowprint.language.times.spans import DAY, month

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def said_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def described(time: Time) -> str:
    """The days of a time; empty where its own words say as much ("7 May 2023", "before 2020")."""
    if time.absolute:
        return ""
    first, after = time.first, time.after
    if first and after:
        return _between(first, after)
    if first:
        return f"from {said_day(first)} on" if time.kind != "since" else f"since {said_day(first)}"
    if after:
        return (
            f"before {said_day(after)}"
            if time.kind == "before"
            else f"until {said_day(after - DAY)}"
        )
    return ""


def _between(first: date, after: date) -> str:
    last = after - DAY
    if first == last:
        return said_day(first)
    if first.day == 1 and after == month(first.year, first.month + 1).start:
        return f"{_MONTHS[first.month - 1]} {first.year}"
    if (first.day, first.month) == (1, 1) and after == date(first.year + 1, 1, 1):
        return str(first.year)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{said_day(last)}"
    return f"{said_day(first)} – {said_day(last)}"


def annotated(text: str, found: Sequence[Time]) -> str:
    """The text with the days behind each of its times: "tomorrow (15 March 2025) at 3 pm"."""
    for time in sorted(found, key=lambda one: -one.end):
        if days := described(time):
            text = f"{text[: time.end]} ({days}){text[time.end :]}"
    return text
