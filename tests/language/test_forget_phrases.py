"""Which messages ask to forget, and what they are about."""

from __future__ import annotations

import pytest

from nowprint.language.forget_phrases import wished


@pytest.mark.parametrize(
    "text",
    [
        "Forget that.",
        "forget this",
        "Please forget that!",
        "Okay, please forget what I said.",
        "Could you forget that, please?",
        "Forget what I just told you.",
        "Vergiss das bitte.",
        "Bitte vergiss das wieder!",
        "Kannst du das bitte vergessen?",
        "Vergiss, was ich gesagt habe.",
        "Oublie ça.",
        "S'il te plaît, oublie ce que j'ai dit.",
        "Peux-tu oublier cela ?",
        "Olvida eso, por favor.",
        "¿Puedes olvidar esto?",
        "Dimentica quello.",
        "Puoi dimenticare questo?",
    ],
)
def test_that(text: str) -> None:
    found = wished(text)
    assert found is not None
    assert found.about == ""


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Forget what I said about my landlord.", "my landlord"),
        ("please forget everything about Porto", "Porto"),
        ("Forget everything you know about my sister Marta!", "my sister Marta"),
        ("Forget what I’ve told you about Dr. Smith", "Dr. Smith"),
        ("Can you forget all I told you about the launch?", "the launch"),
        ("Forget that I live in Lisbon.", "I live in Lisbon"),
        ("Vergiss was ich über meine Katze gesagt habe.", "meine Katze"),
        ("Vergiss alles, was ich dir von Anna erzählt habe", "Anna"),
        ("Bitte vergiss alles über meine Arbeit", "meine Arbeit"),
        ("Vergiss, dass ich in Köln wohne.", "ich in Köln wohne"),
        ("Oublie ce que j'ai dit sur mon patron.", "mon patron"),
        ("Oublie tout ce que je t'ai dit à propos de Lyon", "Lyon"),
        ("Oublie que j'habite à Lyon", "j'habite à Lyon"),
        ("Olvida lo que dije sobre mi jefe", "mi jefe"),
        ("Olvida todo acerca de Madrid", "Madrid"),
        ("Dimentica quello che ho detto su Marco", "Marco"),
        ("Dimentica tutto sulla mia casa.", "mia casa"),
    ],
)
def test_about(text: str, about: str) -> None:
    found = wished(text)
    assert found is not None
    assert found.about == about


@pytest.mark.parametrize(
    "text",
    [
        "Don't forget that I live in Lisbon.",
        "Never forget that.",
        "Forget it.",
        "Forget about dinner, what should I wear?",
        "I always forget that.",
        "I forget what I said about Porto.",
        "Why do people forget that?",
        "Did you forget that?",
        "Vergiss nicht, dass ich in Köln wohne.",
        "Nicht vergessen: Milch kaufen",
        "N'oublie pas que j'habite à Lyon.",
        "No olvides que vivo en Madrid.",
        "Non dimenticare che vivo a Roma.",
        "Forget that. What is the capital of Peru?",
        "Forget what I said about Porto. Which city is nicer in spring?",
        "Write a poem: forget that",
        "Forget that\nand tell me more",
        "Remember that I live in Lisbon.",
        "",
    ],
)
def test_anything_else_is_for_the_model(text: str) -> None:
    assert wished(text) is None
