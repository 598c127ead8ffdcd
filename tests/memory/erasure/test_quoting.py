"""Which messages repeat a text: whole, in part, in other words, or not at all."""

from __future__ import annotations

import pytest

from nowprint.memory.erasure.quoting import Quoted, Rarity

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
OTHERS = [
    "The boiler is serviced in May.",
    "I like food markets.",
    "My sister lives in Porto.",
] * 20


def quoted(*texts: str) -> Quoted:
    said = dict(enumerate(((text,) for text in texts), start=1))
    return Quoted(
        said, Rarity([*((text, False) for text in texts), *((text, True) for text in OTHERS)])
    )


@pytest.mark.parametrize(
    "answer",
    [
        "You told me: my cat Pickwick has kidney disease and needs the low phosphorus food. Right?",
        "YOUR CAT PICKWICK HAS KIDNEY DISEASE",
        "Since Pickwick, your cat, needs low phosphorus because of the kidney disease, take this.",
    ],
)
def test_who_repeats_it_is_found(answer: str) -> None:
    assert quoted(CAT).repeated(answer)


@pytest.mark.parametrize(
    "answer",
    ["Okay.", "Cats need food.", "The boiler is serviced in May.", "What disease is that?", ""],
)
def test_who_does_not_is_not(answer: str) -> None:
    assert not quoted(CAT).repeated(answer)


def test_who_had_it_before_needs_to_say_less() -> None:
    texts = quoted(CAT)
    for answer in ("Give Pickwick less of it.", "The kidney needs little phosphorus."):
        assert not texts.repeated(answer)
        assert texts.repeated(answer, lambda id: id == 1)
        assert not texts.repeated(answer, lambda id: id == 2)
    assert not texts.repeated("I like food markets, too.", lambda id: True)


def test_numbers_and_passwords_are_never_said_by_chance() -> None:
    texts = quoted("The code of the garage is 471109.", "It opens with tr0ub4dor since 2019.")
    assert texts.repeated("It was 471109, I think.")
    assert texts.repeated("Try Tr0ub4dor!")
    assert not texts.repeated("That was in 2019.")


def test_short_texts_and_texts_of_common_words_are_found_whole() -> None:
    assert quoted("Pickwick purrs.").repeated("Yes: Pickwick purrs a lot.")
    assert not quoted("Pickwick purrs.").repeated("A cat purrs.")
    common = "I would like to see you again some day"
    assert quoted(common).repeated(f"You said: {common}!")
    assert not quoted(common).repeated("I would like to see you again tomorrow")


def test_texts_without_spaces() -> None:
    texts = quoted("私の猫ピックウィックは腎臓病です。")
    assert texts.repeated("あなたは「私の猫ピックウィックは腎臓病です」と言いました。")
    assert not texts.repeated("こんにちは、元気ですか。")


def test_what_a_word_begins_and_what_is_touched() -> None:
    texts = quoted(CAT)
    assert texts.begun("pick")
    assert not texts.begun("wick")
    assert texts.touched("forget Pickwick")
    assert not texts.touched("forget the boiler")
    everything = Quoted({}, Rarity(), everything=True)
    assert everything.repeated("x")
    assert everything.touched("x")
    assert everything.begun("x")
