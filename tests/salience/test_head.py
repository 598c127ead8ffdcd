"""What kind of sentence it is, what the user asks to keep, and a score that explains itself."""

from __future__ import annotations

import math

import pytest

from nowprint.salience.head import (
    BIAS,
    WEIGHTS,
    Sentence,
    explicit,
    features,
    kind_of,
    score,
)

TELLS = Sentence(question=False, request=False)


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("My cat needs food.", False),
        ("I want to move to Lisbon in May.", False),
        ("Whatever you say, my knee hurts.", False),
        ("What does my cat need?", True),
        ("what does my cat need", True),
        ("And how is it called", True),
        ("You know my name?", True),
        ("“Is it far?”", True),
        ("猫は好きですか？", True),
        ("Write a poem.", True),
        ("please, explain it to me", True),
        ("- Could you shorten it", True),
        ("I’d like you to act as a pirate", True),
        ("Let’s play chess.", True),
        ("Erkläre mir das bitte.", True),
        ("Dime algo sobre Lima.", True),
    ],
)
def test_telling_and_asking(sentence: str, asks: bool) -> None:
    assert kind_of(sentence).asks is asks


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Remember this: my code is 7214.", "my code is 7214."),
        ("remember that I take no sugar", "I take no sugar"),
        ("Remember: Ana's birthday is on 3 May.", "Ana's birthday is on 3 May."),
        ("  Please remember that I moved to Oslo. It is cold. ", "I moved to Oslo. It is cold."),
        ("Please, remember this - the key is under the pot", "the key is under the pot"),
        ("Don’t forget that Ana’s cat is Tom’s.", "Ana’s cat is Tom’s."),
        ("I want you to remember that I’m vegan.", "I’m vegan."),
        ("Keep in mind that I can't swim.", "I can't swim."),
        ("Remember this:\n- one\n- two\n", "- one\n- two"),
        ("Hello there! Remember this: I sail.", "I sail."),
        ("Remember this: my question to Dr. Lee is: may I run?", "my question to Dr. Lee is: may I run?"),
        ("REMEMBER THIS: X", "X"),
    ],
)  # fmt: skip
def test_what_the_user_asks_to_keep(message: str, kept: str) -> None:
    assert explicit(message) == kept
    assert kept in message


@pytest.mark.parametrize(
    "message",
    [
        "Do you remember that I take no sugar?",
        "Do you remember this: red, blue?",
        "Remember when we talked about Lima?",
        "Remember when we went to Lima.",
        "Remember that time in Lima?",
        "I remember that day well.",
        "Can you remember that?",
        "Remember to be brief.",
        "Remember this",
        "Remember that:",
        "Remember those days in Lima.",
        "Fix this code. Note that it fails on Windows.",
        "Fix this code.\nNote: it fails on Windows.",
        "",
    ],
)
def test_what_only_sounds_like_it(message: str) -> None:
    assert explicit(message) is None


# --- features and score ------------------------------------------------------------------------


def cues(text: str) -> dict[str, float]:
    return features(text, (), (), kind_of(text), answers=False)


@pytest.mark.parametrize(
    "text",
    [
        "We moved last year.", "it’s MY turn", "Ich bin müde.", "J’habite à Nantes.", "Mi gata come.",
        "Io vivo a Bari.", "Minha mãe canta.", "Jag bor här.", "Меня зовут Оля.", "私は猫が好き",
        "他给我打电话",
    ],
)  # fmt: skip
def test_sentences_about_the_speaker(text: str) -> None:
    assert cues(text)["about you"] == 1


@pytest.mark.parametrize(
    "text", ["The US joined in 1917.", "Milk is white.", "Das Meer ist tief.", "猫が好き", ""]
)
def test_sentences_about_the_world(text: str) -> None:
    assert cues(text)["about you"] == 0


def test_names_numbers_and_small_talk() -> None:
    assert cues("the cat")["names"] == 0
    assert 0 < cues("Our cat Pickwick")["names"] < cues("Our cat Pickwick from Porto")["names"] < 1
    assert cues("The cat. She sleeps.")["names"] == 0  # a capital begins a sentence
    assert cues("the 3rd of May")["numbers and dates"] == 1
    assert cues("next Tuesday")["numbers and dates"] == 1
    assert cues("some day")["numbers and dates"] == 0
    assert cues("Thanks, that helps!")["small talk"] == 1
    assert cues("My cat sleeps all day long in the sun.")["small talk"] == 0


def test_the_score_is_the_sigmoid_of_its_contributions() -> None:
    values = dict.fromkeys(WEIGHTS, 0.0) | {"about you": 1.0, "names": 0.5}
    salience, contributions = score(values)
    assert [c.feature for c in contributions] == ["about you", "names"]
    assert all(c.contribution == WEIGHTS[c.feature] * c.value for c in contributions)
    logit = BIAS + sum(c.contribution for c in contributions)
    assert salience == pytest.approx(1 / (1 + math.exp(-logit)))


def test_more_of_a_good_sign_is_never_less_salient() -> None:
    for feature, weight in WEIGHTS.items():
        less, more = (score(dict.fromkeys(WEIGHTS, 0.3) | {feature: v})[0] for v in (0.2, 0.9))
        assert (more > less) is (weight > 0)


def test_every_feature_has_a_weight_and_a_bound() -> None:
    values = features("MY " * 400 + "Ana 7 thanks? " * 400, (), (), TELLS, answers=True)
    assert set(values) == set(WEIGHTS)
    assert all(0 <= value <= 1 for value in values.values())
