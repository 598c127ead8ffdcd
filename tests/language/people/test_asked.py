"""Questions that one plain fact answers, and questions that ask for something else."""

from __future__ import annotations

import pytest

from nowprint.language.people.asked import asked_fact


@pytest.mark.parametrize(
    ("text", "kind", "of"),
    [
        ("Where do I work?", "works at", "me"),
        ("hey, where does marta live now", "lives in", "marta"),
        ("Do you remember what Marta Kowalska is allergic to?", "allergic to", "marta kowalska"),
        ("It's nearly May. When is my sister's birthday?", "born on", "my sister"),
        ("What's my sister's husband called?", "called", "my sister's husband"),
        ("Who is my dentist?", "called", "my dentist"),
        ("What is my sister Hannah's job?", "works as", "hannah"),
        ("Where does Elif live?", "lives in", "elif"),
        ("How old is Ivy?", "age", "ivy"),
        ("Wogegen ist meine Schwester allergisch?", "allergic to", "my sister"),
        ("Wann ist Judiths Geburtstag?", "born on", "judith"),
        ("Où est-ce que j'habite ?", "lives in", "me"),
        ("¿Cómo se llama mi perro?", "called", "my dog"),
        ("Quando è il compleanno di mia figlia Bianca?", "born on", "bianca"),
        ("Onde trabalha o Duarte?", "works at", "duarte"),
        ("Waar is Fenna allergisch voor?", "allergic to", "fenna"),
        ("Gdzie mieszka moja siostra?", "lives in", "my sister"),
        ("Где живёт Лена?", "lives in", "лен"),
        ("Elif'in doğum günü ne zaman?", "born on", "elif"),
        ("我妹妹叫什么名字？", "called", "my sister"),
        ("小雨对什么过敏？", "allergic to", "小雨"),
        ("请问，我住在哪里？", "lives in", "me"),
        ("Where do I live , please ?!", "lives in", "me"),
    ],
)
def test_what_is_asked_and_of_whom(text: str, kind: str, of: str) -> None:
    found = asked_fact(text)
    assert found is not None
    assert (found.kind, found.of) == (kind, of)


@pytest.mark.parametrize(
    "text",
    [
        "Where did I live before Leeds?",
        "Why am I allergic to cats?",
        "When does my dentist open?",
        "Who is Marta?",
        "Who am I?",
        "Where does he live?",
        "Where do you work?",
        "Where do penguins and their young live?",
        "What is my boss angry about?",
        "¿Cómo se llama?",
        "I live in Leeds.",
        "他住在哪里？",
        "",
        "Where do I work?\n" * 20,
    ],
)
def test_what_asks_for_something_else(text: str) -> None:
    assert asked_fact(text) is None


@pytest.mark.timeout(20)
def test_spaces_before_each_word_take_no_time() -> None:
    assert asked_fact("where do I live" + "    now" * 20 + " x") is None
    assert asked_fact("where do I live" + " , now" * 22 + " x") is None
