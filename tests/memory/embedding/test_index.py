"""The index is a cache: whatever happens to its files, the store's embeddings come back."""

from __future__ import annotations

import errno
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from nowprint.errors import ProfileError
from nowprint.memory.embedding.index import Index, Stamp
from nowprint.memory.storage.episode_codec import FloatArray, encode_vector

STAMP = Stamp("me", "embedder", 32)


def unit(count: int, seed: int = 1) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(count, 32))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def in_memory(index: Index) -> bytes:
    """The graph's own copy of every vector, removed ones included."""
    data: bytes = index._graph.__getstate__()[0]["data_level0"].tobytes()
    return data


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
    vectors = unit(600)
    saved(path, vectors)
    built = Index(None, STAMP)
    built.open(range(1, 601), vectors, 5)
    index = Index(path, STAMP)
    index.open(range(1, 601), vectors, 5)
    assert index.fault == ""
    assert index.changes == 0
    for row in range(0, 600, 50):  # by the same links, the same places with the same cosines
        found, expected = index.search(vectors[row], 20), built.search(vectors[row], 20)
        assert [id for id, _ in found] == [id for id, _ in expected]
        assert [c for _, c in found] == pytest.approx([c for _, c in expected], abs=1e-5)
    index.add([601], unit(1, seed=8))
    assert index.search(unit(1, seed=8)[0], 1)[0][0] == 601


def test_a_full_disk_leaves_the_old_index_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(path, unit(60))
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    index = Index(path, STAMP)
    index.open(range(1, 61), unit(60), 5)
    index.add([61], unit(1, seed=8))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(ProfileError, match="could not be saved"):
            index.save(6)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before
    assert index.changes
    index.save(6)
    assert index.changes == 0


def test_an_entry_of_another_vector_is_linked_anew(path: Path) -> None:
    """The file says nothing of vectors, so that only its check sums can tell."""
    vectors = unit(300)
    saved(path, vectors)
    vectors[9] = unit(1, seed=9)[0]
    index = Index(path, STAMP)
    index.open(range(1, 301), vectors, 5)
    assert index.changes > 0
    near = int(np.argsort(-(vectors @ vectors[9]))[1]) + 1
    assert [id for id, _ in index.search(vectors[9], 2)] == [10, near]
    assert 10 in [id for id, _ in index.search(vectors[near - 1], 5)]


def test_a_file_of_an_earlier_version_is_replaced(path: Path) -> None:
    """It was hnswlib's own, with every vector in it."""
    vectors = unit(50)
    saved(path, vectors)
    sidecar = path.with_name("index.hnsw.json")
    record = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps(record | {"format": 1}))
    path.write_bytes(vectors.tobytes())
    index = Index(path, STAMP)
    index.open(range(1, 51), vectors, 5)
    assert "another version" in index.fault
    index.save(5)
    assert vectors[3].tobytes() not in path.read_bytes()


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


def test_no_vector_is_ever_in_the_file(path: Path) -> None:
    vectors = unit(20)
    saved(path, vectors)
    data = zlib.decompress(path.read_bytes().partition(b"\n")[2])
    eighths = encode_vector(vectors[4])
    for stored in (vectors[4].tobytes(), vectors[4].astype("<f2").tobytes(), eighths):
        assert stored[:8] not in data


def test_removed_entries_are_empty(path: Path) -> None:
    vectors = unit(20)
    index = Index(path, STAMP)
    index.open(range(1, 21), vectors, 1)
    assert vectors[4].tobytes() in in_memory(index)
    index.remove([5])
    assert vectors[4].tobytes() not in in_memory(index)
    index.save(2)
    again = Index(path, STAMP)
    again.open([n for n in range(1, 21) if n != 5], np.delete(vectors, 4, axis=0), 2)
    assert again.fault == ""
    assert again.changes == 0
    assert 5 not in dict(again.search(vectors[4], 19))
    assert vectors[4].tobytes() not in in_memory(again)


def test_what_was_hidden_when_a_kill_came_is_empty_after(path: Path) -> None:
    vectors = unit(20)
    index = Index(path, STAMP)
    index.open(range(1, 21), vectors, 1)
    index.hide([5])
    index.save(2)
    again = Index(path, STAMP)
    again.open([n for n in range(1, 21) if n != 5], np.delete(vectors, 4, axis=0), 3)
    assert vectors[4].tobytes() not in in_memory(again)
    again.add([5], vectors[4:5])  # its forgetting was undone
    assert again.search(vectors[4], 1)[0][0] == 5


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


def test_hidden_entries_that_cut_the_graph_in_two_hide_nothing_else(path: Path) -> None:
    chance = np.random.default_rng(24)
    index = Index(path, STAMP)
    first = 1
    for _ in range(4):  # lives of few words, each forgotten before the next
        vectors = np.zeros((100, 32), np.float32)
        for row in vectors:
            row[chance.integers(0, 32, 3)] = 1.0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        ids = [*range(first, first + 100)]
        for count, (id, vector) in enumerate(zip(ids, vectors, strict=True), 1):
            index.add([id], vector[None])
            assert len(index.search(vector, 50)) == min(50, count)
        index.hide(ids)
        first += 100
