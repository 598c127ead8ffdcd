"""Packs a message's trace into few bytes: all that the inspector shows and judging again needs.

Each quantity is a column, quantised and laid out byte plane by byte plane; the whole is then deflated:

- token ids: exact
- a token's place: the gap to the token before it and its length, in code points (the token's text is
  not stored: the message holds it at that place)
- surprisal, KL, entropy: one byte each on a square-root scale, finest where values are small
  (steps of about 0.05 nats at 1 and 0.1 at 5; 32 nats, or 16 for entropy, at the top)
- shift: one byte, linear
- alternatives: only for a token whose surprisal reaches ``SURPRISED``, since any other token was
  expected, or the model expected nothing in particular. At most two per token, each a probability (one
  byte, square root) and a place in the trace's list of distinct alternatives (id and text). Alternatives
  less likely than ``LEAST_P`` are left out.

Measured with SmolLM2-135M: 7 bytes per token for answers of about a hundred tokens, 11 to 12 for
messages of 20 to 30 tokens. (With five alternatives for every token it was 28 and 36.)
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nowprint.memory.storage.columns import Column, Floats, Reader, planes, root
from nowprint.records import Alternative, TokenScore

ALTERNATIVES = 2
LEAST_P = 0.0787
"""Lies between two steps of the scale, so that encoding a decoded trace leaves out no more."""
SURPRISED = 5.0
"""Nats: the model had given the token a probability below 1 %."""

_VERSION = 2
_OLD = 1
_OLD_HEAD = struct.Struct("<BIII")
_SURPRISAL_TOP = 32.0
_ENTROPY_TOP = 16.0


def encode(tokens: Sequence[TokenScore]) -> bytes:
    """The trace of one message as a blob; to read it, ``decode`` also needs the message's text."""
    tops = [_kept(score) for score in tokens]
    flat = [alternative for top in tops for alternative in top]
    texts = {alternative.token: alternative.text for alternative in flat}
    places = {token: place for place, token in enumerate(texts)}
    ends = [0, *(score.end for score in tokens)]
    columns = [
        planes([score.token for score in tokens]),
        planes([_zigzag(score.start - end) for score, end in zip(tokens, ends, strict=False)]),
        planes([score.end - score.start for score in tokens]),
        root([score.surprisal for score in tokens], _SURPRISAL_TOP),
        root([score.entropy for score in tokens], _ENTROPY_TOP),
        root([score.kl for score in tokens], _SURPRISAL_TOP),
        root([score.shift**2 for score in tokens], 1.0),
        planes([len(top) for top in tops]),
        planes([places[alternative.token] for alternative in flat]),
        root([alternative.p for alternative in flat], 1.0),
        planes(list(texts)),
        planes([len(text) for text in texts.values()]),
    ]
    head = planes([len(tokens), len(flat), len(texts)])
    body = b"".join((head, *columns, "".join(texts.values()).encode("utf-8", "replace")))
    return bytes([_VERSION]) + zlib.compress(body, 9, wbits=-15)


class _Columns(NamedTuple):
    """The columns of a blob; ``top_ids`` and ``texts`` have an entry for each distinct alternative."""

    ids: Column
    gaps: Column
    lengths: Column
    surprisal: Floats
    entropy: Floats
    kl: Floats
    shift: Floats
    sizes: Column
    top_places: Column
    top_p: Floats
    top_ids: Column
    texts: list[str]


def _read(blob: bytes) -> _Columns:
    if blob[0] == _OLD:
        _, count, alternatives, different = _OLD_HEAD.unpack_from(blob)
        reader = Reader(zlib.decompress(blob[_OLD_HEAD.size :]))
    else:
        reader = Reader(zlib.decompress(blob[1:], wbits=-15))
        count, alternatives, different = reader.planes(3).tolist()
    return _Columns(
        ids=reader.planes(count),
        gaps=reader.planes(count),
        lengths=reader.planes(count),
        surprisal=reader.root(count, _SURPRISAL_TOP),
        entropy=reader.root(count, _ENTROPY_TOP),
        kl=reader.root(count, _SURPRISAL_TOP),
        shift=np.sqrt(reader.root(count, 1.0)),
        sizes=reader.planes(count),
        top_places=reader.planes(alternatives),
        top_p=reader.root(alternatives, 1.0),
        top_ids=reader.planes(different),
        texts=reader.texts(different),
    )


def decode(blob: bytes, text: str) -> tuple[TokenScore, ...]:
    """The trace that ``encode`` packed, as exact as the quantisation left it; ``text`` is the message's."""
    read = _read(blob)
    tokens = []
    end = first = 0
    for i in range(len(read.ids)):
        start = end + _unzigzag(int(read.gaps[i]))
        end = start + int(read.lengths[i])
        last = first + int(read.sizes[i])
        tokens.append(
            TokenScore(
                token=int(read.ids[i]),
                text=text[start:end],
                start=start,
                end=end,
                surprisal=float(read.surprisal[i]),
                entropy=float(read.entropy[i]),
                kl=float(read.kl[i]),
                shift=float(read.shift[i]),
                top=tuple(
                    Alternative(int(read.top_ids[place]), read.texts[int(place)], float(p))
                    for place, p in zip(
                        read.top_places[first:last], read.top_p[first:last], strict=True
                    )
                ),
            )
        )
        first = last
    return tuple(tokens)


def shortened(blob: bytes, text: str) -> bytes:
    """The blob without its alternatives, a third of its size; judging a message again needs none."""
    return encode([replace(token, top=()) for token in decode(blob, text)])


def without(blob: bytes, text: str, told: Callable[[str], bool]) -> bytes:
    """The blob without the alternatives whose text ``told`` accepts; if there are none, ``blob`` itself."""
    if not any(map(told, _read(blob).texts)):
        return blob
    tokens = decode(blob, text)
    return encode(
        [replace(t, top=tuple(one for one in t.top if not told(one.text))) for t in tokens]
    )


def _kept(score: TokenScore) -> list[Alternative]:
    if score.surprisal < SURPRISED:
        return []
    return [alternative for alternative in score.top[:ALTERNATIVES] if alternative.p >= LEAST_P]


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _unzigzag(value: int) -> int:
    return value // 2 if value % 2 == 0 else -(value + 1) // 2
