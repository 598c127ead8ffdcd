"""Resolves the dates in a message to periods of time, and tells how close to them something was said.

It reads English ("in May", "on 7 May 2023", "last spring", "three months ago", "the week before 3 August")
and the months of other big European languages, which need no grammar. A date without a year is the last
one that has begun. A date ahead ("next Friday") gives no period, since recall looks back.

Dates are those of the user: days begin at midnight in this machine's time zone. Periods are (start, end) in
seconds since the epoch.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from nowprint.language.calendar import ENGLISH_WEEKDAYS, MONTHS, SHORT_MONTHS

Period = tuple[float, float]
_Found = tuple[int, int, Period]
"""Start and end of a date in the text, and its period."""

DAY = 86_400.0
MOST_DATES = 4
"""A message with more dates is a log or a table rather than a question about a time."""
BESIDE = 200
"""How many characters before a date are searched for words that belong to it ("the end of")."""
TOLD_BEFORE = 2 * DAY
TOLD_AFTER = 4 * DAY
"""Seconds before and after a period at which closeness has fallen to 1/e: people tell of events some days
later, and of plans some days before."""
LONGER = 0.25
"""For long periods those seconds are at least this share of the period."""

_NAMES = MONTHS | SHORT_MONTHS
_AMBIGUOUS = frozenset({"may", "march", "mars", "mayo", "mei", "mai", "mar", "dec", "jan", "maja"})
"""Months that are also other words or names of people, unless a number or a preposition is beside them."""
_BEFORE_A_MONTH = (
    r"(?:in|of|on|during|since|last|this|early|mid|late|until|till|by|im|am|en|de|em|nel|w|в)"
)
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_YEARS = range(1971, 2100)
"""Outside of these years some systems can't convert dates to seconds."""
_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
    )
} | {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4}
_PLAIN = str.maketrans("ıİ", "ii")
_UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 30.44, "year": 365.25}

_MONTH = "(?P<month>" + "|".join(sorted(_NAMES, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>197[1-9]|19[89]\d|20\d\d)"
_DAY_OF = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?"

_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<m>\d{1,2})-(?P<day>\d{1,2})\b")
_DOTTED = re.compile(r"\b(?P<day>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<year>\d{4})\b")
_SLASHED = re.compile(r"\b(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<year>\d{4})\b")
_WRITTEN = (
    re.compile(rf"\b{_DAY_OF}\s+(?:(?:of|de|di)\s+)?{_MONTH}(?:,?\s+(?:de\s+)?{_YEAR})?\b"),
    re.compile(rf"\b{_MONTH}\s+{_DAY_OF}\b(?:,?\s*{_YEAR}\b)?"),
    re.compile(rf"\b{_MONTH},?\s+(?:of\s+|de\s+|del\s+)?{_YEAR}\b"),
    re.compile(rf"(?P<beside>\b{_BEFORE_A_MONTH}\s+)?\b{_MONTH}(?!\w)"),
)
_SEASON = re.compile(
    r"\b(?:(?P<which>last|past|this|in|in the|during the|over the|next)\s+)?"
    rf"(?P<season>spring|summer|autumn|fall|winter)(?:,?\s+(?:of\s+)?{_YEAR})?\b"
)
_YEAR_ALONE = re.compile(rf"\b(?:in|since|during|of|throughout|en|im|em|nel|w|в)\s+{_YEAR}\b")
_AGO = re.compile(
    r"\b(?P<number>\d{1,3}|\w+)\s+(?:of\s+)?(?P<unit>day|week|month|year)s?\s+(?:ago|back)\b"
)
_PAST = re.compile(
    r"\b(?:last|past)\s+(?P<number>\d{1,3}|\w+)\s+(?:of\s+)?(?P<unit>day|week|month|year)s\b"
)
_CALENDAR = re.compile(
    r"\b(?P<which>last|past|this)\s+(?P<unit>week|weekend|month|year|night|morning|"
    + "|".join(ENGLISH_WEEKDAYS)
    + r")\b"
)
_ON_WEEKDAY = re.compile(rf"\bon\s+(?P<unit>{'|'.join(ENGLISH_WEEKDAYS)})\b")
_LOOKS_BACK = re.compile(r"\b(?:did|was|were|had|have|has|told|said|mentioned)\b")
_NEAR_DAY = re.compile(r"\b(?P<two>day before )?(?P<name>yesterday)\b|\btoday\b|\btonight\b")
_PART = re.compile(
    r"\b(?:(?P<first>beginning|start|early)|(?P<middle>middle|mid)|(?P<last>end|late)"
    r"|(?P<half>first|second)\s+half"
    r"|(?P<nth>first|second|third|fourth|last)\s+week)(?:\s+(?:of|in)(?:\s+the)?)?[\s-]+$"
)
_BEFORE = re.compile(
    r"\b(?P<reach>week|weekend|month|day|days|" + "|".join(ENGLISH_WEEKDAYS) + r")?\s*"
    r"\b(?P<side>before|after|until|till|by)\s+(?:the\s+)?$"
)


