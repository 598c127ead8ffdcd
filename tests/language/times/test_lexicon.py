"""The words and forms of each language: whole, and each with what its meaning needs."""

from __future__ import annotations

from datetime import date

import pytest

from nowprint.language.times.atoms import Atoms
from nowprint.language.times.holidays import holiday
from nowprint.language.times.joining import JOINS
from nowprint.language.times.lexicon import LANGUAGES, folded, lexicon, whole_number
from nowprint.language.times.spans import unit_at

NEEDED = {
    "near": "near", "calendar": "calendar", "weekday": "weekday", "weak_weekday": "weekday", "ago": "unit",
    "in": "unit", "past": "unit", "coming": "unit", "for_past": "unit", "date": "month day",
    "iso": "m day", "numeric": "m day", "weak_numeric": "m day", "days": "day day2",
    "months": "month month2 year", "weekdays_ago": "n weekday", "nth_of_month": "month ordinal",
    "calendar_part": "calendar part", "this_part": "unit part", "shifted_part": "which unit part",
    "years": "year year2", "shift": "which", "beyond_shift": "beyond", "day_of_month": "day",
    "sure_day_of_month": "day", "year": "year", "weak_year": "year", "before_year": "year",
    "calendar_month": "calendar", "calendar_weekday": "weekday", "shift_weekday": "day_shift weekday",
    "this_month": "part", "this_year_part": "part", "part": "part", "nth": "ordinal unit",
    "nth_weekday": "ordinal x2", "nth_many": "ordinal n unit", "days_before": "unit", "days_after": "unit",
    "unit_of": "unit", "range": "x2", "inside": "x2", "counted_from": "x2",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_form_has_the_words_of_its_meaning(language: str) -> None:
    known = lexicon(language)
    for form in known.atoms:
        assert hasattr(Atoms, f"_{form.meaning}"), form.meaning
        assert set(NEEDED.get(form.meaning, "").split()) <= form.classes, form.meaning
    for step in known.joined:
        for form in step:
            assert form.meaning in JOINS
            assert {"x", *NEEDED.get(form.meaning, "").split()} <= form.classes, form.meaning


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_unit_has_one_before_it_and_one_after(language: str) -> None:
    today = date(2026, 11, 18)
    for unit in lexicon(language).names_of("unit"):
        last, this, next = (unit_at(str(unit), today, by) for by in (-1, 0, 1))
        assert last.start < last.end <= this.end, unit
        assert this.start < next.start < next.end, unit
        assert last.end <= today < next.end, unit


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_holiday_has_a_day(language: str) -> None:
    for name in lexicon(language).names_of("holiday"):
        assert holiday(str(name), 2026), name


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("easter", date(2026, 4, 5)),
        ("orthodox-easter", date(2026, 4, 12)),
        ("pentecost", date(2026, 5, 24)),
        ("thanksgiving", date(2026, 11, 26)),
        ("first-advent", date(2026, 11, 29)),
        ("chinese-new-year", date(2026, 2, 17)),
        ("chinese-new-years-eve", date(2026, 2, 16)),
        ("eid-al-fitr", date(2026, 3, 20)),
    ],
)
def test_holidays_are_on_their_days(name: str, first: date) -> None:
    days = holiday(name, 2026)
    assert days
    assert days.start == first


def test_letters_are_folded_in_their_places() -> None:
    assert folded("Février İstanbul ŚRODA ß が") == "fevrier istanbul sroda s が"
    assert [whole_number(text) for text in ("12", "１２", "十二", "二十", "三十一", "二〇二六")] == [
        12, 12, 12, 20, 31, 2026,
    ]  # fmt: skip
    assert [whole_number(text) for text in ("", "x", "12345", "一十二十")] == [None] * 4
