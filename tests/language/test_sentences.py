"""Where sentences end, and which ask."""

from __future__ import annotations

import pytest

from nowprint.language.sentences import ends_asking, sentences


@pytest.mark.parametrize(
    "text", ["Where is it?", "他在哪里？\n", "أين هو؟ ", "(Is it “here?”)", "So »where?«", "«Où ?»"]
)
def test_a_question_mark_ends_it(text: str) -> None:
    assert ends_asking(text)


@pytest.mark.parametrize("text", ["", "It is here.", "Where? I don't know.", "What I need:", "?!"])
def test_no_question_mark_ends_it(text: str) -> None:
    assert not ends_asking(text)


@pytest.mark.timeout(20)
def test_many_abbreviations_take_no_time() -> None:
    assert len(sentences("dr. " * 50_000)) == 200
