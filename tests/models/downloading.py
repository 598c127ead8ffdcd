"""What the tests of downloads share: a model, a download on its way, what is on the disk of it."""

from __future__ import annotations

import hashlib
import json
import pickle
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import Interrupted, UserError
from nowprint.models.downloads import Download, DownloadProgress
from nowprint.models.hub import HubFile, HubFileSet

from .hub_server import COMMIT, PIECE, HubServer


def weights(size: int, seed: int = 1) -> bytes:
    """Bytes that begin as a model does, and are the same for a seed."""
    return b"GGUF" + random.Random(seed).randbytes(size - 4)


PROMPT = 0.5
"""Seconds that a pause may take."""
SIZE = 40 * PIECE
PATIENCE = 30.0
"""Seconds until a test fails."""
MODEL = weights(SIZE)
CODE = """
import pickle, sys
from pathlib import Path
from threading import Event
from nowprint.models.downloads import Download
from nowprint.errors import UserError
files = pickle.loads(bytes.fromhex(sys.argv[1]))
try:
    Download(files, Path(sys.argv[2])).run(Event(), lambda _: None)
except UserError as told:
    sys.exit(str(told))
"""


def own_process(files: HubFileSet, folder: Path, first: str = "") -> list[str]:
    """The command that downloads them in a process of its own, after what is to be done ``first``."""
    return [sys.executable, "-c", first + CODE, pickle.dumps(files).hex(), str(folder)]


def nothing(_: DownloadProgress) -> None:
    pass


def file_of(data: bytes, path: str = "a.gguf", repository: str = "maker/m") -> HubFile:
    return HubFile(repository, COMMIT, path, len(data), hashlib.sha256(data).hexdigest())


def one(data: bytes = MODEL, path: str = "a.gguf") -> HubFileSet:
    return HubFileSet((file_of(data, path),))


def names(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def journal(folder: Path) -> Any:
    return json.loads((folder / "maker--m" / "a.gguf.part.json").read_text(encoding="utf-8"))


def fails(download: Download, says: str) -> None:
    """One sentence, and nothing has its name."""
    with pytest.raises(UserError, match=says) as told:
        download.run(threading.Event(), nothing)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)
    assert not download.path.exists()


class Running:
    """A download on a thread of its own, and how it ended."""

    def __init__(self, download: Download) -> None:
        self.stop = threading.Event()
        self.ended: UserError | None = None
        self.told: list[DownloadProgress] = []
        self._download = download
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._download.run(self.stop, self.told.append)
        except UserError as told:
            self.ended = told

    def pause(self) -> None:
        """Within half a second it is broken off."""
        began = time.monotonic()
        self.stop.set()
        self._thread.join(PATIENCE)
        assert time.monotonic() - began < PROMPT
        assert isinstance(self.ended, Interrupted)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def sent(hub: HubServer) -> int:
    return sum(asked.sent for asked in hub.cdn.requests)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
