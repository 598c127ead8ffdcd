"""Packs what an episode carries besides its text into few bytes: its moments, vector and reasons.

- **Moments**: one blob holds all moments of an episode. Token ids are exact. A probability takes one
  byte on a square-root scale (its error is at most .004); tokens less likely than ``LEAST_P`` are left
  out. The values of triggers, entropy and KL are float16. Most tokens of a message have the same
  thresholds, so each pair of statistic and threshold is written once. The blob is laid out column by
  column and deflated.
- **Vector**: a unit vector as one signed byte per component, scaled so that its greatest component
  becomes ±127. Reading divides the bytes by their length, so no scale is stored. A cosine changes by
  .0004 (standard deviation; measured on 3,500 texts with all-MiniLM-L6-v2), at most by .002.
- **Reasons**, the contributions to the explained score: each a number that stands for the feature's name,
  and two float16 values.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from itertools import islice
from typing import get_args

import numpy as np
import numpy.typing as npt

from nowprint.memory.storage.columns import Reader, halves, planes, root
from nowprint.records import Contribution, Moment, Signature, Statistic, Trigger

FloatArray = npt.NDArray[np.float32]

LEAST_P = 0.0037
"""Tokens of a signature less likely than this are left out; together they rarely make up one percent. The
bound lies between two steps of the scale, so that encoding a decoded signature leaves out no more."""

_VERSION = 2
_HASHES_IN_HEX = 1
_STATISTICS: tuple[Statistic, ...] = get_args(Statistic)


# --- vectors -----------------------------------------------------------------------------------


def encode_vector(vector: FloatArray) -> bytes:
    """A unit vector, shape (d,), as d signed bytes."""
    return bytes(encode_vectors(vector[np.newaxis])[0].tobytes())


def encode_vectors(vectors: FloatArray) -> npt.NDArray[np.int8]:
    """The same of many, shape (n, d)."""
    greatest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0).astype(np.float64)
    scales = 127.0 / np.where(greatest == 0.0, 1.0, greatest)
    return np.rint(vectors * scales.astype(vectors.dtype)).astype(np.int8)


def decode_vectors(blobs: Sequence[bytes], dimension: int) -> FloatArray:
    """The encoded vectors as unit vectors, shape (len(blobs), dimension), float32."""
    flat = np.frombuffer(b"".join(blobs), dtype=np.int8)
    vectors = flat.reshape(len(blobs), dimension).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors


# --- the explained score -----------------------------------------------------------------------


def encode_reasons(reasons: Sequence[Contribution], name_id: Callable[[str], int]) -> bytes:
    """``name_id`` returns the number that the database stores for a feature's name."""
    names = np.array([name_id(reason.feature) for reason in reasons], "<u2").tobytes()
    values = halves(reason.value for reason in reasons)
    return b"".join((names, values, halves(reason.contribution for reason in reasons)))


def decode_reasons(blob: bytes, name: Callable[[int], str]) -> tuple[Contribution, ...]:
    reader = Reader(blob)
    count = len(blob) // 6
    names = reader.bytes(2 * count).view("<u2").tolist()
    columns = zip(names, reader.halves(count).tolist(), reader.halves(count).tolist(), strict=True)
    return tuple(Contribution(name(id), value, part) for id, value, part in columns)


def place_of(part: str, text: str) -> tuple[int, int] | None:
    """Start and end of the first ``part`` in ``text``, in code points; None if ``text`` lacks it."""
    start = text.find(part)
    return None if start < 0 else (start, start + len(part))


# --- moments -----------------------------------------------------------------------------------


def encode_moments(moments: Sequence[Moment]) -> bytes:
    triggers = [trigger for moment in moments for trigger in moment.triggers]
    kinds = list(dict.fromkeys((t.statistic, t.threshold) for t in triggers))
    tops = [_top(moment.signature) for moment in moments]
    columns = (
        planes([len(moments), len(kinds)]),
        planes(moment.message_id for moment in moments),
        planes(moment.index for moment in moments),
        planes(len(top) for top in tops),
        planes(id for top in tops for id, _ in top),
        root([p for top in tops for _, p in top], 1.0),
        halves(moment.signature.entropy for moment in moments),
        halves(moment.signature.kl for moment in moments),
        planes(len(moment.triggers) for moment in moments),
        planes(kinds.index((t.statistic, t.threshold)) for t in triggers),
        halves(t.value for t in triggers),
        planes(_STATISTICS.index(statistic) for statistic, _ in kinds),
        halves(threshold for _, threshold in kinds),
    )
    hashes = [bytes.fromhex(moment.signature.context_hash) for moment in moments]
    texts = [moment.text for moment in moments]
    lengths = [planes(map(len, hashes)), *hashes, planes(map(len, texts))]
    body = b"".join((*columns, *lengths, "".join(texts).encode("utf-8", "replace")))
    return bytes([_VERSION]) + zlib.compress(body, 9, wbits=-15)


def decode_moments(blob: bytes) -> tuple[Moment, ...]:
    reader = Reader(zlib.decompress(blob[1:], wbits=-15))
    count, different = reader.planes(2).tolist()
    messages = reader.planes(count).tolist()
    indices = reader.planes(count).tolist()
    sizes = reader.planes(count).tolist()
    ids = reader.planes(sum(sizes)).tolist()
    tops = zip(ids, reader.root(sum(sizes), 1.0).tolist(), strict=True)
    entropies = reader.halves(count).tolist()
    kls = reader.halves(count).tolist()
    triggered = reader.planes(count).tolist()
    kinds = reader.planes(sum(triggered)).tolist()
    values = reader.halves(sum(triggered)).tolist()
    statistics = reader.planes(different).tolist()
    thresholds = reader.halves(different).tolist()
    triggers = (
        Trigger(_STATISTICS[statistics[kind]], value, thresholds[kind])
        for kind, value in zip(kinds, values, strict=True)
    )
    if blob[0] == _HASHES_IN_HEX:
        mixed = reader.texts(2 * count)
        texts, hashes = mixed[::2], mixed[1::2]
    else:
        lengths = reader.planes(count).tolist()
        hashes = [reader.bytes(length).tobytes().hex() for length in lengths]
        texts = reader.texts(count)
    moments = []
    for at in range(count):
        top = tuple(islice(tops, sizes[at]))
        moments.append(
            Moment(
                message_id=messages[at],
                index=indices[at],
                text=texts[at],
                triggers=tuple(islice(triggers, triggered[at])),
                signature=Signature(
                    tokens=tuple(id for id, _ in top),
                    probabilities=tuple(p for _, p in top),
                    entropy=entropies[at],
                    kl=kls[at],
                    context_hash=hashes[at],
                ),
            )
        )
    return tuple(moments)


def _top(signature: Signature) -> list[tuple[int, float]]:
    pairs = zip(signature.tokens, signature.probabilities, strict=True)
    return [(id, p) for id, p in pairs if p >= LEAST_P]
