"""``nowprint bench …``: how useful the memory is, what it costs in speed, how fast the window opens.

The core measures the usefulness over a file of data. ``overhead`` and ``startup`` compare Nowprint with
a bare counterpart; the two alternate in one run, so that a busy machine slows both alike. ``startup``
starts the window's programs by their module names, because this package must not import Qt.
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
from nowprint.cli.options import Options
from nowprint.cli.report_page import write_page
from nowprint.cli.report_text import print_report
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
    """Let the core run a bench over a file of data; it uses a separate, temporary profile."""
    name: Any = options.action
    # the core may have another working folder
    file = str(Path(options.file).absolute()) if options.file else None
    with CommandSession(options.profile, bench_command) as session:
        session.ask(LoadModel(options.model))
        return session.ask(Bench(name, file, keep=options.keep, limit=options.limit))


def _command(options: Options) -> list[str]:
    """The command line that prints the same figures."""
    command = ["nowprint", "bench", options.action]
    if options.file:
        command.append(options.file)
    if options.keep is not None:
        command += ["--keep", f"{options.keep:g}"]
    if options.limit:
        name = {"scale": "--episodes", "encryption": "--episodes", "find": "--messages"}.get(
            options.action, "--limit"
        )
        command += [name, str(options.limit)]
    return command


def overhead(options: Options) -> dict[str, Any]:
    with CommandSession(options.profile, bench_command) as session:
        session.ask(LoadModel(options.model))
        with busy(options.beside):
            return session.ask(BenchOverhead(options.rounds, options.beside))


def startup(options: Options) -> dict[str, Any]:
    """Open bare windows and Nowprint's in turns, each in a process of its own. The first pair isn't
    counted: it fills the system's caches."""
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
    del whole_start["painted"]  # a clock time; how long painting takes is measured above
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
    """When the process was started (time.monotonic), and its report: the JSON object in its last line."""
    start = ["timed-window", module.rpartition(".")[2]] if is_frozen() else ["-m", module]
    command = [sys.executable, *start, *arguments]
    # an installed app and PySide6 have their bytecode: without this ours would be compiled at each start
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
