"""Which days a text speaks of: the figures on phrases that others wrote, and each kind of our own."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nowprint.language.times.describing import annotated, described
from nowprint.language.times.resolver import Time, times

CORPORA = Path(__file__).parents[2] / "corpora"
FLOORS = {"times-dev": 1.0, "times-held": 0.95}
LEAST = {"times-dev": 1.0, "times-held": 0.92}
"""The share of phrases in each language whose days are exactly right, at least."""
TOLD = date(2026, 11, 18)  # a Wednesday


def rows(name: str) -> list[dict[str, Any]]:
    lines = (CORPORA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


@pytest.mark.parametrize("name", FLOORS)
def test_phrases_of_others_are_right(name: str) -> None:
    right, every = Counter[str](), Counter[str]()
    for row in rows(name):
        found = times(row["text"], date.fromisoformat(row["told"]), asks=row["role"] == "question")
        days = [(time.first, time.after) for time in found]
        every[row["language"]] += 1
        right[row["language"]] += days == [(day(row["start"]), day(row["end"]))]
    assert right.total() / every.total() >= FLOORS[name]
    shares = {language: right[language] / every[language] for language in every}
    assert min(shares.values()) >= LEAST[name], shares


def test_our_own_phrases_are_right() -> None:
    wrong = []
    for row in rows("times-own"):
        found = times(row["text"], TOLD, asks=row["text"][-1] in "?？")
        said = [(row["text"][t.start : t.end], t.first, t.after) for t in found]
        if said != [(row["words"], day(row["first"]), day(row["after"]))]:
            wrong.append((row["text"], said))
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "May I ask you something?", "They march on.", "I go running every Friday.", "Room 2023 is free.",
        "She is 40 years old.", "On Fridays we eat fish.", "I sat in the sun.", "Guten Morgen!",
        "Ich gehe montags schwimmen.", "Tu as quel âge ? J'ai trente ans.", "Me gusta más el mar.",
        "La prima volta è stata bella.", "Quero uma bicicleta de segunda mão.", "Hij is drie jaar oud.",
        "Dzień dobry!", "Добрый день!", "Günaydın!", "每天跑步", "毎週泳ぐ", "", "12", "a" * 30_000,
    ],
)  # fmt: skip
def test_other_words_are_no_times(text: str) -> None:
    assert times(text, TOLD) == []


def test_a_time_knows_how_it_stands_to_its_telling() -> None:
    (tomorrow,) = times("My root canal is tomorrow.", TOLD)
    assert tomorrow.was_ahead(TOLD)
    assert not tomorrow.lasts(TOLD)
    assert not tomorrow.is_over(date(2026, 11, 19))
    assert tomorrow.is_over(date(2026, 11, 20))
    (past,) = times("I sold my car yesterday.", TOLD)
    assert not past.was_ahead(TOLD)
    (until,) = times("I work nights till June.", TOLD)
    assert until.lasts(TOLD)
    assert until.is_range
    (this,) = times("I have a lot to learn this semester.", TOLD)
    assert this.lasts(TOLD)
    (weeks,) = times("No lifting for the next two weeks.", TOLD)
    assert weeks.lasts(TOLD)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("tomorrow", "19 November 2026"),
        ("next week", "23–29 November 2026"),
        ("next month", "December 2026"),
        ("next year", "2027"),
        ("since March", "since 1 March 2026"),
        ("until May", "until 31 May 2027"),
        ("before May", "before 1 May 2027"),
        ("after Christmas", "from 26 December 2026 on"),
        ("from 30 December to 2 January", "30 December 2026 – 2 January 2027"),
        ("on 3 May 2024", ""),
    ],
)
def test_days_are_said_in_words(text: str, days: str) -> None:
    (time,) = times(text, TOLD)
    assert described(time) == days


def test_days_stand_behind_the_words() -> None:
    text = "Der Zahnarzt ist morgen um drei, der Kurs beginnt im Mai."
    assert annotated(text, times(text, TOLD)) == (
        "Der Zahnarzt ist morgen (19 November 2026) um drei, der Kurs beginnt im Mai (May 2027)."
    )


@pytest.mark.parametrize("told", [date.min, date.max, date(2024, 2, 29)])
def test_no_calendar_ends_in_a_fault(told: date) -> None:
    found: list[Time] = []
    for row in rows("times-own"):
        found += times(row["text"], told)
    assert all(
        time.first is None or time.after is None or time.first < time.after for time in found
    )
    assert found
