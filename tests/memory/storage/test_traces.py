"""Traces come back as near as their columns are fine."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from nowprint.memory.storage.episode_codec import decode_moments, encode_moments
from nowprint.memory.storage.traces import decode, encode, shortened
from nowprint.records import Alternative, Moment, Signature, TokenScore, Trigger

TEXT = "Pickwick, naïve 🦉 owl, needs the low phosphorus food. "
BEFORE = (
    "016362640003767608cdc802a1999820342b272b270312d8d2b0a581c10908ed18ec1819195040834b830b33"
    "88e1c0c20133070214f2cb730c0c920dd2d252533fcc5fd6996898640400"
)
"""Moments as they were stored when their hashes still stood there as text."""


def tokens_of(text: str, seed: int = 1) -> list[TokenScore]:
    chance = random.Random(seed)
    tokens = []
    start = 0
    while start < len(text):
        end = min(len(text), start + chance.randint(0, 6))
        ps = sorted((chance.random() ** 4 for _ in range(8)), reverse=True)
        tokens.append(
            TokenScore(
                token=chance.randrange(150_000),
                text=text[start:end],
                start=start,
                end=end,
                surprisal=chance.expovariate(0.3),
                entropy=chance.uniform(0, 11),
                kl=chance.expovariate(0.4),
                shift=chance.randrange(17) / 16,
                top=tuple(Alternative(n, f"word{n}", p / 2) for n, p in enumerate(ps)),
            )
        )
        start = end
    return tokens


def test_ids_and_places_are_exact() -> None:
    text = TEXT * 20
    tokens = tokens_of(text)
    back = decode(encode(tokens), text)
    assert [(t.token, t.start, t.end, t.text) for t in back] == [
        (t.token, t.start, t.end, t.text) for t in tokens
    ]


def test_a_message_may_be_traced_in_part() -> None:
    tokens = tokens_of(TEXT)[3:6] + tokens_of(TEXT)[8:]
    back = decode(encode(tokens), TEXT)
    assert [(t.start, t.end) for t in back] == [(t.start, t.end) for t in tokens]


def test_statistics_are_near() -> None:
    text = TEXT * 20
    tokens = tokens_of(text)
    for was, now in zip(tokens, decode(encode(tokens), text), strict=True):
        # half a step of the square-root scale, at that value
        assert now.surprisal == pytest.approx(
            was.surprisal, abs=0.012 * math.sqrt(was.surprisal + 1) * 2
        )
        assert now.entropy == pytest.approx(was.entropy, abs=0.02 * math.sqrt(was.entropy + 1))
        assert now.kl == pytest.approx(was.kl, abs=0.012 * math.sqrt(was.kl + 1) * 2)
        assert now.shift == pytest.approx(was.shift, abs=0.003)


def test_the_best_alternatives_to_what_surprised_are_kept() -> None:
    top = tuple(Alternative(n, f"w{n}", p) for n, p in enumerate([0.5, 0.3, 0.1, 0.05, 0.0]))
    other = (Alternative(9, "ü", 0.12), Alternative(70_000, "z", 0.01))
    tokens = [
        TokenScore(1, "Pick", 0, 4, 5.5, 1.0, 1.0, 0.5, top),
        TokenScore(2, "wick", 4, 8, 9.0, 1.0, 1.0, 0.5, other),
        TokenScore(3, ",", 8, 9, 0.6, 1.0, 1.0, 0.5, top),
        TokenScore(4, " naïve", 9, 15, 8.0, 0.0, 0.0, 0.0, ()),
    ]
    first, second, third, fourth = decode(encode(tokens), TEXT)
    assert [(a.token, a.text) for a in first.top] == [(0, "w0"), (1, "w1")]
    assert [a.p for a in first.top] == pytest.approx([0.5, 0.3], abs=0.004)
    assert [(a.token, a.text) for a in second.top] == [(9, "ü")]
    assert third.top == fourth.top == ()


def test_a_trace_of_no_tokens() -> None:
    assert decode(encode([]), "") == ()


def test_a_shortened_trace_has_all_but_the_alternatives() -> None:
    tokens = tokens_of(TEXT)
    whole = encode(tokens)
    short = shortened(whole, TEXT)
    assert len(short) < 0.9 * len(whole)
    was = decode(whole, TEXT)
    assert any(token.top for token in was)
    assert decode(short, TEXT) == tuple(replace(token, top=()) for token in was)


def test_moments_come_back_with_their_hashes_also_from_blobs_of_before() -> None:
    def moment(index: int, text: str, context: str) -> Moment:
        triggers = (Trigger("kl", 4.5, 2.0),)
        return Moment(7, index, text, triggers, Signature((5, 9), (0.5, 0.25), 3.0, 1.5, context))

    moments = (moment(1, " owl", "00c0ffee"), moment(4, "🦉", "a1b2"))
    blob = encode_moments(moments)
    found = decode_moments(blob)
    assert [(m.index, m.text) for m in found] == [(1, " owl"), (4, "🦉")]
    assert [m.signature.context_hash for m in found] == ["00c0ffee", "a1b2"]
    assert [m.signature.tokens for m in found] == [(5, 9), (5, 9)]
    before = bytes.fromhex(BEFORE)
    assert decode_moments(before) == found
