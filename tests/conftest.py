"""What every test stands on: a profile of its own, the real models, no network, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from nowprint import settings
from nowprint.service.proofs import INITIAL_PROOFS
from nowprint.settings import Profile

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


@pytest.fixture(scope="session", autouse=True)
def proofs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The engine is proved once for all profiles that the tests make, as far as they don't object."""
    home = tmp_path_factory.mktemp("proofs")
    code = "import sys; from pathlib import Path; from nowprint.settings import Profile; "
    code += "from nowprint.service.hardware import CPU, Hardware; "
    code += "Hardware(Profile(Path(sys.argv[1])), lambda _: None).ready(CPU)"
    subprocess.run([sys.executable, "-c", code, str(home)], check=True)
    os.environ[INITIAL_PROOFS] = str(Profile(home).engine)


@pytest.fixture(autouse=True)
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """A profile that isn't there yet; no test can reach the one of whoever runs it."""
    home = tmp_path / "home"
    monkeypatch.setenv(settings.HOME_VARIABLE, str(home))
    return Profile(home)


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
