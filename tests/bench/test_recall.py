"""``bench recall`` on the real model: a conversation of two evenings, and what comes back of it."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from nowprint.bench.context import BenchContext
from nowprint.bench.recall import recall
from nowprint.errors import UserError

from .conftest import MakeContext

EVENINGS = (
    (
        "7:05 pm on 3 May, 2023",
        "Hi Noor! How was your week?",
        "Busy. I started the pottery course in the old tannery.",
        "Sounds fun!",
        "And my brother Emil got a puppy, a beagle called Waffles.",
        "Aww.",
        "He ate Emil's left shoe on the first day.",
        "> To be, or not to be, that is the question.",
    ),
    (
        "8:10 pm on 9 June, 2023",
        "So, any news?",
        "We booked the cabin in Voss for the last week of August.",
        "Lovely. I'm still looking for a dentist.",
        "Dr. Okafor on Harbour Street is great.",
        "Thanks a lot!",
        "You're welcome.",
        "Good night!",
    ),
)
ASKED = (
    ("What did Waffles eat?", ["D1:6"], 4),
    ("Where did they book a cabin?", ["D2:2"], 4),
    ("What is the puppy of Noor's brother called?", ["D1:4"], 1),
    ("Is Noor afraid of dogs?", ["D1:1"], 5),
)


def conversation() -> dict[str, Any]:
    said: dict[str, Any] = {}
    for n, (date, *turns) in enumerate(EVENINGS, 1):
        said[f"session_{n}_date_time"] = date
        said[f"session_{n}"] = [
            {"speaker": ("Ada", "Noor")[i % 2], "dia_id": f"D{n}:{i + 1}", "text": text}
            for i, text in enumerate(turns)
        ]
    asked = [{"question": q, "evidence": e, "category": c} for q, e, c in ASKED]
    return {"sample_id": "evenings", "conversation": said, "qa": asked}


def run(context: BenchContext) -> dict[str, Any]:
    report = recall(context, [conversation()])
    for leftover in context.profile.home.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover)
    return report


def test_everything_kept_and_half_of_it(make_context: MakeContext) -> None:
    report = run(make_context(keep=1.0))
    assert (report["n"], report["n without resonance"], report["keep"]) == (3, 3, 1.0)
    assert report["episode_share"] == 1.0
    assert report["any@10"] == report["recall@10"] == 1.0  # ten of fourteen turns
    assert report["any@1"] >= 2 / 3
    assert set(report["by category"]) == {"1 multi-hop", "4 single-hop"}
    assert report["bytes_per_episode"] > 100
    rows = report["ablations"]
    assert {"with resonance", "without resonance", "meaning alone", "no neighbours"} <= set(rows)
    assert "gate: head" not in rows
    half = run(make_context(keep=0.5))
    assert 0.25 < half["episode_share"] <= 0.5  # what is worth nothing is not kept
    gates = half["ablations"]
    assert {"gate: everything", "gate: head", "gate: longest", "gate: random 1"} <= set(gates)
    assert gates["gate: everything"]["any@1"] == rows["without resonance"]["any@1"]
    assert gates["gate: head"]["any@10"] >= 2 / 3


def test_a_limit_is_the_number_of_questions_with_resonance(make_context: MakeContext) -> None:
    report = run(make_context(keep=1.0, limit=1))
    assert (report["n"], report["n without resonance"]) == (1, 3)


def test_another_form_is_told(make_context: MakeContext) -> None:
    with pytest.raises(UserError, match="LoCoMo"):
        recall(make_context(), [{"qa": []}])
