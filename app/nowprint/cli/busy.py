"""Processes that keep the processor busy beside a bench, and end together with it.

``nowprint busy`` loops until its standard input is closed: when the bench ends, when the user presses
Ctrl+C, or by the system when the bench is killed.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator

from nowprint.settings import own_command


def main() -> int:
    threading.Thread(target=_spin, daemon=True).start()
    sys.stdin.buffer.read()
    return 0


def _spin() -> None:
    while True:
        pass


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Run ``count`` busy processes during a ``with`` block."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            started = subprocess.Popen(own_command("busy"), stdin=subprocess.PIPE)
            stack.enter_context(started)  # at the end closes its input and waits until it has ended
        yield
