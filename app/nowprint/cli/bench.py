"""``nowprint bench …``: what the memory is worth, what it costs in speed, how fast the window is there.

What it is worth, the core measures over a file of data. The two of speed compare with a bare
counterpart in the same run, alternating, so that a busy machine slows both alike. The startup bench
starts the window's programs by name: nothing here sees Qt.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from nowprint.cli.busy import busy
from nowprint.cli.figures import print_report
from nowprint.cli.options import Options
from nowprint.cli.report import write_page
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import ProgressLine, print_json
from nowprint.errors import UserError
from nowprint.events import Progress
from nowprint.service.client import bench_command
from nowprint.service.protocol import Bench, BenchOverhead, LoadModel
from nowprint.settings import is_frozen

BARE_WINDOW = ("nowprint.gui.process.bare_window",)
NOWPRINT_WINDOW = ("nowprint.gui.process.startup_bench", "--only-paint")
WHOLE_START = ("nowprint.gui.process.startup_bench",)


def bench(options: Options) -> int:
    match options.action:
        case "overhead":
            report = overhead(options)
        case "startup":
            report = startup(options)
        case _:
            report = measured(options)
    if options.html:
        command = shlex.join(_command(options))
        write_page(Path(options.html), f"nowprint bench {options.action}", command, report)
    if options.json:
        print_json(report)
    else:
        print_report(report)
    return 0


def measured(options: Options) -> dict[str, Any]:
    """A bench over a file of data: the core runs it, with a profile of its own for what is kept."""
    name: Any = options.action
    # the core may be somewhere else
    file = str(Path(options.file).absolute()) if options.file else None
    with CommandSession(options.profile, bench_command) as session:
        session.ask(LoadModel(options.model))
        return session.ask(Bench(name, file, keep=options.keep, limit=options.limit))


def _command(options: Options) -> list[str]:
    """What prints the same figures."""
    command = ["nowprint", "bench", options.action]
    if options.file:
        command.append(options.file)
    if options.keep is not None:
        command += ["--keep", f"{options.keep:g}"]
    if options.limit:
        name = "--episodes" if options.action == "scale" else "--limit"
        command += [name, str(options.limit)]
    return command


def overhead(options: Options) -> dict[str, Any]:
    with CommandSession(options.profile, bench_command) as session:
        session.ask(LoadModel(options.model))
        with busy(options.beside):
            return session.ask(BenchOverhead(options.rounds, options.beside))


def startup(options: Options) -> dict[str, Any]:
    """Each window in a process of its own; the first pair fills the system's caches, uncounted."""
    progress = ProgressLine()
    with tempfile.TemporaryDirectory() as folder:
        home = ("--home", folder)
        bare, ours = [], []
        for round_ in range(options.rounds + 1):
            progress.show(Progress("Opening windows", round_ / (options.rounds + 2)))
            bare.append(_seconds_to_paint(*BARE_WINDOW))
            ours.append(_seconds_to_paint(*NOWPRINT_WINDOW, *home))
        progress.show(Progress("Loading, answering and searching in a window", None))
        _, whole_start = _open_window(*WHOLE_START, *home, *_model(options))
        progress.clear()
    del whole_start["painted"]  # a time of the system's clock; what it took is measured above
    bare_median, our_median = median(bare[1:]), median(ours[1:])
    return {
        "startup_ratio": our_median / bare_median,
        "startup_seconds": our_median,
        "bare_seconds": bare_median,
        **whole_start,
    }


def _model(options: Options) -> tuple[str, ...]:
    return ("--model", options.model) if options.model else ()


def _seconds_to_paint(*arguments: str) -> float:
    begun, report = _open_window(*arguments)
    return float(report["painted"]) - begun


def _open_window(module: str, *arguments: str) -> tuple[float, dict[str, Any]]:
    """When the process was started, and what it reported: one JSON object in its last line."""
    start = ["timed-window", module.rpartition(".")[2]] if is_frozen() else ["-m", module]
    command = [sys.executable, *start, *arguments]
    # an installed app has its bytecode, and so has PySide6 here: we aren't to compile at every start
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    ended = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    try:
        report: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    except (IndexError, ValueError) as fault:
        reason = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        raise UserError(
            f"The bench could not open a window ({reason}): run it on a desktop, or under xvfb-run."
        ) from fault
    return begun, report
