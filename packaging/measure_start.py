"""How long the window takes to be there: frozen against from source, alternating in one run.

    xvfb-run -a .venv/bin/python packaging/measure_start.py [ROUNDS]

Both go through the same entrance, from the start of the process to the first paint; the first pair
fills the system's caches and isn't counted. Prints the medians and their ratio.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = {
    "source": [sys.executable, "-m", "nowprint"],
    "frozen": [str(ROOT / "build" / "package" / "onedir" / "nowprint" / "nowprint")],
}


def seconds_to_paint(program: list[str], home: str) -> float:
    command = [*program, "timed-window", "startup_bench", "--only-paint", "--home", home]
    # the frozen app has its bytecode; the source is to have its own as well
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    if ended.returncode != 0 or not ended.stdout.strip():
        raise SystemExit(f"{program[0]} opened no window: {ended.stderr.strip()[-500:]}")
    return float(json.loads(ended.stdout.splitlines()[-1])["painted"]) - begun


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(rounds + 1):
            for name, program in PROGRAMS.items():
                times[name].append(seconds_to_paint(program, home))
    medians = {name: median(taken[1:]) for name, taken in times.items()}
    for name, taken in times.items():
        spread = f"{min(taken[1:]):.3f} to {max(taken[1:]):.3f}"
        print(f"{name}: {medians[name]:.3f} s to the first paint ({spread}, {rounds} times)")
    print(f"ratio: {medians['frozen'] / medians['source']:.2f}")


if __name__ == "__main__":
    main()
