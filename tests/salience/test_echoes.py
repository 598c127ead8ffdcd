"""Sentences of many kinds of text, and what only repeats what was known."""

from __future__ import annotations

import itertools
import re

import pytest

from nowprint.language.sentences import Span, sentences
from nowprint.language.words import words
from nowprint.salience.echoes import ECHO_WORDS, echoes, runs


def split(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" \n\t ", []),
        ("One", ["One"]),
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("  One.   Two.  ", ["One.", "Two."]),
        ("He said “Go.” Then he went.", ["He said “Go.”", "Then he went."]),
        ("(It rained.) We left.", ["(It rained.)", "We left."]),
        ("Really?! Yes...  No.", ["Really?!", "Yes...", "No."]),
        ("It is 3.5 metres at 10.30 on v1.2.3.", ["It is 3.5 metres at 10.30 on v1.2.3."]),
        ("See example.org/a.b?c=d for it.", ["See example.org/a.b?c=d for it."]),
        ("Dr. Ames met Mrs. Ono. She left.", ["Dr. Ames met Mrs. Ono.", "She left."]),
        ("Pets, e.g. cats, vs. dogs etc. are here.", ["Pets, e.g. cats, vs. dogs etc. are here."]),
        ("One line\nanother\n\n- item one\n- item two", ["One line", "another", "- item one", "- item two"]),
        ("Dear Dr.\nHello.", ["Dear Dr.", "Hello."]),
        ("猫が好きです。犬も好きですか？はい！", ["猫が好きです。", "犬も好きですか？", "はい！"]),
        ("我住在北京。你呢？", ["我住在北京。", "你呢？"]),
        ("no full stop, but\r\na line end", ["no full stop, but", "a line end"]),
        ("...", ["..."]),
        ("👍 Great. 👎 Bad.", ["👍 Great.", "👎 Bad."]),
    ],
)  # fmt: skip
def test_sentences(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "A. B? C! Mr. D… (e.) 3.4\n\n\nf\tg。h",
        "word " * 500,
        "a.b.c.d " * 50 + "\x00\x1b\u202e. \u2028 x",
        "日本語。" * 100,
        "." * 1000,
        "\n" * 1000 + "x",
    ],
)
def test_sentences_hold_all_but_white_space_and_cut_no_word(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(span.of(text).split()) for span in spans) == "".join(text.split())
    for before, after in itertools.pairwise(spans):
        assert before.end <= after.start
        assert not re.fullmatch(r"[A-Za-z0-9]{2}", text[after.start - 1 : after.start + 1])
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)


def test_words() -> None:
    assert words("It’s 3 o'clock, naïve 猫!") == ["It", "s", "3", "o", "clock", "naïve", "猫"]


# --- echoes ------------------------------------------------------------------------------------

KNOWN = "The heron stands in shallow water and waits for fish, often for hours."


def test_a_quotation_is_found_whatever_its_case_and_punctuation() -> None:
    text = "You said: the HERON stands, in shallow water and waits! Is it so?"
    (span,) = echoes(text, runs([KNOWN]))
    assert span.of(text) == "the HERON stands, in shallow water and waits"


def test_a_few_words_in_common_are_a_coincidence() -> None:
    few = " ".join(words(KNOWN)[: ECHO_WORDS - 1])
    assert echoes(f"I saw that {few} everywhere", runs([KNOWN])) == []
    enough = " ".join(words(KNOWN)[:ECHO_WORDS])
    assert [s.of(enough) for s in echoes(enough, runs([KNOWN]))] == [enough]


def test_two_quotations_of_two_texts() -> None:
    text = "the heron stands in shallow water. MY OWN WORDS. one two three four five six seven"
    found = echoes(text, runs([KNOWN, "zero one two three four five six seven eight"]))
    assert [span.of(text) for span in found] == [
        "the heron stands in shallow water",
        "one two three four five six seven",
    ]
    assert echoes(text, runs([KNOWN]), runs(["zero one two three four five six seven"])) == found


def test_nothing_known_nothing_echoed() -> None:
    assert echoes(KNOWN, runs([])) == []
    assert echoes("", runs([KNOWN])) == []
    assert echoes(KNOWN, runs([""])) == []
    assert Span(2, 5).of("abcdef") == "cde"


def test_what_never_ends_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(1000))
    parts = sentences(text)
    assert all(len(part.of(text)) <= 1000 for part in parts)
    assert " ".join(part.of(text) for part in parts) == text
    assert [part.of("x" * 5000) for part in sentences("x" * 5000)] == ["x" * 5000]
