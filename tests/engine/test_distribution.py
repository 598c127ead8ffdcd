"""Statistics of distributions against the plain definitions in double precision."""

from __future__ import annotations

import math
from threading import Event

import numpy as np
import numpy.typing as npt
import pytest
import torch

from nowprint.engine.distribution import (
    FLOOR,
    TOP_K,
    DistributionReader,
    FloatArray,
    TokenReading,
    quietly,
    scores_of,
)
from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage
from nowprint.records import TokenScore

V = 5000
Reference = npt.NDArray[np.float64]


def softmax(logits: FloatArray) -> Reference:
    x = logits.astype(np.float64)
    p = np.exp(x - x.max())
    return p / p.sum()


def entropy_of(p: Reference) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def divergence_of(p: Reference, q: Reference) -> float:
    q = np.maximum(q, 1e-38)[p > 0]
    p = p[p > 0]
    return float((p * np.log(p / q)).sum())


class Reader(DistributionReader):
    """Keeps what it reads, as a context does."""

    def __init__(self) -> None:
        super().__init__(V)
        self.readings: list[TokenReading] = []

    def read(self, logits: FloatArray) -> None:
        with quietly():
            super().read(logits)
        self.readings.append(self.take(0, "", 0, 0))

    def score(self, token: int) -> TokenScore:
        """Of the distribution last read, had this token come out of it."""
        readings = [*self.readings[:-1], self.take(token, "", 0, 0)]
        return scores_of(readings, lambda token: f"t{token}")[-1]


def read(logits: FloatArray, token: int = 0, to: Reader | None = None) -> TokenScore:
    one = to or Reader()
    one.read(logits)
    return one.score(token)


def some_logits(seed: int, scale: float, offset: float = 0.0) -> FloatArray:
    draws = np.random.default_rng(seed).standard_normal(V) * scale + offset
    return draws.astype(np.float32)


LOGITS = {
    "flat": np.zeros(V, np.float32),
    "soft": some_logits(1, 1.0),
    "usual": some_logits(2, 4.0),
    "peaked": some_logits(3, 12.0),
    "above 88, where exp leaves float32": some_logits(4, 4.0, 300.0),
    "far below 0": some_logits(5, 4.0, -300.0),
    "both": np.linspace(-500, 500, V, dtype=np.float32),
    "certain": np.where(np.arange(V) == 7, 50.0, -50.0).astype(np.float32),
    "tokens ruled out": np.where(np.arange(V) % 3, some_logits(6, 4.0), -np.inf).astype(np.float32),
    "one token left": np.where(np.arange(V) == 3, 2.0, -np.inf).astype(np.float32),
    "high and ruled out": np.where(np.arange(V) % 3, some_logits(7, 9.0, 200.0), -np.inf).astype(
        np.float32
    ),
}


@pytest.mark.parametrize("name", LOGITS)
def test_surprisal_and_entropy(name: str) -> None:
    logits = LOGITS[name]
    p = softmax(logits)
    for token in (0, 1, 7, V - 1, int(p.argmax()), int(p.argmin())):
        score = read(logits, token)
        expected = min(-math.log(max(p[token], 1e-38)), -math.log(1e-38))
        # what float32 can't hold of a probability is a surprisal beyond any threshold
        assert score.surprisal == pytest.approx(expected, abs=1e-3 if expected < 85 else 3)
        assert score.entropy == pytest.approx(entropy_of(p), abs=1e-3)
        assert score.surprisal >= 0


@pytest.mark.parametrize("name", LOGITS)
def test_the_likeliest_tokens_come_first_and_are_likely_at_all(name: str) -> None:
    logits = LOGITS[name]
    p = softmax(logits)
    top = read(logits).top
    assert len(top) == min(TOP_K, int((p > FLOOR).sum()))
    assert [a.p for a in top] == pytest.approx(sorted(p, reverse=True)[: len(top)], rel=1e-3)
    assert [p[a.token] for a in top] == pytest.approx([a.p for a in top], rel=1e-3)
    assert [a.text for a in top] == [f"t{a.token}" for a in top]


