"""Framed surprise: how likely a span is as a told fact, and as a request, small talk or a question.

Each frame is a text that announces a kind of message (``resources/frames.toml``). The engine sums
ln p(span | frame) for each; no token is generated. What tells a fact from the rest is the difference
between those sums, so that what is rare under every frame cancels out. Salience gets the sums as
numbers and keeps them beside the message's trace: judging it again needs no model.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from nowprint.settings import resources

MOST_TOKENS = 20
"""So many of a span's first tokens are scored: its kind shows by then (with 64 no better)."""


@dataclass(frozen=True, slots=True)
class Framed:
    """Σ ln p of the span ``start``..``end`` (code points of its message) under each frame, in the
    order of ``frame_texts``, over its first ``tokens`` tokens."""

    start: int
    end: int
    tokens: int
    sums: tuple[float, ...]


@cache
def _frames() -> tuple[tuple[str, str], ...]:
    with open(resources() / "frames.toml", "rb") as file:
        return tuple((frame["name"], frame["text"]) for frame in tomllib.load(file)["frame"])


def frame_names() -> tuple[str, ...]:
    return tuple(name for name, _ in _frames())


def frame_texts() -> tuple[str, ...]:
    """What stands before the span in each frame; the same for every span, so that it is read once."""
    return tuple(text for _, text in _frames())


def contrasts(framed: Framed) -> tuple[float, ...]:
    """How much likelier the span is as a told fact than under each other frame, in nats by the root of
    its tokens: sums grow with the length, means forget how sure many tokens make."""
    root = math.sqrt(max(1, framed.tokens))
    fact, *others = framed.sums
    return tuple((fact - other) / root for other in others)


def dump(framed: Sequence[Framed]) -> bytes:
    """For the store, beside the message's trace."""
    rows = [[f.start, f.end, f.tokens, *(round(s, 2) for s in f.sums)] for f in framed]
    return json.dumps(rows, separators=(",", ":")).encode()


def load(stored: bytes | None) -> tuple[Framed, ...]:
    """From ``dump``'s bytes; () when there are none, or they are damaged or of other frames."""
    try:
        rows = json.loads(stored or b"")
        framed = tuple(
            Framed(int(start), int(end), int(tokens), tuple(map(float, sums)))
            for start, end, tokens, *sums in rows
        )
    except (ValueError, TypeError):
        return ()
    wanted = len(frame_names())
    return framed if all(len(f.sums) == wanted for f in framed) else ()
