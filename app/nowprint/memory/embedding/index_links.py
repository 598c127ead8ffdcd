"""Packs an HNSW graph of nearest neighbours (arXiv:1603.09320) into bytes: its links, not its vectors.

hnswlib's own file keeps every vector as float32, four times the bytes that the database stores of it
anyway. Instead, this module takes the state apart that hnswlib pickles an index by: it writes labels,
deletion marks and links column by column and deflates them. For reading, the caller supplies the vectors
from the database. So the file is a fortieth of the size, and never held a vector that was forgotten.
With each label the file has a checksum of the vector that its links were made for.

Why not hnswlib's public ``save_index``, or no file at all? Measured with 10,000 (50,000) episodes of 384
numbers: the links take 31 (36) bytes per episode and 0.1 s (1.1 s) to open. ``save_index`` takes 1,653
bytes, where an episode may take 2,000 in all, and its file holds forgotten vectors until it is written
anew. Building the graph at each start takes 1.4 s (11.4 s) on two cores. The price is a dependency on the
layout of hnswlib's state, so its version is pinned, and tests/memory/embedding/test_index.py compares
what is read with what was written.

The layout in hnswlib 0.8: ``data_level0`` has one row per element: a header of four bytes (the number of
links in two bytes, then the deletion mark), room for the links, the vector and the label. ``link_lists``
has one row per element and upper level: the same header and links, without vector and label.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import hnswlib  # type: ignore[import-not-found, import-untyped, unused-ignore]
import numpy as np
import numpy.typing as npt

from nowprint.memory.storage.columns import Reader, planes
from nowprint.memory.storage.episode_codec import FloatArray, encode_vectors

_HEADER = 4
_MARK = 2
_SLICE = 4096
_NONE = np.uint32(0xFFFFFFFF)
_SCALARS = (
    "ser_version",
    "space",
    "dim",
    "index_inited",
    "ep_added",
    "normalize",
    "num_threads",
    "seed",
    "offset_level0",
    "max_elements",
    "cur_element_count",
    "size_data_per_element",
    "label_offset",
    "offset_data",
    "max_level",
    "enterpoint_node",
    "max_M",
    "max_M0",
    "M",
    "mult",
    "ef_construction",
    "ef",
    "size_links_per_element",
    "allow_replace_deleted",
)

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Links:
    """A graph without its vectors. In the graph's order, shape (n,) each: ``labels``, whether each is
    ``marked`` as deleted, and ``sums``, the checksums of their vectors. ``levels``, shape (max_elements,),
    counts the upper levels of each. ``ground`` and ``upper`` are the rows of ``data_level0`` (without
    vector and label) and ``link_lists``; ``scalars`` is the rest of the state."""

    scalars: dict[str, Any]
    labels: npt.NDArray[np.int64]
    marked: npt.NDArray[np.bool_]
    sums: npt.NDArray[np.uint32]
    levels: npt.NDArray[np.int32]
    ground: Bytes
    upper: Bytes


def check_sums(vectors: FloatArray) -> npt.NDArray[np.uint32]:
    """A checksum (CRC-32 of the stored bytes) per row, shape (rows,); the same for a unit vector and for what
    the database gives back of it."""
    slices = (vectors[first : first + _SLICE] for first in range(0, len(vectors), _SLICE))
    return np.array([zlib.crc32(row) for some in slices for row in encode_vectors(some)], np.uint32)


def encode(graph: hnswlib.Index, sums: dict[int, int]) -> bytes:
    """The graph as bytes; ``sums`` has the checksum of each label's vector."""
    state = graph.__getstate__()[0]
    count, room = state["cur_element_count"], _HEADER + 4 * state["max_M0"]
    rows = state["data_level0"].view(np.uint8).reshape(count, state["size_data_per_element"])
    labels = _labels(rows, state["label_offset"])
    upper = state["link_lists"].view(np.uint8).reshape(-1, state["size_links_per_element"])
    body = b"".join(
        (
            planes(np.diff(labels, prepend=0).astype(np.int64) + 2**31),
            np.ascontiguousarray(rows[:, _MARK]).tobytes(),
            np.array([sums[int(label)] for label in labels], "<u4").tobytes(),
            state["element_levels"][:count].astype(np.uint8).tobytes(),
            _pack(rows[:, :room]),
            _pack(upper),
        )
    )
    scalars = {name: state[name] for name in _SCALARS} | {"upper": len(upper)}
    return json.dumps(scalars).encode() + b"\n" + zlib.compress(body, 9)


