"""Which texts tell the same, so that the older may go behind the newer."""

from __future__ import annotations

import pytest

from nowprint.memory.sleep.merging import tells_the_same

FLIGHT = "My flight is at 7 am"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("My cat needs the low phosphorus food.", "my cat needs the low phosphorus food"),
        ("Ich wohne in Görlitz, am Fluss.", "ich wohne in Görlitz am Fluss"),
        ("My wifi code is heron-4471.", "My wifi code is heron-4471!"),
    ],
)
def test_the_same(older: str, newer: str) -> None:
    assert tells_the_same(older, newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (f"{FLIGHT}.", "My flight is at 7 pm."),
        ("Meine Schwester wohnt in Berlin.", "Meine Schwester wohnt nicht mehr in Berlin."),
        ("Ich mag Kaffee.", "Ich mag Kaffee nicht mehr."),
        ("Я люблю кофе.", "Я не люблю кофе."),
        ("Ma soeur habite à Paris.", "Ma soeur n'habite plus à Paris."),
        ("J'aime le café.", "J'aime le café mais plus maintenant."),
        ("My brother Mia lives in Oslo.", "My brother Mia's friend lives in Oslo."),
        ("My cat needs the food.", "My cat used to need the food."),
        ("I water the plants every day.", "I water the plants every other day."),
        ("The password is Blue42.", "The password is blue42."),
        ("I weigh 80 kg.", "I weigh 80.5 kg."),
        ("He got an A in maths.", "He got an A- in maths."),
        ("It is in /home/a/b now.", "It is in /home/a-b now."),
        ("My mother lives in Lyon.", "My mother-in-law lives in Lyon."),
        ("My son passed the exam.", "My son nearly passed the exam."),
        ("My sister passed the exam.", "I dreamt that my sister passed the exam."),
        ("My aunt's birthday is in May.", "Is my aunt's birthday in May?"),
        ("My aunt's birthday is in May.", "My aunt's birthday is in May?"),
        ("I live in Oslo.", "I live in Oslo no longer."),
        ("I like coffee.", "I like coffee, but maybe that was wrong."),
        ("Tom visited Ann.", "Ann visited Tom."),
        ("The food is for the cat.", "The food is for the cat, always."),
    ],
)
def test_not_the_same(older: str, newer: str) -> None:
    assert not tells_the_same(older, newer)
