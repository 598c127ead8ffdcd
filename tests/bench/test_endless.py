"""``bench endless`` on the real model: a chat that is four times as long as the context."""

from __future__ import annotations

from typing import Any

import pytest

from nowprint.bench import endless as module
from nowprint.bench.endless import WAYS, endless
from nowprint.engine.cache import kv_cache
from nowprint.errors import UserError

from .conftest import MakeContext

LIMIT = 1024
FACTS = {
    1: "I moved to a flat above the bakery in Görlitz in April.",
    3: "My brother Emil has a beagle called Waffles, who ate my left shoe.",
    6: "We booked the cabin in Voss for the last week of August.",
}
SMALL_TALK = (
    "It rained again over the hills and the river and the old town, so the evening was long and quiet "
    "and nobody came by, number {}."
)
ASKED = (
    ("What is the dog of Noor's brother called?", "Waffles", ["D1:4"], 4),
    ("Where did they book a cabin?", "Voss", ["D1:7"], 4),
    ("When did Noor move?", "in April", ["D1:2"], 2),
    ("Is Noor afraid of dogs?", "", ["D1:4"], 5),
)


def conversation() -> dict[str, Any]:
    said = [
        {
            "speaker": ("Noor", "Ada")[n % 2],
            "dia_id": f"D1:{n + 1}",
            "text": FACTS.get(n, SMALL_TALK.format(n)),
        }
        for n in range(12)
    ]
    asked = [{"question": q, "answer": a, "evidence": e, "category": c} for q, a, e, c in ASKED]
    talk = {"session_1_date_time": "7:05 pm on 3 May, 2023", "session_1": said}
    return {"sample_id": "evenings", "conversation": talk, "qa": asked}


def test_every_way_goes_through_the_chat(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT", LIMIT)
    monkeypatch.setattr(module, "ANSWER", 16)
    monkeypatch.setattr(kv_cache, "LEAST_SAVED", 32)  # in so small a context little is saved
    report = endless(make_context(keep=0.3), [conversation()])
    assert (report["chats"], report["questions"], report["context"]) == (1, 2, LIMIT / 4)
    answers, reading = report["answers"], report["reading"]
    assert set(reading) == set(WAYS)
    assert set(answers) == {f"{way}, {how} recall" for way in WAYS for how in ("with", "without")}
    limit = answers["limit, without recall"]
    assert (limit["of the limit's"], limit["evidence"]) == (1.0, 1.0)
    assert reading["limit"]["read again"] < 100, "nothing leaves"
    assert reading["window"]["read again"] <= reading["oldest"]["read again"]
    assert answers["oldest, without recall"]["evidence"] < 1.0
    for way in WAYS:
        with_recall, without = (answers[f"{way}, {how} recall"] for how in ("with", "without"))
        assert with_recall["evidence"] >= without["evidence"]
        assert without["ln p"] < 0
    back = report["coming back"]
    assert back["ratio"] < 0.5
    assert back["tokens"] > 250


def test_a_file_of_another_form_is_refused(make_context: MakeContext) -> None:
    with pytest.raises(UserError, match="LoCoMo's form"):
        endless(make_context(), {"chats": []})
