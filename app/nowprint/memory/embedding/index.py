"""The nearest-neighbour index: a cache of the database's embeddings, labelled by episode id.

The embeddings in the database are authoritative, and the index file holds no vector, only the links
between them (index_links.py). Beside it, a small JSON file holds the SHA-256 of the index file, the
database's identity and generation, the embedder and its dimension. If the hash, identity, embedder or
dimension differs, or the file can't be read, the index is built anew from the database. If only the
generation differs (after a kill before the last save), the index is brought up to date entry by entry.

Removing: hnswlib's ``mark_deleted`` leaves the vector in memory. So a forgotten episode is only marked,
since the user may undo that for a minute. The vector of a purged episode is overwritten with zeros; its
emptied place stays until the index is next built.
"""

from __future__ import annotations

import hashlib
import json
import threading
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import hnswlib  # type: ignore[import-not-found, import-untyped, unused-ignore]
import numpy as np

from nowprint.errors import ProfileError, UserError
from nowprint.memory.embedding.index_links import Links, check_sums, decode, encode, graph_of
from nowprint.memory.embedding.vectors import nearest
from nowprint.memory.storage.episode_codec import FloatArray
from nowprint.saving import Cipher, read_file, write_file

_FORMAT = 2
_M = 12
_EF_CONSTRUCTION = 120
_EF_SEARCH = 320
_SAME = 0.999
"""The least cosine at which a stored vector and an indexed one count as the same."""
_EMPTY_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index file was made from."""

    identity: str
    embedder: str
    dimension: int


@dataclass(frozen=True, slots=True)
class _Record:
    sha256: str
    generation: int
    format: int
    identity: str
    embedder: str
    dimension: int


class Index:
    """The index of one profile. Thread-safe. ``path`` is None for an index that is never saved."""

    def __init__(self, path: Path | None, stamp: Stamp, cipher: Cipher | None = None) -> None:
        self._path = path
        self._cipher = cipher
        self._stamp = stamp
        self._lock = threading.RLock()
        self._live: set[int] = set()
        self._held: set[int] = set()
        self._emptied: set[int] = set()
        self._sums: dict[int, int] = {}
        self.changes = 0
        self.fault = ""
        """Why the file could not be used, worded to follow "The search index"; empty if it could."""
        self._graph = self._empty(0)

    # --- opening ---------------------------------------------------------------------------

    def open(self, ids: Iterable[int], vectors: FloatArray, generation: int) -> None:
        """Load the file if it belongs to this database and embedder, then make the entries equal to ``ids``
        and ``vectors``, shape (n, dimension). ``generation`` is the database's; ``fault`` says why a file
        could not be used and the index was built anew."""
        labels = [int(id) for id in ids]
        with self._lock:
            found = self._load()
            if found is None:
                if labels and not self.fault:
                    self.fault = "was missing"
                self._build(labels, vectors)
                return
            links, recorded = found
            stale = self._join(links, labels, vectors)
            if recorded != generation or len(self._live) != len(labels) or stale:
                self._catch_up(labels, vectors, stale)
                self.changes += 1

    def _load(self) -> tuple[Links, int] | None:
        """The file's links and its generation. None if there is no usable file; ``fault`` then has the reason
        for an unusable one."""
        if self._path is None or not (self._path.exists() or self._sidecar.exists()):
            return None
        try:
            record = _Record(**json.loads(read_file(self._sidecar, self._cipher)))
            if record.format != _FORMAT:
                self.fault = "was made by another version"
                return None
            data = read_file(self._path, self._cipher)
            if hashlib.sha256(data).hexdigest() != record.sha256:
                raise ValueError("checksum")
            if Stamp(record.identity, record.embedder, record.dimension) != self._stamp:
                self.fault = "belonged to another database or embedder"
                return None
            return decode(data), record.generation
        except (OSError, ValueError, TypeError, KeyError, zlib.error):
            self.fault = "was damaged"
            return None

    def _join(self, links: Links, labels: list[int], vectors: FloatArray) -> list[int]:
        """Make the graph from ``links`` and ``vectors``. Returns the labels whose vector differs from the
        one that the links were made for. A label of the file without a vector was forgotten: its place
        is empty."""
        place = {label: row for row, label in enumerate(labels)}
        rows = np.array([place.get(label, -1) for label in links.labels.tolist()], np.int64)
        there = rows >= 0
        joined = np.zeros((len(rows), self._stamp.dimension), np.float32)
        joined[there] = vectors[rows[there]]
        if len(rows):  # otherwise the empty graph of __init__ will do
            self._graph = graph_of(links, joined, (~there).tolist())
        self._held = set(links.labels.tolist())
        self._live = set(links.labels[there].tolist())
        self._emptied = self._held - self._live
        self._sums = dict(zip(links.labels.tolist(), links.sums.tolist(), strict=True))
        changed = check_sums(joined[there]) != links.sums[there]
        return [int(label) for label in links.labels[there][changed]]

    def _build(self, labels: list[int], vectors: FloatArray) -> None:
        self._graph = self._empty(len(labels))
        if labels:
            self._graph.add_items(vectors, labels)
        self._live = set(labels)
        self._held = set(labels)
        self._emptied = set()
        self._sums = {}
        self._note(labels, vectors)
        self.changes += 1

    def _catch_up(self, labels: list[int], vectors: FloatArray, stale: list[int]) -> None:
        place = {label: row for row, label in enumerate(labels)}
        wanted = sorted(place.keys() - self._live) + stale
        if wanted:
            self.add(wanted, vectors[[place[label] for label in wanted]])

    # --- changes ---------------------------------------------------------------------------

    def add(self, ids: Iterable[int], vectors: FloatArray) -> None:
        """Add entries, or replace those that are there."""
        labels = [int(id) for id in ids]
        if not labels:
            return
        with self._lock:
            fresh = len(set(labels) - self._held)
            room = self._graph.get_max_elements()
            if len(self._held) + fresh > room:
                self._graph.resize_index(max(2 * room, len(self._held) + fresh))
            self._graph.add_items(vectors, labels)
            self._held.update(labels)
            self._live.update(labels)
            self._emptied.difference_update(labels)
            self._note(labels, vectors)
            self.changes += len(labels)

    def _note(self, labels: Sequence[int], vectors: FloatArray) -> None:
        self._sums.update(zip(labels, check_sums(vectors).tolist(), strict=True))

    def hide(self, ids: Iterable[int]) -> None:
        """Let ``search`` no longer find these; their vectors stay in memory for ``show``."""
        with self._lock:
            for label in {int(id) for id in ids} & self._live:
                self._graph.mark_deleted(label)
                self._live.discard(label)
                self.changes += 1

    def show(self, ids: Iterable[int]) -> None:
        with self._lock:
            for label in ({int(id) for id in ids} & self._held) - self._live - self._emptied:
                self._graph.unmark_deleted(label)
                self._live.add(label)
                self.changes += 1

    def remove(self, ids: Iterable[int]) -> None:
        """Remove these for good: their vectors are overwritten with zeros."""
        with self._lock:
            labels = sorted(({int(id) for id in ids} & self._held) - self._emptied)
            if not labels:
                return
            self.show(labels)
            self._graph.add_items(np.zeros((len(labels), self._stamp.dimension)), labels)
            self.hide(labels)
            self._emptied.update(labels)
            self._sums.update(dict.fromkeys(labels, 0))

    # --- reading ---------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._live)

    def ids(self) -> frozenset[int]:
        with self._lock:
            return frozenset(self._live)

    def differing(self, ids: Sequence[int], vectors: FloatArray) -> list[int]:
        """The ids whose vector in the index differs from their row in ``vectors``, shape (n, dimension)."""
        with self._lock:
            rows = [row for row, id in enumerate(ids) if id in self._live]
            if not rows:
                return []
            labels = [ids[row] for row in rows]
            stored = vectors[rows]
            indexed = np.asarray(self._graph.get_items(labels), dtype=np.float32)
        length = np.maximum(np.linalg.norm(stored, axis=1), 1e-9)
        same = np.einsum("ij,ij->i", stored, indexed) / length >= _SAME
        return [label for label, equal in zip(labels, same, strict=True) if not equal]

    def search(self, vector: FloatArray, k: int) -> list[tuple[int, float]]:
        """The ids of the ``k`` nearest entries with their cosines, nearest first; ``vector`` has the shape
        (dimension,)."""
        with self._lock:
            k = min(k, len(self._live))
            if k == 0:
                return []
            self._graph.set_ef(max(_EF_SEARCH, 2 * k))
            try:
                labels, distances = self._graph.knn_query(vector.reshape(1, -1), k=k)
            except RuntimeError:
                # Marked entries surround the query, or cut the graph in two: compare all of the others.
                live = sorted(self._live)
                vectors = np.asarray(self._graph.get_items(live), dtype=np.float32)
                return [*nearest(live, vectors, vector, k).items()]
        pairs = zip(labels[0], distances[0], strict=True)
        return [(int(label), 1.0 - float(distance)) for label, distance in pairs]

    def worn(self) -> bool:
        """Whether so many places are hidden or emptied that building the index anew pays."""
        return len(self._held) - len(self._live) > max(100, _EMPTY_SHARE * len(self._held))

    def rebuild(self, ids: Iterable[int], vectors: FloatArray) -> None:
        with self._lock:
            self._build([int(id) for id in ids], vectors)

    # --- saving ----------------------------------------------------------------------------

    def save(self, generation: int) -> None:
        """Write the file, then its JSON, so that a kill in between leaves a mismatch at worst.

        ProfileError if they can't be written. ``generation`` is the database's.
        """
        if self._path is None:
            return
        with self._lock:
            try:
                data = encode(self._graph, self._sums)
                record = _Record(
                    hashlib.sha256(data).hexdigest(), generation, _FORMAT, **asdict(self._stamp)
                )
                write_file(self._path, data, self._cipher)
                write_file(self._sidecar, json.dumps(asdict(record)).encode(), self._cipher)
            except (UserError, RuntimeError) as fault:
                raise ProfileError(
                    f"The search index {self._path} could not be saved: "
                    "see that its folder can be written to and has space."
                ) from fault
            self.changes = 0

    @property
    def _sidecar(self) -> Path:
        assert self._path is not None
        return self._path.with_name(self._path.name + ".json")

    def _empty(self, size: int) -> hnswlib.Index:
        graph = hnswlib.Index(space="cosine", dim=self._stamp.dimension)
        graph.init_index(max_elements=max(1024, 2 * size), ef_construction=_EF_CONSTRUCTION, M=_M)
        graph.set_ef(_EF_SEARCH)
        return graph


def file_bytes(path: Path | None) -> int:
    return path.stat().st_size if path is not None and path.exists() else 0