def periods(text: str, now: float) -> list[Period]:
    """The periods of the message's dates, seen from ``now`` (seconds since the epoch), each once. Empty if
    there are more dates than ``MOST_DATES``."""
    text = _plain(text)
    today = datetime.fromtimestamp(now).date()
    # in "last Friday, on 23 January" the first date counts from the second, not from today
    found = _placed(text, _absolute(text, today)) or _placed(text, _relative(text, today))
    if len(found) > MOST_DATES:
        return []
    if len(found) == 2 and re.search(r"\bbetween\b", _before(text, found[0][0])):
        start, end = found[0][1][0], found[1][1][1]
        return [(start, end)] if start < end else []
    return list(dict.fromkeys(period for _, period in found if period[0] <= now))


def _plain(text: str) -> str:
    """The text in lower case, with each character in its place. (Patterns that ignore case would also match
    letters such as "ſ" for "s", and then look up a word that the tables here lack.)"""
    lower = ((character, character.casefold()) for character in text.translate(_PLAIN))
    return "".join(low if len(low) == 1 else character for character, low in lower)


def _before(text: str, at: int) -> str:
    return text[max(0, at - BESIDE) : at]


def _placed(text: str, dates: Iterable[_Found]) -> list[tuple[int, Period]]:
    """The dates in the order of the text, without those that overlap an earlier one in ``dates``: "May 2023"
    is not also "May" and "2023". Stops after more than ``MOST_DATES``."""
    placed: list[tuple[int, Period]] = []
    taken: list[tuple[int, int]] = []
    for at, end, period in dates:
        if not any(at < e and s < end for s, e in taken):
            taken.append((at, end))
            placed.append((at, _narrowed(_before(text, at), period)))
            if len(placed) > MOST_DATES:
                break
    return sorted(placed)


def closeness(at: float, wanted: Sequence[Period]) -> float:
    """How close the time ``at`` is to the nearest period: 1 within it, falling towards 0 outside."""
    return max((_closeness(at, start, end) for start, end in wanted), default=0.0)


def _closeness(at: float, start: float, end: float) -> float:
    gap = max(start - at, at - end, 0.0)
    usual = TOLD_BEFORE if at < start else TOLD_AFTER
    return math.exp(-gap / max(usual, LONGER * (end - start)))


def _absolute(text: str, today: date) -> Iterable[_Found]:
    """Every date that the text names by itself, the most complete forms first."""
    for match in _ISO.finditer(text):
        yield from _at(match, _day(int(match["year"]), int(match["m"]), int(match["day"])))
    for match in _DOTTED.finditer(text):
        yield from _at(match, _day(int(match["year"]), int(match["m"]), int(match["day"])))
    for match in _SLASHED.finditer(text):
        yield from _at(match, _slashed(int(match["a"]), int(match["b"]), int(match["year"])))
    for form in _WRITTEN:
        for match in form.finditer(text):
            yield from _at(match, _written(match, today))
    for match in _SEASON.finditer(text):
        yield from _at(match, _season(match, today))
    for match in _YEAR_ALONE.finditer(text):
        year = int(match["year"])
        yield from _at(match, _span(date(year, 1, 1), date(year + 1, 1, 1)))


def _relative(text: str, today: date) -> Iterable[_Found]:
    """Every date that the text counts from today ("three weeks ago")."""
    for match in _AGO.finditer(text):
        yield from _at(match, _ago(match["number"], match["unit"], today))
    for match in _PAST.finditer(text):
        yield from _at(match, _past(match["number"], match["unit"], today))
    for match in _CALENDAR.finditer(text):
        yield from _at(match, _calendar(match["which"], match["unit"], today))
    if _LOOKS_BACK.search(text):
        for match in _ON_WEEKDAY.finditer(text):
            yield from _at(match, _calendar("last", match["unit"], today))
    for match in _NEAR_DAY.finditer(text):
        days = 0 if not match["name"] else 2 if match["two"] else 1
        yield from _at(match, _days(today - timedelta(days)))


def _at(match: re.Match[str], period: Period | None) -> Iterable[_Found]:
    if period is not None:
        yield match.start(), match.end(), period