@pytest.mark.parametrize("name", LOGITS)
def test_divergence_is_a_bound_just_below_the_full_sum(name: str) -> None:
    logits = LOGITS[name]
    p = softmax(logits)
    for before in (some_logits(8, 3.0), some_logits(2, 4.5)):
        one = Reader()
        one.read(before)
        kl = read(logits, to=one).kl
        full = divergence_of(p, softmax(before))
        assert kl <= full + 1e-3
        if (p[p > 1e-4]).sum() > 0.9:  # else the rest is most of it, as one bucket
            assert kl >= 0.93 * full - 1e-3


def test_divergence_from_what_was_ruled_out_is_large_and_finite() -> None:
    one = Reader()
    one.read(LOGITS["one token left"])
    kl = read(LOGITS["certain"], to=one).kl
    assert 80 < kl < 90


def test_divergence_where_the_processor_takes_the_smallest_numbers_for_zero() -> None:
    torch.set_flush_denormal(True)
    try:
        test_divergence_from_what_was_ruled_out_is_large_and_finite()
    finally:
        torch.set_flush_denormal(False)


def test_the_first_distribution_has_no_neighbour() -> None:
    first = read(LOGITS["usual"])
    assert (first.kl, first.shift) == (0.0, 0.0)
    one = Reader()
    one.read(LOGITS["soft"])
    one.reset()
    assert read(LOGITS["usual"], to=one) == first


def test_the_same_distribution_twice_has_not_moved() -> None:
    one = Reader()
    one.read(LOGITS["usual"])
    again = read(LOGITS["usual"].copy(), to=one)
    assert again.kl == pytest.approx(0, abs=1e-5)
    assert again.shift == 0


def test_shift_is_the_share_of_the_likeliest_that_is_new() -> None:
    def likely(*tokens: int) -> FloatArray:
        logits = np.full(V, -30.0, np.float32)
        logits[list(tokens)] = 1.0
        return logits

    one = Reader()
    one.read(likely(1, 2, 3, 4))
    assert read(likely(3, 4, 5, 6, 7), to=one).shift == pytest.approx(3 / 5)
    assert read(likely(8, 9), to=one).shift == 1
    assert read(LOGITS["flat"], to=one).shift == 0  # none is likely


def test_the_logits_may_be_overwritten_once_read() -> None:
    logits = LOGITS["usual"].copy()
    one = Reader()
    one.read(logits)
    logits[:] = 0
    assert one.score(7) == read(LOGITS["usual"], 7)


def test_scores_of_a_real_message_are_those_of_its_distributions(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every distribution that the engine reads, kept whole and worked out again."""
    seen: list[Reference] = []
    read_it = DistributionReader.read

    def keep(self: DistributionReader, logits: FloatArray) -> None:
        seen.append(softmax(logits))
        read_it(self, logits)

    monkeypatch.setattr(DistributionReader, "read", keep)
    text = "My cat Pickwick has kidney disease. 猫が好き 👍 <|im_end|>"
    messages = [
        PromptMessage("system", (Part("Be brief.", "system"),)),
        PromptMessage("user", (Part(text, "message"),)),
    ]
    prompt = engine.build(messages)
    heard = engine.prefill(prompt, Event(), score=True).scores
    generation = engine.generate(prompt, Sampling(temperature=0), 12, Event())
    steps = list(generation)
    said = generation.scores
    assert len(heard) == prompt.last - prompt.first
    assert len(seen) == len(heard) + len(steps) + (len(steps) < 12)  # and the one that ended it

    for scores, distributions in ((heard, seen), (said, seen[len(heard) :])):
        for i, (score, p) in enumerate(zip(scores, distributions, strict=False)):
            assert score.surprisal == pytest.approx(-math.log(p[score.token]), abs=1e-3)
            assert score.entropy == pytest.approx(entropy_of(p), abs=1e-3)
            assert [a.token for a in score.top] == list(np.argsort(-p)[: len(score.top)])
            if i:
                full = divergence_of(p, distributions[i - 1])
                assert 0.7 * full - 1e-3 <= score.kl <= full + 1e-3
            else:  # the distribution before it was not asked for
                assert (score.kl, score.shift) == (0, 0)
    ratios = [
        score.kl / divergence_of(p, before)
        for score, p, before in zip(heard[1:], seen[1:], seen, strict=False)
    ]
    assert 0.95 < sum(ratios) / len(ratios) <= 1.001
