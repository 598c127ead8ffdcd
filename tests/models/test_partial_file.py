"""What is on the disk of a download, and a disk that takes no more."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import UserError
from nowprint.models import downloads, partial_file
from nowprint.models.downloads import Download

from .downloading import (
    MODEL,
    SIZE,
    fails,
    nothing,
    one,
    own_process,
    size_of,
)
from .hub_server import PIECE, HubServer


def test_room_on_the_disk_is_looked_for_before_anybody_is_contacted(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "RESERVE", 1 << 60)
    fails(
        download, r"a\.gguf needs 11\d+\.\d GB more on the disk, and \d+\.\d GB are free: free some"
    )
    assert hub.requests == []


class Small:
    """A file whose disk takes so many bytes at once, and in all."""

    at_once = most = SIZE

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._file = open(*arguments, **options)  # noqa: SIM115 - closed as the real one is

    def __enter__(self) -> Small:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: memoryview) -> int:
        room = min(self.at_once, self.most - self._file.tell())
        if not room:
            full(0)
        return int(self._file.write(data[:room]))


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_keeps_what_came_and_goes_on(
    call: str, hub: HubServer, folder: Path, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        if call == "write":
            patched.setattr(Small, "most", 7 * PIECE // 2)
            patched.setattr(partial_file, "open", Small, raising=False)
        else:
            patched.setattr("os.fsync", full)
        fails(download, "[Tt]he disk is full: free some space")
    had = size_of(folder / "maker--m" / "a.gguf.part")
    assert had == (7 * PIECE // 2 if call == "write" else 0)
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert hub.cdn.requests[-1].sent == SIZE - had


def test_a_disk_that_takes_little_at_once(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Small, "at_once", 1000)
    monkeypatch.setattr(partial_file, "open", Small, raising=False)
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL


@pytest.mark.skipif(os.name == "nt", reason="there is no such limit")
def test_a_disk_that_takes_no_large_file(hub: HubServer, folder: Path, download: Download) -> None:
    most = PIECE + 5
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))\n"
    ended = subprocess.run(own_process(one(), folder, limit), capture_output=True, text=True)
    assert "The disk takes no file as large as a.gguf: choose a smaller model" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert size_of(folder / "maker--m" / "a.gguf.part") == most
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert hub.cdn.requests[-1].sent == SIZE - most


def test_a_folder_that_can_not_be_used(hub: HubServer, folder: Path, download: Download) -> None:
    folder.write_bytes(b"no folder")
    fails(download, "can't be used")
    folder.unlink()
    download.path.mkdir(parents=True)
    with pytest.raises(UserError, match="is there already and is another file"):
        download.run(threading.Event(), nothing)
    assert hub.requests == []


def test_it_is_on_the_disk_before_it_has_its_name(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit by bit, so that a pause at the end doesn't wait for all of it."""
    seen: list[tuple[str, int, bool]] = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        kind = "folder" if stat.S_ISDIR(found.st_mode) else "file"
        if kind == "folder" or found.st_size > PIECE:  # no journal
            size = found.st_size if kind == "file" else 0
            seen.append((kind, size, download.path.exists()))
        sync(descriptor)

    monkeypatch.setattr(partial_file, "_SYNC_BYTES", SIZE // 2)
    monkeypatch.setattr("os.fsync", fsync)
    download.run(threading.Event(), nothing)
    kinds = [kind for kind, size, has_name in seen if has_name]
    assert kinds == (["folder"] if os.name != "nt" else [])
    files = [size for kind, size, has_name in seen if kind == "file" and not has_name]
    assert files == sorted(files)
    assert len(files) >= 3
    assert SIZE // 2 <= files[0] < SIZE
    assert files[-1] == SIZE
