"""Slips of the keyboard are corrected for what is searched, and nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nowprint.language.spelling import corrected

CORPORA = Path(__file__).parents[1] / "corpora"


def nothing(word: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("what is teh pasword agian?", "what is the password again?"),
        ("wo liegt der breif von der bank?", "wo liegt der brief von der bank?"),
        ("What did my puppy Wafles eat?", "What did my puppy Wafles eat?"),  # a name stays
        (
            "¿Cuándo es la ciita con el médico?",
            "¿Cuándo es la ciita con el médico?",
        ),  # no dictionary
        ("Ege kaç yaşında?", "Ege kaç yaşında?"),
        ("我的牙医是谁？", "我的牙医是谁？"),
        ("", ""),
    ],
)
def test_a_word_that_nobody_knows_becomes_the_likeliest_a_letter_away(
    said: str, meant: str
) -> None:
    assert corrected(said, nothing) == meant


def test_what_a_memory_holds_is_known_and_likelier() -> None:
    assert corrected("where is the cello baw", nothing) == "where is the cello saw"
    assert corrected("where is the cello baw", "bow".__eq__) == "where is the cello bow"
    assert corrected("where is my kubectl config", nothing) == "where is my kubectl config"
    assert corrected("what did numpi say", "numpi".__eq__) == "what did numpi say"


def test_a_long_text_stays_as_it_is() -> None:
    pasted = "what is teh pasword agian? " * 20
    assert corrected(pasted, nothing) == pasted


def test_what_is_spelt_well_stays_as_it_is() -> None:
    """Questions and facts by writers who knew no code."""
    lists = json.loads((CORPORA / "questions-held.json").read_text(encoding="utf-8"))
    people = [lists, *lists["languages"].values()]
    texts = [one["question"] for of in people for one in of["pairs"] + of["unanswerable"]]
    changed = [text for text in texts if corrected(text, nothing) != text]
    assert len(changed) <= 0.02 * len(texts), changed
