"""Which parts of a message are judged, each as what."""

from __future__ import annotations

import pytest

from nowprint.language.sentences import Span
from nowprint.salience.spans import LONG, Item, spans


def parts(text: str, echoed: tuple[Span, ...] = ()) -> list[str]:
    return [span.of(text) for span, _ in spans(text, echoed)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "These are my kids:\n- Ben, 7\n- Lea, 4",
            ["These are my kids: Ben, 7", "These are my kids: Lea, 4"],
        ),
        (
            "What I can't eat:\n1. peanuts\n2) raw apples",
            ["What I can't eat: peanuts", "What I can't eat: raw apples"],
        ),
        (
            "our band:\n\nJosie – vocals\nLin – drums\n\nThanks!",
            ["our band: Josie – vocals", "our band: Lin – drums", "Thanks!"],
        ),
        ("我家的猫：\n豆豆，八岁\n花花，三岁", ["我家的猫： 豆豆，八岁", "我家的猫： 花花，三岁"]),
        (
            "what's growing in our garden\ntwo rows of leeks\na quince\nbeans by the fence",
            [
                "what's growing in our garden two rows of leeks",
                "what's growing in our garden a quince",
                "what's growing in our garden beans by the fence",
            ],
        ),
    ],
)
def test_the_lines_of_a_list_come_with_its_heading(text: str, lines: list[str]) -> None:
    assert parts(text) == lines
    for span, kind in spans(text, ()):
        if isinstance(span, Item):
            assert text[span.start : span.end] in span.of(text)
            assert not kind.question


@pytest.mark.parametrize(
    "text", ["I came home.\nI was tired.\nI slept.", "Hi\nyes\nno", "Compare these: - a - b"]
)
def test_lines_that_are_no_list(text: str) -> None:
    assert not any(isinstance(span, Item) for span, _ in spans(text, ()))


def test_a_list_that_a_task_is_about_is_material() -> None:
    assert parts("Sort these:\n- I live in Rome\n- My dog is ill") == []


def test_a_long_message_is_judged_by_the_sentence() -> None:
    asks = "What is the difference between the two kinds of tax, and which one is paid first? " * 5
    fact = "My partner Denise and I bought our house in Whitby together."
    text = f"{asks}{fact} That is how it is said to work. {asks}"
    assert len(text) > LONG
    assert fact in parts(text)
    among = {span.of(text): kind.among for span, kind in spans(text, ())}
    assert among[fact] == 0, "it is about its speaker"
    assert among["That is how it is said to work."] > 0.5
    short = f"{fact} It is old."
    assert parts(short) == [short]


def test_what_is_not_the_user_s_or_echoes_the_prompt_is_left_out() -> None:
    text = 'My dog is ill. "I live in Rome and I love it." > quoted\n> I moved to Oslo.'
    assert parts(text)[0] == "My dog is ill."
    assert not any("Rome" in part or "Oslo" in part for part in parts(text))
    assert parts("My dog is ill. We met in May.", (Span(0, 14),)) == ["We met in May."]
