"""What is plainly said of somebody, and what only looks like it."""

from __future__ import annotations

import pytest

from nowprint.language.people.told import facts_in


def told(text: str) -> list[tuple[str, str, str]]:
    """What is said, but for the names of those who stand in a relation."""
    return [(one.of, one.kind, one.value) for one in facts_in(text) if one.kind != "called"]


def called(text: str) -> list[tuple[str, str]]:
    return [(one.of, one.value) for one in facts_in(text) if one.kind == "called"]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Marta works as a nurse.", ("marta", "works as", "a nurse")),
        ("My sister Marta lives in Porto now.", ("marta", "lives in", "Porto")),
        ("my sister is allergic to penicillin", ("my sister", "allergic to", "penicillin")),
        ("I'm allergic to shellfish and nuts.", ("me", "allergic to", "shellfish and nuts")),
        ("I live in Leeds, by the way.", ("me", "lives in", "Leeds")),
        ("I work at Siemens.", ("me", "works at", "Siemens")),
        ("My dentist's number is 0161 555 0199.", ("my dentist", "phone", "0161 555 0199")),
        ("Ravi is married to Ines.", ("ravi", "married to", "Ines")),
        ("Marta's birthday is on 3 May.", ("marta", "born on", "3 May")),
        ("My son was born on 12 March 2019.", ("my son", "born on", "12 March 2019")),
        ("Marta ist allergisch gegen Nüsse.", ("marta", "allergic to", "Nüsse")),
        ("Meine Schwester Anna wohnt in Graz.", ("anna", "lives in", "Graz")),
        ("Ich arbeite als Lehrerin.", ("me", "works as", "Lehrerin")),
        ("Ma sœur Julie est allergique aux noix.", ("julie", "allergic to", "noix")),
        ("Mi hermana Marta vive en Sevilla.", ("marta", "lives in", "Sevilla")),
        ("Mio fratello Luca lavora come cuoco.", ("luca", "works as", "cuoco")),
        ("O meu irmão mora em Braga.", ("my brother", "lives in", "Braga")),
        ("Mijn broer Sjoerd woont in Utrecht.", ("sjoerd", "lives in", "Utrecht")),
        ("Moja siostra Kasia mieszka w Gdyni.", ("kasia", "lives in", "Gdyni")),
        ("Моя сестра Марина живёт в Казани.", ("марин", "lives in", "Казани")),
        ("MY SISTER IS ALLERGIC TO NUTS", ("my sister", "allergic to", "NUTS")),
    ],
)
def test_what_is_plainly_said(text: str, fact: tuple[str, str, str]) -> None:
    assert told(text) == [fact]


@pytest.mark.parametrize(
    "text",
    [
        "Marta doesn't work as a nurse.",
        "Marta no longer lives in Porto.",
        "Marta used to live in Porto.",
        "Does Marta live in Porto?",
        "I wish my sister lived in Porto.",
        "If Marta lives in Porto, I'll visit.",
        "Maybe Marta lives in Porto",
        "She lives in Porto.",
        "I live in fear.",
        "I live in a small flat.",
        "I work at night.",
        "My boss thinks I live in Leeds.",
        "Marta lives in hope.",
        "Everyone lives in the past.",
        "Marta is not allergic to nuts.",
        "Marta wohnt nicht mehr in Graz.",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    assert told(text) == []


def test_the_sentence_is_told() -> None:
    text = "It rained. Marta works as a nurse. So what."
    (fact,) = facts_in(text)
    assert text[fact.start : fact.end] == "Marta works as a nurse."
