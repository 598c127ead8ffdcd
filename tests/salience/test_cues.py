"""What kind of sentence it is, what the user asks to keep, and what its words tell."""

from __future__ import annotations

import pytest

from nowprint.language.own_words.asked import explicit
from nowprint.salience.cues import CUES, kind_of, plain_cues


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


# --- plain cues --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "We moved last year.", "it’s MY turn", "Ich bin müde.", "J’habite à Nantes.", "Mi gata come.",
        "Io vivo a Bari.", "Minha mãe canta.", "Jag bor här.", "Меня зовут Оля.", "私は猫が好き",
        "他给我打电话",
    ],
)  # fmt: skip
def test_sentences_about_the_speaker(text: str) -> None:
    assert plain_cues(text)["about you"] == 1


@pytest.mark.parametrize(
    "text", ["The US joined in 1917.", "Milk is white.", "Das Meer ist tief.", "猫が好き", ""]
)
def test_sentences_about_the_world(text: str) -> None:
    assert plain_cues(text)["about you"] == 0


def test_names() -> None:
    assert plain_cues("the cat")["names"] == 0
    assert plain_cues("The cat. She sleeps.")["names"] == 0  # a capital begins a sentence
    one, two = plain_cues("Our cat Pickwick"), plain_cues("Our cat Pickwick from Porto")
    assert 0 < one["names"] < two["names"] < 1


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("the 3rd of May", "numbers"),
        ("see you next Tuesday", "dates"),
        ("seit gestern", "dates"),
        ("my sister-in-law", "people and pets"),
        ("der Hund", "people and pets"),
        ("мама спит", "people and pets"),
        ("Thanks, that helps!", "small talk"),
        ("Danke schön!", "small talk"),
        ("谢谢", "small talk"),
        ("Your answer is long.", "to the assistant"),
        ("It is just something.", "vague words"),
        ("What if pigs flew?", "only supposed"),
        ("for (i = 0; i < 3; i++) {}", "code or quotation"),
        ("Fix “she go to the market yesterday” now", "code or quotation"),
    ],
)
def test_each_cue_is_seen(text: str, cue: str) -> None:
    assert plain_cues(text)[cue] > 0
    assert plain_cues("Fern grows slowly.")[cue] == 0


def test_small_talk_is_a_share_of_the_words() -> None:
    assert plain_cues("Thanks, that helps!")["small talk"] == 1
    assert plain_cues("Thanks, my cat sleeps all day in the sun now.")["small talk"] < 0.5


@pytest.mark.parametrize(
    "text", ["", " ", "MY " * 400 + "Ana 7 thanks? you if " * 400, "\x00\ud800", "私" * 99]
)
def test_every_cue_is_bounded(text: str) -> None:
    cues = plain_cues(text)
    assert tuple(cues) == CUES
    assert all(0 <= value <= 1 for value in cues.values())
