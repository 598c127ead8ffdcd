"""Framed surprise: how likely a span is as a told fact, as a request and as small talk.

Each frame is a list of messages of one kind (``resources/frames.toml``), and the span is read as its
next line. The engine sums ln p(span | frame) for each frame; no token is generated. The differences
between these sums tell a fact from the rest: what is rare under every frame cancels out. The sums are
stored beside the message's trace, so that judging the message again needs no model.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from nowprint.settings import resources

MOST_TOKENS = 20
"""How many of a span's first tokens are scored: they show its kind as well as 64 tokens would."""


@dataclass(frozen=True, slots=True)
class Framed:
    """For the span ``start``..``end`` (code points of its message): ``sums`` are Σ ln p in nats of its
    first ``tokens`` tokens under each frame, in the order of ``frame_texts``. ``meaning`` is the log-odds, in
    nats, that it means a told fact (meaning.py), None if nothing read it."""

    start: int
    end: int
    tokens: int
    sums: tuple[float, ...]
    meaning: float | None = None


@cache
def _frames() -> tuple[tuple[str, str], ...]:
    with open(resources() / "frames.toml", "rb") as file:
        return tuple((frame["name"], frame["text"]) for frame in tomllib.load(file)["frame"])


def frame_names() -> tuple[str, ...]:
    return tuple(name for name, _ in _frames())


def frame_texts() -> tuple[str, ...]:
    """The text of each frame, which precedes the span; it is the same for every span, so that the model
    reads it only once."""
    return tuple(text for _, text in _frames())


def fact_margins(framed: Framed) -> tuple[float, ...]:
    """How much likelier the span is as a told fact than under each other frame: the difference of the sums
    in nats, divided by the square root of the number of tokens. (Sums grow with the length; means ignore
    that more tokens give more evidence.)"""
    root = math.sqrt(max(1, framed.tokens))
    fact, *others = framed.sums
    return tuple((fact - other) / root for other in others)


def dump(framed: Sequence[Framed]) -> bytes:
    """The bytes that the store keeps beside the message's trace (JSON)."""
    rows = [
        [f.start, f.end, f.tokens, [round(s, 2) for s in f.sums], _rounded(f.meaning)]
        for f in framed
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


def load(stored: bytes | None) -> tuple[Framed, ...]:
    """Reads ``dump``'s bytes; () if there are none, or if they are damaged or of another number of frames."""
    try:
        framed = tuple(_loaded(*row) for row in json.loads(stored or b""))
    except (ValueError, TypeError):
        return ()
    wanted = len(frame_names())
    return framed if all(len(f.sums) == wanted for f in framed) else ()


def _loaded(start: float, end: float, tokens: float, *more: Any) -> Framed:
    """A row; those of the first versions have the sums without brackets, and no meaning."""
    sums, meaning = more if more and isinstance(more[0], list) else (more, None)
    known = None if meaning is None else float(meaning)
    return Framed(int(start), int(end), int(tokens), tuple(map(float, sums)), known)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
