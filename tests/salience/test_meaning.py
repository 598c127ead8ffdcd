"""How near the encoder places a text to what people tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nowprint.language.meanings import bounded
from nowprint.language.sentences import Span
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import TELLS
from nowprint.salience.baseline import Baseline
from nowprint.salience.cues import kind_of
from nowprint.salience.features import MEANING, features
from nowprint.salience.frames import Framed
from nowprint.salience.head import ablated_heads, starting_head
from nowprint.salience.learning import dump, learned, load
from nowprint.salience.meaning import Tells, placed, with_meaning

SPAN = Framed(0, 9, 4, (-10.0, -16.0, -8.0))


def tells(encoder: Embedder) -> Tells:
    return lambda pairs: encoder.judge(TELLS, pairs)


def log_odds(encoder: Embedder, *texts: str) -> list[float]:
    found = []
    for text in texts:
        (one,) = with_meaning(text, [replace(SPAN, end=len(text))], tells(encoder))
        assert one.meaning is not None
        found.append(one.meaning)
    return found


def test_what_is_told_is_told_from_what_is_asked_in_any_language(encoder: Embedder) -> None:
    told = log_odds(
        encoder,
        "My sister Ruth lives in Oslo and is allergic to nuts.",
        "Meine Schwester wohnt in Oslo.",
        "姉はオスロに住んでいます。",
    )
    other = log_odds(
        encoder,
        "Could you make that a bit shorter, please?",
        "Was ist die Hauptstadt von Norwegen?",
        "もっと短くしてください。",
    )
    assert len(told) == len(other) == 3
    assert min(told) > 0 > max(other)


def test_the_message_around_a_span_counts(encoder: Embedder) -> None:
    span = "My sister moved to Oslo."
    found = []
    for around in (
        "{} She likes it there.",
        "The play has two parts. ANNA: {} BORIS: Then we are lost. Summarise it.",
    ):
        text = around.format(span)
        start = text.index(span)
        (one,) = with_meaning(
            text, [replace(SPAN, start=start, end=start + len(span))], tells(encoder)
        )
        assert one.meaning is not None
        found.append(one.meaning)
    assert found[0] > found[1]


def test_of_a_long_message_its_beginning_and_what_stands_around_a_span_are_read() -> None:
    text = "Translate this letter: " + "a b " * 200 + "I moved to Oslo. " + "c d " * 200
    start = text.index("I moved")
    span, around = placed(text, Span(start, start + 16))
    assert span == "I moved to Oslo."
    assert around.startswith("Translate this letter: a b")
    assert "a b I moved to Oslo. c d" in around
    assert len(around) < 450
    assert placed(span, Span(0, 16)) == (span, span)


def test_without_the_encoder_the_feature_is_missing() -> None:
    assert with_meaning("Hello.", [SPAN], lambda _: None) == (SPAN,)

    def meaning(framed: Framed | None) -> float | None:
        kind, usual = kind_of("Hello."), Baseline.warm("user")
        return features("Hello.", (), kind, usual, framed, answers=False).get(MEANING)

    assert meaning(None) is meaning(SPAN) is None
    assert meaning(Framed(0, 9, 4, SPAN.sums, meaning=3.0)) == pytest.approx(0.76, abs=0.01)
    assert -1 <= bounded(-50.0) <= 1


def test_without_the_meaning_a_head_judges_that_was_fitted_without_it() -> None:
    start = starting_head()
    assert start.without == ablated_heads()["without meaning"]
    told = {"about you": 1.0, "names": 1.0}
    assert start.score(told)[0] == start.without.score(told)[0]
    assert start.of({**told, MEANING: 0.9}) is start
    taught = learned(start, [told], worth=False)
    assert taught.without is not None
    assert taught.score(told)[0] < start.score(told)[0]
    assert load(dump(taught)).score(told)[0] == pytest.approx(taught.score(told)[0])
