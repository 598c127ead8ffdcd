"""The index is a cache: whatever happens to its files, the store's embeddings come back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nowprint.memory.embedder import FloatArray
from nowprint.memory.index import Index, Stamp

STAMP = Stamp("me", "embedder", 32)


def unit(count: int, seed: int = 1) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(count, 32))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.hnsw"


def saved(path: Path, vectors: FloatArray) -> None:
    index = Index(path, STAMP)
    index.open(range(1, len(vectors) + 1), vectors, 5)
    index.save(5)


def test_the_nearest_come_first_with_their_cosines(path: Path) -> None:
    vectors = unit(300)
    index = Index(path, STAMP)
    index.open(range(1, 301), vectors, 1)
    found = index.search(vectors[41], 5)
    assert found[0] == (42, pytest.approx(1.0, abs=1e-5))
    exact = np.argsort(-(vectors @ vectors[41]))[:5] + 1
    assert [id for id, _ in found] == exact.tolist()


def test_nothing_at_all_is_no_fault(path: Path) -> None:
    index = Index(path, STAMP)
    index.open([], unit(0), 0)
    assert index.fault == ""
    assert index.search(unit(1)[0], 5) == []


def test_a_matching_file_is_loaded(path: Path) -> None:
    vectors = unit(50)
    saved(path, vectors)
    index = Index(path, STAMP)
    # were it built anew, these would be its vectors
    index.open(range(1, 51), unit(50, seed=2), 5)
    assert index.fault == ""
    assert index.changes == 0
    assert index.search(vectors[7], 1)[0][0] == 8


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "text", "json", "json gone", "other"])
def test_an_unusable_file_is_built_anew(path: Path, damage: str) -> None:
    vectors = unit(50)
    saved(path, vectors)
    sidecar = path.with_name("index.hnsw.json")
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif damage == "cut":
        path.write_bytes(data[:1000])
    elif damage == "gone":
        path.unlink()
    elif damage == "text":
        path.write_text("hello")
    elif damage == "json":
        sidecar.write_text('{"sha256"')
    elif damage == "json gone":
        sidecar.unlink()
    else:
        record = json.loads(sidecar.read_text())
        sidecar.write_text(json.dumps(record | {"identity": "you"}))
    index = Index(path, STAMP)
    index.open(range(1, 51), vectors, 5)
    assert index.fault
    assert index.search(vectors[7], 1)[0][0] == 8
    index.save(5)
    again = Index(path, STAMP)
    again.open(range(1, 51), vectors, 5)
    assert again.fault == ""


def test_an_older_file_is_brought_up_to_date(path: Path) -> None:
    vectors = unit(50)
    saved(path, vectors)
    changed = unit(1, seed=9)[0]
    now = np.vstack([vectors[1:], unit(3, seed=3)])
    now[10] = changed
    index = Index(path, STAMP)
    index.open(range(2, 54), now, 8)
    assert index.fault == ""
    assert index.ids() == frozenset(range(2, 54))
    assert index.search(changed, 1)[0] == (12, pytest.approx(1.0, abs=1e-4))
    assert index.search(now[-1], 1)[0][0] == 53


def test_hidden_entries_are_not_found_and_come_back(path: Path) -> None:
    vectors = unit(20)
    index = Index(path, STAMP)
    index.open(range(1, 21), vectors, 1)
    index.hide([5])
    assert 5 not in dict(index.search(vectors[4], 20))
    index.show([5])
    assert index.search(vectors[4], 1)[0][0] == 5


def test_removed_entries_leave_no_bytes(path: Path) -> None:
    vectors = unit(20)
    index = Index(path, STAMP)
    index.open(range(1, 21), vectors, 1)
    index.save(1)
    stored = np.asarray(index.vector(5), dtype=np.float32).tobytes()
    assert stored in path.read_bytes()
    index.remove([5])
    index.save(2)
    assert stored not in path.read_bytes()
    assert stored[:16] not in path.read_bytes()
    again = Index(path, STAMP)
    again.open([n for n in range(1, 21) if n != 5], np.delete(vectors, 4, axis=0), 2)
    assert again.fault == ""
    assert 5 not in dict(again.search(vectors[4], 19))


def test_what_was_hidden_when_a_kill_came_is_overwritten(path: Path) -> None:
    """Marked in the saved file, its row gone: nobody else would ever overwrite the vector."""
    vectors = unit(20)
    index = Index(path, STAMP)
    index.open(range(1, 21), vectors, 1)
    stored = np.asarray(index.vector(5), dtype=np.float32).tobytes()
    index.hide([5])
    index.save(2)
    again = Index(path, STAMP)
    again.open([n for n in range(1, 21) if n != 5], np.delete(vectors, 4, axis=0), 3)
    again.save(3)
    assert stored not in path.read_bytes()


def test_all_but_a_few_removed(path: Path) -> None:
    vectors = unit(500)
    index = Index(path, STAMP)
    index.open(range(1, 501), vectors, 1)
    index.remove(range(1, 499))
    assert {id for id, _ in index.search(vectors[0], 50)} == {499, 500}
    assert index.worn()
    index.rebuild([499, 500], vectors[498:])
    assert not index.worn()
    assert {id for id, _ in index.search(vectors[0], 50)} == {499, 500}
