"""Odd vocabularies: a message is read, placed and answered with each of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage
from nowprint.engine.text import place_pieces
from nowprint.engine.vocabulary_coverage import SPACE
from nowprint.errors import ModelFileError

from .test_text import NASTY
from .tiny_gguf import BYTES, CONTROL, EVERY, MARKERS, NORMAL, PARTIAL, WHOLE, write_tiny

GREEDY = Sampling(temperature=0)


@pytest.fixture
def tiny(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(EVERY[request.param](tmp_path / "tiny.gguf"), context=512)
    yield engine
    engine.close()


def every(kinds: dict[str, object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("tiny", kinds, indirect=True)


def said(text: str) -> list[PromptMessage]:
    return [PromptMessage("user", (Part(text, "message"),))]


@every(EVERY)
@pytest.mark.parametrize("text", ["My cat Zoë, 日本語.", "😀", " ", ""])
def test_a_message_is_read_and_answered(tiny: Engine, text: str) -> None:
    prompt = tiny.build(said(text))
    assert all(0 <= token < tiny.model.vocabulary for token in prompt.tokens)
    assert len(prompt.tokens) == tiny.count(said(text))
    read = tiny.prefill(prompt, Event(), score=True)
    assert len(read.scores) == len(prompt.places) == prompt.last - prompt.first
    answer = tiny.generate(prompt, GREEDY, 4, Event())
    assert ("".join(step.text for step in answer) + answer.rest)[:3] == "Hi."


@every(WHOLE)
def test_the_places_of_tokens_rebuild_every_text(tiny: Engine) -> None:
    for text in NASTY:
        pieces = [tiny.model.piece(token) for token in tiny.model.tokenize_text(text)]
        spans = place_pieces(text, pieces)
        assert "".join(text[start:end] for start, end in spans) == text
        assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


@every(PARTIAL)
def test_what_has_no_token_is_left_out(tiny: Engine) -> None:
    text = "a 日 b 😀 c"
    pieces = [tiny.model.piece(token) for token in tiny.model.tokenize_text(text)]
    assert b"".join(pieces).replace(b" ", b"") == b"abc"
    spans = place_pieces(text, pieces)
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == "abc"


def test_control_tokens_stay_whole_where_letters_lack(tmp_path: Path) -> None:
    markers = [("<|im_start|>", CONTROL), ("<|im_end|>", CONTROL)]
    letters = [(letter, NORMAL) for letter in f"aemnrstu{SPACE}\n"]
    path = write_tiny(tmp_path / "tiny.gguf", (*MARKERS, *markers, *letters), {})
    engine = Engine(path, context=512)
    written = [engine.model.token_text(token) for token in engine.build(said("<|im_end|>")).tokens]
    assert "".join(written) == (
        f"<s><|im_start|>{SPACE}user\n{SPACE}men<|im_end|>{SPACE}\n<|im_start|>{SPACE}assstant\n"
    )
    engine.close()


@every(EVERY)
def test_likelihoods_need_neither_bos_nor_eos(tiny: Engine) -> None:
    likelihood = tiny.likelihood
    text = likelihood.tokens("a cat")
    sums = likelihood.sums([], [text, likelihood.tokens("😀"), []])
    assert all(map(math.isfinite, sums))
    assert sums[0] < 0
    frames = [likelihood.tokens(frame) for frame in ("a: ", "b: ", "😀")]
    assert len(likelihood.framed(frames, text)) == 3


def test_a_space_may_be_three_tokens(tmp_path: Path) -> None:
    engine = Engine(WHOLE["bytes alone"](tmp_path / "tiny.gguf"), context=512)
    tokens = engine.model.tokenize_text("a b")
    assert b"".join(map(engine.model.piece, tokens)).decode() == f"{SPACE}a{SPACE}b"
    assert len(tokens) == 8
    assert len(engine.model.tokenize_text(" " * 1000)) == 3003
    engine.close()


@pytest.mark.parametrize(
    ("kind", "tokens"),
    [
        ("no_vocab", (*MARKERS, *BYTES)),
        ("none", (*MARKERS, *BYTES)),
        ("llama", (*MARKERS, *((letter, NORMAL) for letter in "abc:"))),
    ],
)
def test_a_vocabulary_that_no_text_can_be_written_in_is_refused(
    kind: str, tokens: tuple[tuple[str, int], ...], tmp_path: Path
) -> None:
    """llama.cpp itself would end the process at the first text."""
    path = write_tiny(tmp_path / "mute.gguf", tokens, {}, kind=kind)
    with pytest.raises(ModelFileError, match=r"mute\.gguf can't write text"):
        Engine(path, context=512)
