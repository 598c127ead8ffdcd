"""The frames and their sums, as they are kept beside a message's trace."""

from __future__ import annotations

import json

import pytest

from nowprint.salience.frames import Framed, dump, fact_margins, frame_names, frame_texts, load


def test_there_are_few_frames_and_the_first_tells_a_fact() -> None:
    assert frame_names()[0] == "fact"
    assert 2 <= len(frame_names()) == len(set(frame_texts())) <= 4
    assert all(text.endswith("\n") for text in frame_texts())  # the span is the next line


def test_the_contrast_is_by_the_root_of_the_tokens() -> None:
    assert fact_margins(Framed(0, 9, 4, (-10.0, -16.0, -8.0))) == (3.0, -1.0)
    assert fact_margins(Framed(0, 0, 0, (0.0, 0.0, 0.0))) == (0.0, 0.0)


def test_the_sums_come_back() -> None:
    framed = (Framed(0, 12, 5, (-20.25, -31.5, -8.0)), Framed(13, 40, 20, (-1.0,) * 3))
    assert load(dump(framed)) == framed
    assert load(dump(())) == ()
    assert len(dump(framed)) < 90
    old = json.dumps([[0, 12, 5, -20.25, -31.5, -8.0], [13, 40, 20, -1.0, -1.0, -1.0]])
    assert load(old.encode()) == framed, "as the first versions wrote them"
    meant = (Framed(0, 12, 5, (-20.25, -31.5, -8.0), meaning=-1.5), framed[1])
    assert load(dump(meant)) == meant


@pytest.mark.parametrize(
    "stored",
    [
        None,
        b"",
        b"\xff",
        b"7",
        b"null",
        b"[7]",
        json.dumps([[0, 1, 2, -1.0, -2.0]]).encode(),  # of other frames
        json.dumps([[0, 1, 2, -1.0, -2.0, None]]).encode(),
        json.dumps([[0, 1, 2, [-1.0, -2.0], 0.5]]).encode(),  # of other frames
        json.dumps([[0, 1, 2, [-1.0, -2.0, -3.0]]]).encode(),
        json.dumps([[0, 1, 2, [-1.0, -2.0, -3.0], "much"]]).encode(),
        json.dumps([[0]]).encode(),
    ],
)
def test_sums_that_are_missing_or_damaged_are_none(stored: bytes | None) -> None:
    assert load(stored) == ()
