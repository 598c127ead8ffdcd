"""Processes that keep the processor busy beside a bench, and end with whoever started them.

``nowprint busy`` computes nothing, as fast as it can, until its standard input is closed: by the end of
the bench, by Ctrl+C, or by the system when the bench was killed.
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
    """Beside so many of them."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            started = subprocess.Popen(own_command("busy"), stdin=subprocess.PIPE)
            stack.enter_context(started)  # closes its input and waits for its end
        yield
