"""Runs of bytes in files: found wherever they stand, across windows and within zlib streams."""

from __future__ import annotations

import errno
import io
import random
import zlib
from pathlib import Path

import pytest

from nowprint.errors import ProfileError
from nowprint.memory.erasure import raw_bytes
from nowprint.memory.erasure.raw_bytes import Search, search

CHANCE = random.Random(9)
RUNS = [CHANCE.randbytes(length) for length in (8, 9, 24, 40) for _ in range(50)]


def test_every_place_counts() -> None:
    looking = Search(RUNS)
    noise = CHANCE.randbytes(5000)
    assert not looking.count(noise)
    for at in range(9):
        data = noise[:at] + RUNS[0] + noise[at:] + RUNS[60] + RUNS[60]
        assert looking.count(data) == {RUNS[0]: 1, RUNS[60]: 2}
    assert looking.count(RUNS[5]) == {RUNS[5]: 1}
    assert not looking.count(RUNS[5][:-1])
    assert not looking.count(b"")
    assert not Search(()).count(noise)


def test_runs_that_begin_alike_and_overlap() -> None:
    looking = Search([b"abcdefgh", b"abcdefghij", b"efghefgh"])
    assert looking.count(b"abcdefghijabcdefghefgh") == {
        b"abcdefgh": 2, b"abcdefghij": 1, b"efghefgh": 1
    }  # fmt: skip


def test_files_windows_and_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_bytes, "_WINDOW", 1000)
    noise = CHANCE.randbytes(3000)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "cut").write_bytes(noise[:985] + RUNS[160] + noise)
    text = b"words " * 900 + RUNS[61] + b" words" * 900
    (tmp_path / "packed").write_bytes(b"head\n" + zlib.compress(text, 9) + b"tail")
    (tmp_path / "broken").write_bytes(zlib.compress(text.replace(RUNS[61], RUNS[70]), 9)[:-6])
    (tmp_path / "none").write_bytes(b"")
    found = search(tmp_path, RUNS)
    assert found.files == 4
    assert found.hits == {RUNS[160]: 1, RUNS[61]: 1, RUNS[70]: 1}
    assert found.names_of({RUNS[160]}) == ["below/cut"]
    assert sorted(found.names_of(set(RUNS))) == ["below/cut", "broken", "packed"]


def test_a_file_that_is_open_is_read_and_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 30 + RUNS[0])
    with open(path, "rb") as file:
        assert search(tmp_path, RUNS, {path: file}).hits == {RUNS[0]: 1}
        assert not file.closed


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "memory.db"
    path.write_bytes(b"")
    with pytest.raises(ProfileError, match=r"removed, but .* can't be searched"):
        search(tmp_path, RUNS, {path: Failing()})
