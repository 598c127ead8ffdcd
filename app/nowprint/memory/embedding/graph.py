"""A graph of nearest neighbours as bytes that hold its links and none of its vectors.

hnswlib's own file keeps every vector as float32, four times what the store holds of it already. Its
state (the one it is pickled by) is taken apart instead: labels, marks and links are written, column
by column and deflated; when it is read, the vectors come from the store. So the file is a fortieth
of the size, and no vector that is forgotten was ever in it. With every label stands a check sum of
the vector that its links were made for.

Why not hnswlib's public ``save_index``, or no file at all: with 10,000 episodes of 384 numbers (50,000)
the links take 31 (36) bytes an episode and 0.1 s (1.1 s) to open, ``save_index`` 1,653 bytes, where an
episode may take 2,000 in all, and holds what is forgotten until the file is written anew; building the
graph at each start takes 1.4 s (11.4 s) of two cores. The price is the state's layout, so hnswlib's
version is pinned, and tests/memory/embedding/test_index.py holds what is read to what was written.

The state's layout, of hnswlib 0.8: ``data_level0`` has a row an element (a header of four bytes: how
many links, as two bytes, then the mark of deletion; room for the links; the vector; the label), and
``link_lists`` has rows of the same kind without vector and label, one an element and upper level.
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
from nowprint.memory.storage.episode_codec import FloatArray, encode_vector

_HEADER = 4
_MARK = 2
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
    """A graph without its vectors: ``labels`` in the graph's order, whether each is marked as
    deleted, and the check sum of the vector that it had."""

    scalars: dict[str, Any]
    labels: npt.NDArray[np.int64]
    marked: npt.NDArray[np.bool_]
    sums: npt.NDArray[np.uint32]
    levels: npt.NDArray[np.int32]
    ground: Bytes
    upper: Bytes


def check_sums(vectors: FloatArray) -> npt.NDArray[np.uint32]:
    """One number a row, the same for a vector and for what the store gives back of it."""
    return np.array([zlib.crc32(encode_vector(row)) for row in vectors], np.uint32)


def encode(graph: hnswlib.Index, sums: dict[int, int]) -> bytes:
    """``sums``: the check sum of every label."""
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
    """ValueError (of which JSON's is one), KeyError, IndexError or zlib.error for anything else."""
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
    """The graph again, with a unit vector (or zeros) for each of its labels in their order."""
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
    """Counts, then the links of each row in ascending order as differences."""
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