def decode(data: bytes) -> Links:
    """What ``encode`` packed. ValueError, KeyError, IndexError or zlib.error for any other bytes."""
    head, _, packed = data.partition(b"\n")
    scalars = json.loads(head)
    count = scalars["cur_element_count"]
    reader = Reader(zlib.decompress(packed))
    labels = np.cumsum(reader.planes(count).astype(np.int64) - 2**31)
    marked = reader.bytes(count).astype(bool)
    sums = reader.bytes(4 * count).view("<u4").astype(np.uint32)
    levels = np.zeros(scalars["max_elements"], np.int32)
    levels[:count] = reader.bytes(count)
    ground = _unpack(reader, count, scalars["max_M0"], count)
    upper = _unpack(reader, scalars.pop("upper"), scalars["max_M"], count)
    astray = count and not 0 <= scalars["enterpoint_node"] < count
    if astray or int(levels.sum()) != len(upper):
        raise ValueError("links that lead nowhere")
    return Links(scalars, labels, marked, sums, levels, ground, upper)


def graph_of(links: Links, vectors: FloatArray, marked: Sequence[bool]) -> hnswlib.Index:
    """The graph that ``links`` describes. In the order of its labels, ``vectors``, shape (n, d), has a unit
    vector (or zeros) for each, and ``marked`` says which are deleted."""
    scalars = links.scalars
    count, offset, label = len(links.labels), scalars["offset_data"], scalars["label_offset"]
    rows = np.zeros((count, scalars["size_data_per_element"]), np.uint8)
    rows[:, :offset] = links.ground
    rows[:, _MARK] = marked
    rows[:, offset:label] = np.ascontiguousarray(vectors, "<f4").view(np.uint8)
    rows[:, label:] = links.labels.astype("<u8").reshape(-1, 1).view(np.uint8)
    state = scalars | {
        "has_deletions": any(marked),
        "label_lookup_external": links.labels.astype(np.uint64),
        "label_lookup_internal": np.arange(count, dtype=np.uint32),
        "element_levels": links.levels,
        "data_level0": rows.reshape(-1).view(np.int8),
        "link_lists": links.upper.reshape(-1).view(np.int8),
    }
    graph = hnswlib.Index.__new__(hnswlib.Index)
    graph.__setstate__((state,))
    return graph


def _labels(rows: Bytes, offset: int) -> npt.NDArray[np.int64]:
    labels = np.ascontiguousarray(rows[:, offset : offset + 8]).view("<u8")
    return labels.reshape(-1).astype(np.int64)


def _pack(rows: Bytes) -> bytes:
    """The numbers of links, then each row's links in ascending order, as differences to the link before."""
    counts = np.ascontiguousarray(rows[:, :2]).view("<u2").reshape(-1).astype(np.int64)
    room = (rows.shape[1] - _HEADER) // 4
    links = np.ascontiguousarray(rows[:, _HEADER:]).view("<u4").reshape(-1, room)
    used = np.arange(room) < counts[:, None]
    ordered = np.sort(np.where(used, links, _NONE), axis=1)
    steps = np.diff(ordered.astype(np.int64), axis=1, prepend=0)
    return planes(counts) + planes(steps[used])


def _unpack(reader: Reader, rows: int, room: int, elements: int) -> Bytes:
    counts = reader.planes(rows).astype(np.int64)
    if counts.max(initial=0) > room:
        raise ValueError("more links than there is room for")
    used = np.arange(room) < counts[:, None]
    steps = np.zeros((rows, room), np.int64)
    steps[used] = reader.planes(int(counts.sum()))
    links = np.where(used, np.cumsum(steps, axis=1), 0)
    if links.max(initial=0) >= max(1, elements):
        raise ValueError("links that lead nowhere")
    unpacked = np.zeros((rows, _HEADER + 4 * room), np.uint8)
    unpacked[:, :2] = counts.astype("<u2").reshape(-1, 1).view(np.uint8)
    unpacked[:, _HEADER:] = links.astype("<u4").view(np.uint8)
    return unpacked
