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
        "We verhuizen in mei naar Utrecht.",
        "My mieszkamy w Krakowie.",
        "Ich verabscheue Rosenkohl, meine Frau auch.",
        "Benim randevum perşembe günü.",
        "Mi casa.",
    ],
)
def test_what_has_another_verb_or_is_in_no_known_language_stays_as_it_is(said: str) -> None:
    assert addressed(said) == said


@pytest.mark.parametrize(
    ("said", "to_the_user"),
    [
        ("Ich bin am Montag in Graz.", "Du bist am Montag in Graz."),
        ("Meine Tochter sagt: „Ich bin müde.“", "Deine Tochter sagt: „Ich bin müde.“"),
        ("Je suis allergique au lactose.", "Tu es allergique au lactose."),
        ("Ma sœur m’a offert une montre.", "Ta sœur t'a offert une montre."),
        ("Me llamo Ana y vivo en Soria.", "Te llamas Ana y vives en Soria."),
        ("I miei genitori vivono a Lecce.", "I tuoi genitori vivono a Lecce."),
        ("Meu voo para Recife é às 6h40.", "Seu voo para Recife é às 6h40."),
        ("Onze vakantie begint op 12 juli.", "Jullie vakantie begint op 12 juli."),
        ("Moja wizyta jest w środę.", "Twoja wizyta jest w środę."),
        ("У меня аллергия на пыльцу.", "У тебя аллергия на пыльцу."),
        ("我的猫叫豆豆。", "你的猫叫豆豆。"),
        ("私の免許の更新は11月です。", "あなたの免許の更新は11月です。"),
    ],
)
def test_other_languages_are_addressed(said: str, to_the_user: str) -> None:
    assert addressed(said) == to_the_user
