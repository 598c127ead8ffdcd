"""``bench year``: a few weeks of it, and that it tells the same each time."""

from __future__ import annotations

import pytest

from nowprint.bench.life import year as bench
from nowprint.bench.life.telling import CHATS, MESSAGES, WEEKS, year
from nowprint.bench.life.year import run_year

from ..conftest import MakeContext


def test_a_year_is_told_in_the_same_way_each_time() -> None:
    told = year()
    assert told == year()
    assert len(told.weeks) == WEEKS
    assert {len(chats) for chats in told.weeks} == {CHATS}
    assert {len(chat) for chats in told.weeks for chat in chats} == {MESSAGES}
    said = [one for chats in told.weeks for chat in chats for one in chat]
    for matter in told.changing:
        tellings = [one.text for one in said if one.matter == matter]
        assert len(tellings) == len(set(tellings)) <= 2
    again = [one.text for one in said if one.kept]
    assert len(set(again)) < len(again)


def test_both_profiles_answer_each_month(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "TOLD", 16)
    monkeypatch.setattr(bench, "VAIN", 8)
    monkeypatch.setattr(bench, "ACTIVE", 15)
    report = run_year(make_context(limit=1), None)
    slept, awake = (report[name]["week 1"] for name in ("with sleep", "without"))
    told = awake["active"]
    assert 15 == slept["active"] < told
    assert slept["archived"] == told - 15
    assert awake["any@1"] <= awake["any@10"] == 1.0
    assert awake["recalled"] > awake["wrongly recalled"]
    assert slept["searched"] == 1.0 > slept["any@10"]
    assert report["sleep"]["archived"] == told - 15
