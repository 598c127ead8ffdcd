"""What the user said about themselves, as one would say it to them."""

from __future__ import annotations

import pytest

from nowprint.language.addressing import addressed


@pytest.mark.parametrize(
    ("said", "to_the_user"),
    [
        ("My root canal is tomorrow at 3 pm.", "Your root canal is tomorrow at 3 pm."),
        ("I'm allergic to penicillin.", "You're allergic to penicillin."),
        ("I’ve sold our car to the Novaks.", "You've sold your car to the Novaks."),
        ("When I was ten I had a dog.", "When you were ten you had a dog."),
        ("It's at 9 am. We leave with the kids.", "It's at 9 am. You leave with the kids."),
        (
            "The key is mine. My wife and I share it.",
            "The key is yours. Your wife and you share it.",
        ),
        ("I am from the US.", "You are from the US."),
        ("The book is about World War I.", "The book is about World War I."),
        ('Mum wrote "I miss you" to me and my son.', 'Mum wrote "I miss you" to you and your son.'),
        ("Marta is a paramedic in Leeds.", "Marta is a paramedic in Leeds."),
    ],
)
def test_english_is_addressed(said: str, to_the_user: str) -> None:
    assert addressed(said) == to_the_user


@pytest.mark.parametrize(
    "said",
    [
        "Me llamo Ana y vivo en Soria.",
        "We wonen in Utrecht.",
        "My mieszkamy w Krakowie.",
        "I miei genitori vivono a Lecce.",
        "Ich bin am Montag in Graz.",
    ],
)
def test_another_language_stays_as_it_is(said: str) -> None:
    assert addressed(said) == said
