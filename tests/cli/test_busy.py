"""The busy programs beside a bench: they run while it does, and end with it, however it ends."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from nowprint.cli.busy import busy

BENCH = """
import time
from nowprint.cli.busy import busy
with busy(2):
    print("they run", flush=True)
    time.sleep(600)
"""


def running() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def works(process: psutil.Process) -> bool:
    return bool(process.cpu_times().user > 0.5)


def test_they_keep_the_processor_busy_until_the_bench_has_ended() -> None:
    with busy(2):
        processes = running()
        assert len(processes) == 2
        until(lambda: all(map(works, processes)))
    assert not any(process.is_running() for process in processes)


def test_a_bench_that_fails_ends_them() -> None:
    with contextlib.suppress(ZeroDivisionError), busy(1):
        (process,) = running()
        raise ZeroDivisionError
    assert not process.is_running()


def test_a_bench_that_is_killed_takes_them_along() -> None:
    with subprocess.Popen([sys.executable, "-c", BENCH], stdout=subprocess.PIPE) as bench:
        assert bench.stdout
        assert bench.stdout.readline() == b"they run\n"
        processes = psutil.Process(bench.pid).children()
        assert len(processes) == 2
        bench.kill()
    until(lambda: not any(map(psutil.pid_exists, (process.pid for process in processes))))
