"""tests/scheduler.py, with the options that dev.py gives: small suites in processes of their own.

A test that ends or blocks its process fails, and all others are run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).parents[2]
IMPORTS = "import ctypes, os, pytest, signal, threading, time\n"
SOUND = "def test_sound(): pass\n"
SOUND_TOO = "def test_sound_too(): pass\n"
DIE = "os.kill(os.getpid(), signal.SIGSEGV)"
CRASH = f"def test_crash(): {DIE}\n"
BLOCK = (
    "lock = ctypes.create_string_buffer(64);"
    "[ctypes.{}(None).pthread_mutex_lock(lock) for _ in 'ab']"
)
"""A mutex that is taken twice: no signal interrupts the wait for it."""

Run = Callable[..., tuple[list[str], str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a suite, given as texts by the names of its files: how each test ended, and the summary."""

    def run(workers: int, *options: str, **suite: str) -> tuple[list[str], str]:
        for name, text in suite.items():
            (tmp_path / f"test_{name}.py").write_text(IMPORTS + text)
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-n", str(workers), *dev.SURVIVING, *options),
                *("-c", "pyproject.toml", f"--rootdir={tmp_path}"),
                *("-o", f"cache_dir={tmp_path}", "-rA", str(tmp_path)),
            ],
            env={name: val for name, val in os.environ.items() if not name.startswith("PYTEST_")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        outcome = re.compile(r"^(PASSED|FAILED|ERROR) \S*test_(\w+)\.py::test_(\w+)", re.M)
        (summary,) = re.findall(r"^\d.*(?= in \d)", ended.stdout, re.M)
        assert ended.returncode == ("failed" in summary), ended.stdout + ended.stderr
        return list(map(" ".join, outcome.findall(ended.stdout))), summary

    return run


@pytest.mark.parametrize("workers", [1, 2])
def test_a_crash_costs_one_test(run: Run, workers: int) -> None:
    ended, summary = run(
        workers,
        all_sound=SOUND + SOUND_TOO,
        in_the_middle=SOUND + CRASH + SOUND_TOO,
        first_and_last=CRASH + SOUND + CRASH.replace("crash", "crash_too"),
        within_a_fixture=f"@pytest.fixture(scope='module')\ndef deadly(): {DIE}\n"
        f"{SOUND}def test_crash(deadly): pass\n{SOUND_TOO}",
    )
    assert sorted(ended) == [
        "FAILED first_and_last crash",
        "FAILED first_and_last crash_too",
        "FAILED in_the_middle crash",
        "FAILED within_a_fixture crash",
        "PASSED all_sound sound",
        "PASSED all_sound sound_too",
        "PASSED first_and_last sound",
        "PASSED in_the_middle sound",
        "PASSED in_the_middle sound_too",
        "PASSED within_a_fixture sound",
        "PASSED within_a_fixture sound_too",
    ]
    assert summary == "4 failed, 7 passed"


def test_a_hang_costs_one_test(run: Run) -> None:
    """In Python, in C, in C that keeps all of Python waiting, and in what cleans up after a failure."""
    ended, summary = run(
        2,
        *("-o", "timeout=1", "-o", "faulthandler_timeout=3"),
        python=f"def test_hang(): threading.Event().wait()\n{SOUND}",
        c=f"def test_hang(): {BLOCK.format('CDLL')}\n{SOUND}",
        c_and_python=f"def test_hang(): {BLOCK.format('PyDLL')}\n{SOUND}",
        cleaning=f"@pytest.fixture\ndef bad():\n    yield\n    {BLOCK.format('CDLL')}\n"
        f"def test_hang(bad): assert False\n{SOUND}",
    )
    assert sorted(ended) == [
        "FAILED c hang",
        "FAILED c_and_python hang",
        "FAILED cleaning hang",
        "FAILED cleaning hang",
        "FAILED python hang",
        "PASSED c sound",
        "PASSED c_and_python sound",
        "PASSED cleaning sound",
        "PASSED python sound",
    ]
    assert summary == "5 failed, 4 passed"


def test_the_longest_files_begin_and_quick_is_what_takes_no_model_and_no_second(run: Run) -> None:
    suite = {
        "a": SOUND,
        "b": "def test_slow(): time.sleep(1.1)\n" + SOUND,
        "c": "@pytest.fixture\ndef starter_model(): pass\n"
        "@pytest.fixture\ndef engine(starter_model): pass\n"
        "def test_model(engine): time.sleep(0.1)\n" + SOUND,
    }
    first, _ = run(1, **suite)
    assert len(first) == 5
    again, _ = run(1)
    assert again == [
        f"PASSED {test}" for test in ("b slow", "b sound", "c model", "c sound", "a sound")
    ]
    assert run(1, "--quick")[1] == "3 passed"
