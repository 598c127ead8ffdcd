"""What every test stands on: a profile of its own, the real models, no network, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil
import pytest
from filelock import FileLock

from nowprint import settings
from nowprint.service.proofs import INITIAL_PROOFS, frames_file
from nowprint.settings import Profile

if TYPE_CHECKING:
    from nowprint.bench.cache import Cache
    from nowprint.engine.engine import Engine
    from nowprint.memory.embedding.embedder import Embedder

OFFLINE = str(Path(__file__).parent / "offline")
sys.path.insert(0, OFFLINE)
import stay_here  # noqa: E402, F401 - from here on nothing leaves this machine

os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (OFFLINE, os.environ.get("PYTHONPATH"))))

if os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") != "1":  # their threads would be in the way
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")

# A shell that runs the tests in the background has interrupts ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

PATIENCE = 10.0
"""Seconds that threads and processes of ours may take to end after a test."""


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def proofs(run_folder: Path) -> None:
    """The engine is proved once for all profiles that the tests make, as far as they don't object."""
    home = run_folder / "proofs"
    code = "import sys; from pathlib import Path; from nowprint.settings import Profile; "
    code += "from nowprint.service.hardware import CPU, Hardware; "
    code += "Hardware(Profile(Path(sys.argv[1])), lambda _: None).ready(CPU)"
    with FileLock(run_folder / "proofs.lock"):
        if not home.exists():
            home.mkdir()
            subprocess.run([sys.executable, "-c", code, str(home)], check=True)
    os.environ[INITIAL_PROOFS] = str(Profile(home).engine)


@pytest.fixture(autouse=True)
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """A profile that isn't there yet; no test can reach the one of whoever runs it."""
    home = tmp_path / "home"
    monkeypatch.setenv(settings.HOME_VARIABLE, str(home))
    return Profile(home)


@pytest.fixture(scope="session")
def migrated() -> Iterator[Callable[..., None]]:
    """Migrates a database. A new one becomes a copy of one that was migrated before: a tenth of the work."""
    import sqlite_utils

    from nowprint.memory.storage.database import _connect
    from nowprint.memory.storage.schema.migrations import migrations

    apply = migrations.apply
    made = _connect(None, None)
    apply(sqlite_utils.Database(made, execute_plugins=False))

    def migrate(database: sqlite_utils.Database, **options: Any) -> None:
        plain = isinstance(database.conn, sqlite3.Connection)
        if not plain or options or database.table_names():
            apply(database, **options)
            return
        made.backup(database.conn)
        with database.atomic():
            database.execute("UPDATE meta SET value = ? WHERE key = 'identity'", [uuid4().hex])

    yield migrate
    made.close()


@pytest.fixture(autouse=True)
def new_databases(migrated: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of tests/memory/storage go through all migrations."""
    from nowprint.memory.storage.schema.migrations import migrations

    monkeypatch.setattr(migrations, "apply", migrated)


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """Windows of the tests have the style that ``gui.app.make_app`` gives them."""
    return ["nowprint", "-style", "fusion"]


@pytest.fixture(scope="session")
def starter_model() -> Path:
    return _present(settings.starter_model())


@pytest.fixture(scope="session")
def embedder_folder() -> Path:
    return _present(settings.bundled_embedder())


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    return _present(settings.bundled_encoder())


@pytest.fixture(scope="session")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    """What embedder and encoder have computed in this process: many tests tell the same sentences."""
    from nowprint.bench.cache import Cache

    with Cache(tmp_path_factory.mktemp("computed") / "cache.db") as cache:
        yield cache


@pytest.fixture(scope="session")
def embedder(embedder_folder: Path, computed: Cache) -> Embedder:
    from nowprint.bench.cache import CachedEmbedder
    from nowprint.memory.embedding.embedder import Embedder

    return CachedEmbedder(Embedder(embedder_folder), computed)


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path, computed: Cache) -> Embedder:
    from nowprint.bench.cache import CachedEmbedder
    from nowprint.memory.embedding.embedder import Embedder

    return CachedEmbedder(Embedder(encoder_folder), computed)


@pytest.fixture(scope="session")
def read_frames(proofs: None) -> Callable[[Engine], None]:
    """Lets an engine hold the frames, as all cores of the tests do: read once in a run."""
    from nowprint.chat import kept_frames
    from nowprint.chat.judge import _prefixes

    file = frames_file(Profile(Path()))
    return lambda engine: kept_frames.read(engine.judging, _prefixes(engine.judging), file, None)


def _present(path: Path) -> Path:
    if not path.exists():
        pytest.fail(f"{path.name} is not there: `python3 packaging/dev.py test` fetches it")
    return path


@pytest.fixture(autouse=True)
def nothing_left_behind(profile: Profile, request: pytest.FixtureRequest) -> Iterator[None]:
    """Threads and processes that a test starts end with it, or with its file where that is a story."""
    if request.node.get_closest_marker("story"):
        yield
        return
    with _nothing_left_behind():
        yield


@pytest.fixture(scope="module")
def nothing_left_behind_the_story() -> Iterator[None]:
    with _nothing_left_behind():
        yield


@contextlib.contextmanager
def _nothing_left_behind() -> Iterator[None]:
    threads = set(threading.enumerate())
    processes = set(psutil.Process().children(recursive=True))
    yield
    deadline = time.monotonic() + PATIENCE
    left = []
    for thread in set(threading.enumerate()) - threads:
        # threads that Qt or C++ started appear as dummies once they ran Python, and never vanish
        if not isinstance(thread, threading._DummyThread):
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                left.append(f"thread {thread.name}")
    new = set(psutil.Process().children(recursive=True)) - processes
    if new:
        _, alive = psutil.wait_procs(new, timeout=max(0.0, deadline - time.monotonic()))
        for process in alive:
            left.append(f"process {process.pid} {' '.join(_command(process))}")
            process.kill()
    if left:
        pytest.fail(f"left behind: {', '.join(left)}")


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
