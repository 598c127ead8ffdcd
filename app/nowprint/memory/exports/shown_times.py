"""Times as programs show them to people: "May 19, 2026, 7:07:02 PM GMT-03:00", "2026-1-5 @12h 03m 22s"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from nowprint.language.calendar import MONTHS, SHORT_MONTHS
from nowprint.memory.formats.validation import MOST_TIME, is_number, time_of

MOST_CHARACTERS = 80
_CLOCK = re.compile(
    r"\b(\d{1,2})(?::| ?[hH] ?)(\d\d)(?:(?::| ?m ?)(\d\d)(?: ?s)?)?(?:[.,]\d+)?"
    r"(?:\s*([AaPp])\.?\s?[Mm]\b\.?)?"
)
_YEAR_FIRST = re.compile(r"\b(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})")
_YEAR_LAST = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\d+")
_OFFSET = re.compile(r"(?:GMT|UTC)?([+−-])(\d{1,2}):?(\d\d)?\b")
_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BRT": -3,
    "BST": 1, "CET": 1, "MEZ": 1, "WEST": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "IST": 5.5, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "HST": -10, "AKST": -9, "AKDT": -8, "AST": -4,
    "ADT": -3, "NST": -3.5, "NDT": -2.5, "ART": -3, "WAT": 1, "CAT": 2, "SAST": 2, "EAT": 3, "TRT": 3,
    "GST": 4, "PKT": 5, "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "ACST": 9.5,
    "NZST": 12, "NZDT": 13,
}  # fmt: skip


def shown_time(text: str) -> float:
    """The time in seconds since the epoch, read as UTC unless it names its zone; 0 if it is none."""
    text = " ".join(text.split())
    if len(text) > MOST_CHARACTERS:
        return 0.0
    if exact := time_of(text):
        return exact
    clock = _CLOCK.search(text)
    day = _day(text[: clock.start()] + " " + text[clock.end() :] if clock else text)
    if day is None:
        return 0.0
    hour, minute, second = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    if clock and clock[4]:
        hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
    try:
        zone = timezone(timedelta(hours=_hours(text[clock.end() :] if clock else "")))
        seconds = datetime(*day, hour, minute, second, tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return seconds if is_number(seconds, 0, MOST_TIME) else 0.0


def _day(text: str) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.search(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _YEAR_LAST.search(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        american = (found[2] == "/" and first <= 12) or second > 12
        return (year, first, second) if american else (year, second, first)
    months = list(filter(None, map(_month, _WORD.findall(text))))
    numbers = [int(number) for number in _NUMBER.findall(text)[:4]]
    years = [number for number in numbers if 1900 <= number <= 2999]
    if len(months) != 1 or not years:
        return None
    days = [number for number in numbers if 1 <= number <= 31]
    return years[0], months[0], days[0] if days else 1


def _month(word: str) -> int:
    """The month's number; 0 if the word begins none, or several."""
    word = word.lower()
    if exact := MONTHS.get(word) or SHORT_MONTHS.get(word):
        return exact
    found = {number for name, number in MONTHS.items() if name.startswith(word)}
    return found.pop() if len(found) == 1 else 0


def _hours(after: str) -> float:
    """How far the zone that stands behind the clock is from UTC."""
    if found := _OFFSET.search(after):
        hours = int(found[2]) + int(found[3] or 0) / 60
        return hours if found[1] == "+" else -hours
    return next((_ZONES[word] for word in _WORD.findall(after.upper()) if word in _ZONES), 0.0)


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
