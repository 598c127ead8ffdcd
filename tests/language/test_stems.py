"""Both numbers of a word meet, and words that only look alike don't."""

from __future__ import annotations

import pytest

from nowprint.language.stems import singular
from nowprint.language.words import content_words, says_nothing_new, weighty_words


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("shoe", "shoes"), ("horse", "horses"), ("city", "cities"), ("box", "boxes"), ("potato", "potatoes"),
        ("movie", "movies"), ("class", "classes"), ("wish", "wishes"), ("house", "houses"), ("need", "needs"),
        ("cat", "cat's"), ("university", "universities"),
    ],
)  # fmt: skip
def test_both_numbers_meet(one: str, many: str) -> None:
    assert singular(one) == singular(many)


@pytest.mark.parametrize(
    ("one", "other"),
    [("car", "care"), ("hop", "hope"), ("not", "note"), ("plan", "plane"), ("work", "worked"), ("bus", "bu")],
)  # fmt: skip
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert singular(one) != singular(other)


def test_a_plural_says_nothing_new() -> None:
    assert says_nothing_new("My red shoe.", "My red shoes.")
    assert not says_nothing_new("My car.", "My care.")
    assert weighty_words("Which shoe?") <= weighty_words("I like red shoes.")


def test_runs_without_spaces_are_searched_by_pairs() -> None:
    assert "豆豆" in content_words("豆豆几岁了？")
    assert "結婚" in content_words("妹の結婚式は十月に京都であります。")
    assert content_words("です") == [], "grammar is no evidence"
    assert content_words("Unser Hund Bruno") == ["unser", "hund", "bruno"]
