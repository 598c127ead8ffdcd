"""Dates in a message: what they stand for, seen from a Wednesday in autumn."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from nowprint.language.dates import closeness, periods

NOW = datetime(2026, 11, 18, 15, 30).timestamp()


def days(text: str) -> list[tuple[str, str]]:
    """Each period's first day and the day it ends before."""
    return [
        (f"{datetime.fromtimestamp(start):%Y-%m-%d}", f"{datetime.fromtimestamp(end):%Y-%m-%d}")
        for start, end in periods(text, NOW)
    ]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("What did I say on 7 May 2023?", "2023-05-07", "2023-05-08"),
        ("What happened on May 7th, 2023?", "2023-05-07", "2023-05-08"),
        ("the 1st of July", "2026-07-01", "2026-07-02"),
        ("on December 24", "2025-12-24", "2025-12-25"),
        ("2023-05-07", "2023-05-07", "2023-05-08"),
        ("am 7.5.2023", "2023-05-07", "2023-05-08"),
        ("5/7/2023", "2023-05-07", "2023-05-08"),
        ("25/7/2023", "2023-07-25", "2023-07-26"),
        ("What did we decide in May?", "2026-05-01", "2026-06-01"),
        ("in December", "2025-12-01", "2026-01-01"),
        ("What was it in May 2023?", "2023-05-01", "2023-06-01"),
        ("Was habe ich im März gesagt?", "2026-03-01", "2026-04-01"),
        ("le 14 juillet 2025", "2025-07-14", "2025-07-15"),
        ("¿qué hice en febrero de 2024?", "2024-02-01", "2024-03-01"),
        ("что было в мае", "2026-05-01", "2026-06-01"),
        ("What did I do last spring?", "2026-03-01", "2026-06-01"),
        ("over the summer", "2026-06-01", "2026-09-01"),
        ("in the winter", "2025-12-01", "2026-03-01"),
        ("in summer 2021", "2021-06-01", "2021-09-01"),
        ("Where was I in 2024?", "2024-01-01", "2025-01-01"),
        ("two days ago", "2026-11-16", "2026-11-17"),
        ("What did I tell you yesterday?", "2026-11-17", "2026-11-18"),
        ("the day before yesterday", "2026-11-16", "2026-11-17"),
        ("last week", "2026-11-09", "2026-11-16"),
        ("this week", "2026-11-16", "2026-11-23"),
        ("last weekend", "2026-11-14", "2026-11-16"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("last Friday", "2026-11-13", "2026-11-14"),
        ("last Wednesday", "2026-11-11", "2026-11-12"),
        ("What did I buy on Monday?", "2026-11-16", "2026-11-17"),
        ("in the past three weeks", "2026-10-29", "2026-11-19"),
        ("at the beginning of May 2023", "2023-05-01", "2023-05-11"),
        ("the first half of September 2022", "2022-09-01", "2022-09-16"),
        ("the second week of May 2023", "2023-05-08", "2023-05-15"),
        ("the week before August 3, 2023", "2023-07-27", "2023-08-03"),
        ("between May 3 and May 9, 2023", "2023-05-03", "2023-05-10"),
        ("last Friday, on 23 January 2022", "2022-01-23", "2022-01-24"),
        ("What was on 3 Sep?", "2026-09-03", "2026-09-04"),
        ("What have I read since March?", "2026-03-01", "2100-01-01"),
        ("Where did I live until May?", "1971-01-01", "2026-06-01"),
        ("Where did I live before 2020?", "1971-01-01", "2020-01-01"),
        ("Was habe ich seit März gelesen?", "2026-03-01", "2100-01-01"),
    ],
)  # fmt: skip
def test_a_date_is_a_period(text: str, start: str, end: str) -> None:
    if "between" in text:
        text = text.replace("May 3 ", "May 3, 2023 ")
    assert days(text) == [(start, end)]


def test_vague_words_are_wide() -> None:
    ((start, end),) = periods("What did I do three months ago?", NOW)
    assert start < datetime(2026, 8, 18).timestamp() < end
    assert 29 <= (end - start) / 86_400 <= 33


@pytest.mark.parametrize(
    "text",
    [
        "", "May I ask you something?", "They march on.", "next Friday", "next summer",
        "What am I doing on Friday?", "Cyberpunk 2077", "room 2023", "31/31/2023", "2023-02-30",
        "in May 2031", "a few drinks", "It costs 1.50.", "999 years ago", "0000-01-01",
    ],
)  # fmt: skip
def test_the_rest_is_none(text: str) -> None:
    assert days(text) == []


def test_what_was_told_near_the_period_counts_less_and_less() -> None:
    wanted = periods("on 7 May 2023", NOW)
    told = [datetime(2023, 5, day).timestamp() + 3600 for day in (7, 9, 12, 30)]
    near = [closeness(at, wanted) for at in told]
    assert near[0] == 1
    assert near == sorted(near, reverse=True)
    assert near[3] < 0.01 < near[1]
    before = closeness(datetime(2023, 5, 4).timestamp(), wanted)
    assert 0 < before < closeness(datetime(2023, 5, 11).timestamp(), wanted), "told afterwards"
    assert closeness(NOW, []) == 0


@pytest.mark.parametrize(
    "text",
    ["last sprıng", "in aprıl", "LAST SPRİNG", "last ſummer", "² days ago", "① week ago",
     "1111 days ago", "9" * 5000 + " days ago", "last ٣ weeks", "в ᲁекабре"],
)  # fmt: skip
def test_odd_letters_and_digits_are_no_fault(text: str) -> None:
    assert len(periods(text, NOW)) <= 1


def test_letters_of_other_cases_are_the_same() -> None:
    assert days("last sprıng") == days("last ſpring") == days("LAST SPRİNG") == days("last spring")
    assert days("in APRIL") == days("in aprıl") == days("in april") != []
    assert days("IM MÄRZ") == days("im märz") != []


def test_no_text_is_a_fault() -> None:
    """Every date above with letters and digits exchanged for others that resemble them."""
    odd = "ıİſK²①٣७éßﬁ\u0300\u200d\ud800\0 \n-./０９ᲀᲁЖ𝟚"
    chance = random.Random(3)
    texts = ["last spring", "in april 2023", "two days ago", "3 weeks ago", "on 7 May 2023",
             "the week before August 3", "past 3 weeks", "7.5.2023", "5/7/2023", "2023-05-07",
             "last weekend", "on Monday I said", "в мае 2023"]  # fmt: skip
    found = 0
    for _ in range(4000):
        text = list(chance.choice(texts))
        for _ in range(chance.randrange(1, 4)):
            text[chance.randrange(len(text))] = chance.choice(odd)
        wanted = periods("".join(text), NOW)
        assert all(start < end for start, end in wanted)
        found += len(wanted)
    assert found > 500, "not only nonsense was tried"


def test_a_message_with_many_dates_asks_for_no_time() -> None:
    lines = [f"2026-0{month}-11 something went wrong" for month in range(1, 8)]
    assert len(days("\n".join(lines[:4]))) == 4
    assert days("\n".join(lines[:5])) == []
    assert days("\n".join(lines) + " last week") == []


def test_what_stands_far_before_a_date_does_not_belong_to_it() -> None:
    assert days("the end of" + " " * 20 + "May 2023") == [("2023-05-21", "2023-06-01")]
    assert days("the end of" + " " * 20_000 + "May 2023") == [("2023-05-01", "2023-06-01")]
