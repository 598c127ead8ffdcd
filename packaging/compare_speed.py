"""How fast the portable llama.cpp is beside one compiled for this machine.

    .venv/bin/python packaging/compare_speed.py          0 if it loses less than 5 %, 1 otherwise
    .venv/bin/python packaging/compare_speed.py --wall   by the clock, for a machine that rests

Two processes have the starter model loaded, one with the libraries of ``.venv`` and one with those of a
wheel compiled for this processor alone (kept like the others, made in some minutes); all else is the
same. They are asked in turns to read a prompt and to write, each first in every other pair, so that what
else the machine does hits both; the ratios are medians over the pairs. What counts is the processor's
time of one thread, because a machine that does something else beside makes the clock's ratios scatter
by a tenth; with ``--wall`` it is the clock, and as many threads as the app uses. Neither reads
distributions: that costs the same in both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from portable_wheels import INCLUDED, LIBRARIES, Recipe, wheel

WITHOUT_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"  # see portable_wheels.py
NATIVE = Recipe(
    "llama-cpp-python",
    {"GGML_NATIVE": "ON", "LLAVA_BUILD": "OFF", "CMAKE_PLATFORM_NO_VERSIONED_SONAME": "ON"},
    environment={"CFLAGS": WITHOUT_AMX, "CXXFLAGS": WITHOUT_AMX},
    sources=(("CMAKE_PROJECT_llama_cpp_INCLUDE", INCLUDED),),
)
PAIRS = 40
READ = 128
"""Tokens of the prompt."""
WRITTEN = 24
"""Tokens that are written at a time."""
LEAST = 0.95
TASKS = ("read", "write")


def main(arguments: list[str]) -> int:
    wall = "--wall" in arguments
    if arguments[:1] == ["worker"]:
        return work(wall=wall)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel(NATIVE, Path(sys.executable))) as archive:
            archive.extractall(folder)
        with Worker(wall) as portable, Worker(wall, Path(folder) / LIBRARIES) as native:
            print(f"portable: {portable.info}\nnative: {native.info}", flush=True)
            ratios = [compare(task, portable, native) for task in TASKS]
    return 0 if min(ratios) >= LEAST else 1


def compare(task: str, portable: Worker, native: Worker) -> float:
    """The median of portable's speed over native's; printed with both speeds."""
    speeds: list[tuple[float, float]] = []
    for worker in (portable, native):
        worker.ask(task)  # warm
    for n in range(PAIRS):
        if n % 2:
            ours, theirs = portable.ask(task), native.ask(task)
        else:
            theirs, ours = native.ask(task), portable.ask(task)
        speeds.append((ours, theirs))
    ratio = statistics.median(ours / theirs for ours, theirs in speeds)
    low, _, high = statistics.quantiles((ours / theirs for ours, theirs in speeds), n=4)
    ours, theirs = (statistics.median(column) for column in zip(*speeds, strict=True))
    print(
        f"{task}: {ratio:.3f} (quartiles {low:.3f}, {high:.3f}); "
        f"{ours:.1f} against {theirs:.1f} tokens/s, {PAIRS} pairs",
        flush=True,
    )
    return ratio


class Worker:
    """A process that has the model loaded, and waits between the tasks."""

    def __init__(self, wall: bool, libraries: Path | None = None) -> None:
        """``libraries`` are llama.cpp's; None for those installed."""
        environment = dict(os.environ)
        environment.pop("LLAMA_CPP_LIB_PATH", None)
        if libraries:
            environment["LLAMA_CPP_LIB_PATH"] = str(libraries)
        self._process = subprocess.Popen(
            [sys.executable, __file__, "worker", *(["--wall"] if wall else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=environment,
        )
        self.info = self._line()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_fault: object) -> None:
        self._process.kill()
        self._process.wait()

    def ask(self, task: str) -> float:
        """Tokens per second."""
        assert self._process.stdin
        self._process.stdin.write(f"{task}\n")
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("A worker ended by itself; its own words stand above.")
        return line.strip()


def work(*, wall: bool) -> int:
    """Print what computes; then for each task that comes in, its tokens per second."""
    from nowprint.engine.backends import system_info
    from nowprint.engine.engine import Engine
    from nowprint.engine.sampler import Sampling
    from nowprint.settings import starter_model

    clock = time.perf_counter if wall else time.process_time
    engine = Engine(starter_model(), context=1024, threads=0 if wall else 1)
    counting = ", ".join(map(str, range(READ)))  # it counts on, and never comes to an end
    context, prompt = engine.context, engine.model.tokenize_text(counting)[:READ]
    print(system_info(), flush=True)
    for task in sys.stdin:
        if task.strip() == "read":
            context.clear()
            began, count = clock(), READ
            context.bare_prefill(prompt)
        else:
            context.bare_prefill(prompt)
            began = clock()
            count = context.bare_decode(Sampling(temperature=0), WRITTEN)
        print(count / (clock() - began), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
