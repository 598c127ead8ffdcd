"""Words are found whole, the last one by its beginning, and within runs of scripts without spaces."""

from __future__ import annotations

import pytest

from nowprint.language.finding import WordSearch, excerpt, literal_places, spaced

CAT = "我的猫叫豆豆，今年八岁了。"


def found(wanted: str, text: str) -> list[str]:
    return [text[start:end] for start, end in WordSearch(wanted).places(text)]


@pytest.mark.parametrize(
    ("wanted", "text", "stretches"),
    [
        ("cat", "My cat and the CATS, concatenated.", ["cat", "CAT"]),
        ("cat the", "The cats and a cat there.", ["The", "cat", "the"]),
        ("tromso", "In Tromsø", []),
        ("cafe", "Two Cafés and a cafe\u0301.", ["Café", "cafe\u0301"]),
        ("o'brien", "Ask O’Brien, not Brien.", ["O’Brien"]),
        ("C++", "C++ and c", ["C", "c"]),
        ("豆豆", CAT, ["豆豆"]),
        ("豆", CAT, ["豆", "豆"]),
        ("結婚式", "妹の結婚式は十月に京都であります。", ["結婚式"]),
        ("กิน", "ผมกินข้าว และ กน", ["กิน"]),
        ("हिन्", "हिन्दी में", ["हिन्"]),
        ("!!", "Stop!!", []),
    ],
)
def test_places(wanted: str, text: str, stretches: list[str]) -> None:
    assert found(wanted, text) == stretches


def test_places_after_signs_that_fold_to_nothing() -> None:
    text = "e\u0301e\u0301 and the harbour"
    assert found("harbour", text) == ["harbour"]


def test_only_runs_are_set_apart() -> None:
    assert spaced("My cat Café 3") == "My cat Café 3"
    assert spaced("叫豆豆 ok").split() == ["叫", "豆", "豆", "ok"]


def test_a_query_is_safe_for_the_index() -> None:
    assert WordSearch('say "no" OR x:y*').query == '"say" """no""" "OR" "x:y*"*'
    assert WordSearch(" … ").query == ""
    assert WordSearch("nowprint a").query == '"nowprint" "a"'


def test_what_was_typed_is_found_within_words_too() -> None:
    text = "Concatenate the CAT\n cat."
    assert [text[s:e] for s, e in literal_places("cat", text)] == ["cat", "CAT", "cat"]
    assert [text[s:e] for s, e in literal_places("cat cat", text)] == ["CAT\n cat"]
    assert literal_places("  ", text) == ()


def test_an_excerpt_begins_at_a_word_and_is_one_line() -> None:
    text = "word " * 40 + "the\nharbour master " + "word " * 60
    line, marks = excerpt(text, WordSearch("harbour").places(text))
    assert [line[s:e] for s, e in marks] == ["harbour"]
    assert (line[:6], line[-1]) == ("…word ", "…")
    assert "\n" not in line
    assert excerpt("short", ()) == ("short", ())
