"""``bench dialogue`` on the real chat: two facts, told, asked for, and answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nowprint.bench.context import BenchContext
from nowprint.bench.dialogue import dialogue
from nowprint.engine.engine import Engine
from nowprint.errors import UserError
from nowprint.settings import Profile, Settings

from .conftest import MakeContext

DATA = {
    "pairs": [
        {
            "fact": "My sister Ines lives in Porto and works as a dentist.",
            "question": "Where does my sister live?",
            "keyword": "Porto",
        },
        {
            "fact": "Our dog is called Biscuit and he's a beagle.",
            "question": "What is our dog called?",
            "keyword": "biscuit",
        },
    ],
    "unanswerable": ["Which wine did Jonas bring?"],
    "small_talk": ["Good morning!"],
}


def test_facts_told_are_recalled_and_answered(make_context: MakeContext, engine: Engine) -> None:
    told: list[tuple[str, float | None]] = []
    report = dialogue(replace(make_context(keep=1.0), report=lambda *one: told.append(one)), DATA)
    assert engine.count(()) >= 0  # it was borrowed, not closed
    assert (report["n"], report["unanswerable"], report["kept"]) == (2, 1, 1.0)
    assert report["recalled@1"] == report["recalled@3"] == 1.0
    assert report["false_recall"] == 0.0
    assert report["answered"] == report["ablations"]["as it is"]["answered"] == 1.0
    assert report["named"] == 1.0
    assert report["answered_without_memory"] == 0.0
    assert [line["rank"] for line in report["questions"]] == [1, 1]
    wordings = report["by wording"]
    assert wordings["in the same words"]["n"] + wordings["in other words"]["n"] == 2
    assert {task for task, _ in told} >= {"Telling the facts", "Asking for them"}
    assert all(share is None or 0 <= share < 1 for _, share in told)


def test_data_of_another_form_is_refused_before_anything_is_opened(profile: Profile) -> None:
    context = BenchContext(
        None, None, None, Settings(), profile, profile.home, None, 0, lambda *_: None
    )  # type: ignore[arg-type]
    with pytest.raises(UserError, match="pairs"):
        dialogue(context, {"facts": []})
    assert not profile.home.exists()
