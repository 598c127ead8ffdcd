"""Work that is done some time later, unless the process ends before."""

from __future__ import annotations

from collections.abc import Callable
from threading import Timer


def later(seconds: float, work: Callable[[], None]) -> Timer:
    """A timer that runs, and calls ``work`` on a thread of its own."""
    timer = Timer(seconds, work)
    timer.daemon = True
    timer.start()
    return timer