def _written(match: re.Match[str], today: date) -> Period | None:
    """The period of a month, with or without day and year."""
    given = match.groupdict()
    name = given["month"]
    if not (given.get("day") or given.get("year") or given.get("beside")) and name in _AMBIGUOUS:
        return None
    month, day = _NAMES[name], int(given.get("day") or 1)
    year = int(given["year"]) if given.get("year") else today.year
    if not given.get("year") and (month, day) > (today.month, today.day):
        year -= 1  # the last one that has begun
    if given.get("day"):
        return _day(year, month, day)
    return _span(date(year, month, 1), _month_on(year, month, 1))


def _slashed(a: int, b: int, year: int) -> Period | None:
    """The period of a date with slashes: month first, as most people write it, unless that is impossible."""
    return _day(year, a, b) or _day(year, b, a)


def _season(match: re.Match[str], today: date) -> Period | None:
    which, month = match["which"] or "", _SEASONS[match["season"]]
    if which == "next" or not (which or match["year"]):
        return None
    year = int(match["year"]) if match["year"] else today.year
    if not match["year"]:
        ends = _month_on(year, month, 3)
        begun = date(year, month, 1) <= today
        if not begun or (which in ("last", "past") and today < ends):
            year -= 1
    return _span(date(year, month, 1), _month_on(year, month, 3))


def _ago(number: str, unit: str, today: date) -> Period | None:
    count = _count(number)
    if count is None or count * _UNIT_DAYS[unit] > 50 * _UNIT_DAYS["year"]:
        return None
    if unit == "day":
        return _days(today - timedelta(count))
    length = _UNIT_DAYS[unit]
    middle = datetime.combine(today, datetime.min.time()) - timedelta(count * length)
    half = timedelta(length / 2)
    return (middle - half).timestamp(), (middle + half + timedelta(1)).timestamp()


def _past(number: str, unit: str, today: date) -> Period | None:
    count = _count(number)
    if count is None or count * _UNIT_DAYS[unit] > 50 * _UNIT_DAYS["year"]:
        return None
    return _span(today - timedelta(round(count * _UNIT_DAYS[unit])), today + timedelta(1))


def _calendar(which: str, unit: str, today: date) -> Period | None:
    last = which in ("last", "past")
    monday = today - timedelta(today.weekday())
    if unit in ENGLISH_WEEKDAYS:
        back = (today.weekday() - ENGLISH_WEEKDAYS.index(unit)) % 7
        return _days(today - timedelta(back or (7 if last else 0)))
    if unit == "night":
        return _span(today - timedelta(1 if last else 0), today + timedelta(1))
    if unit == "morning":
        return _days(today)
    if unit == "week":
        start = monday - timedelta(7 if last else 0)
        return _span(start, start + timedelta(7))
    if unit == "weekend":
        start = monday + timedelta(-2 if last else 5)
        return _span(start, start + timedelta(2))
    if unit == "month":
        start = _month_on(today.year, today.month, -1 if last else 0)
        return _span(start, _month_on(start.year, start.month, 1))
    year = today.year - last
    return _span(date(year, 1, 1), date(year + 1, 1, 1))


def _narrowed(before: str, period: Period) -> Period:
    """The period that is meant if "the end of", "the week before" or the like stands before a date."""
    start, end = period
    length = end - start
    if part := _PART.search(before):
        if part["nth"]:
            nth = ("first", "second", "third", "fourth", "last").index(part["nth"])
            first = end - 7 * DAY if nth == 4 else start + nth * 7 * DAY
            return (first, first + 7 * DAY) if length > 14 * DAY else period
        if part["half"]:
            middle = start + length / 2
            return (start, middle) if part["half"] == "first" else (middle, end)
        third = 0 if part["first"] else 1 if part["middle"] else 2
        return start + third * length / 3, start + (third + 1) * length / 3
    if beside := _BEFORE.search(before):
        reach = beside["reach"] or ""
        far = 31 * DAY if reach == "month" else DAY if reach == "day" else 7 * DAY
        if beside["side"] == "after":
            return start, end + far
        return start - far, end
    return period


def _count(number: str) -> int | None:
    """The number that a word or at most three digits stand for; None for anything else."""
    if number.isdecimal():
        return int(number) if len(number) <= 3 else None
    return _NUMBERS.get(number)


def _day(year: int, month: int, day: int) -> Period | None:
    if year not in _YEARS or not 1 <= month <= 12:
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return _days(date(year, month, day))


def _days(day: date) -> Period:
    return _span(day, day + timedelta(1))


def _month_on(year: int, month: int, by: int) -> date:
    """The first day of the month that is ``by`` months later."""
    index = year * 12 + month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def _span(start: date, end: date) -> Period:
    midnight = datetime.min.time()
    return (
        datetime.combine(start, midnight).timestamp(),
        datetime.combine(end, midnight).timestamp(),
    )
