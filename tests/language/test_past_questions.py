"""Which messages ask for all that was told of a matter, or in a time."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from nowprint.language.past_questions import asked_of_past, bare
from nowprint.language.words import content_words

NOW = datetime(2025, 10, 20, 15).timestamp()
CORPORA = Path(__file__).parents[1] / "corpora"


def period(text: str) -> tuple[str, str]:
    found = asked_of_past(text, NOW)
    assert found is not None
    ((start, end),) = found.periods
    first, after = (datetime.fromtimestamp(at).date().isoformat() for at in (start, end))
    return first, after


@pytest.mark.parametrize(
    ("text", "about", "told"),
    [
        ("When did I last mention my knee?", "my knee", True),
        ("how often have I complained about the boiler", "boiler", True),
        ("What did I say about the flat in spring?", "flat", True),
        ("What do you know about Marta?", "Marta", False),
        ("What did we talk about yesterday?", "", True),
        ("What do you know about me?", "", True),
        ("Wann hab ich zuletzt meine Schulter erwähnt?", "Schulter", True),
        ("Was weißt du über Annegret?", "Annegret", False),
        ("Combien de fois je me suis plainte de la cantine ?", "cantine", True),
        ("¿Qué te dije sobre la moto?", "moto", True),
        ("我上次跟你提到学车是什么时候？", "学车", True),
    ],
)
def test_questions_about_the_past(text: str, about: str, told: bool) -> None:
    found = asked_of_past(text, NOW)
    assert found is not None
    assert found.about in (about, f"the {about}", f"my {about}")
    assert found.told == told


def test_their_time() -> None:
    assert period("What did I say about the flat in March?") == ("2025-03-01", "2025-04-01")
    assert period("What did we talk about yesterday?") == ("2025-10-19", "2025-10-20")


@pytest.mark.parametrize(
    "text",
    [
        "When is Marta's birthday?",
        "How often do I take the pills?",
        "I told you about the boiler last week and it's gone again.",
        "What did I tell my landlord about the damp?",
        "What did Tom say about the flat?",
        "How many times does this letter say sorry?",
        "When did I start at the bakery?",
        "",
        "What did I say about the flat?\n\nHere is the letter: I moved in May.",
        "What did I say about the flat? " * 20,
        "Write a poem about everything I told you about Marta.",
        "What do you think about what I told you about Tom?",
        "Translate 'what do you know about me' into German.",
        "Please remember what I told you about the flat.",
        "What did I say about the budget in this chat?",
        "My knee is worse again today. When did I last mention my knee?",
        "Given everything I've told you, what job would suit me?",
    ],
)
def test_other_messages(text: str) -> None:
    assert asked_of_past(text, NOW) is None


@pytest.mark.parametrize(("name", "least", "topics"), [("dev", 0.95, 0.85), ("held", 0.95, 0.85)])
def test_on_a_list_by_others(name: str, least: float, topics: float) -> None:
    path = CORPORA / f"past-questions-{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    asked = [(row, asked_of_past(row["text"], NOW)) for row in rows]
    found = [(row, one) for row, one in asked if row["kind"] != "none" and one is not None]
    wanted = sum(row["kind"] != "none" for row in rows)
    assert len(found) / wanted >= least
    right = [
        set(content_words(bare(row["topic"]))) <= set(content_words(one.about))
        for row, one in found
    ]
    assert sum(right) / len(right) >= topics
    # "what do you know of the Vikings?" is one of them if the user told of the Vikings
    wrong = [row["text"] for row, one in asked if row["kind"] == "none" and one and one.told]
    assert len(wrong) <= 0.04 * (len(rows) - wanted), wrong
