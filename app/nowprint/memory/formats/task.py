"""A long task that reports its progress and ends early when the user stops it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import TypeVar

from nowprint.errors import Interrupted
from nowprint.events import Progress

T = TypeVar("T")
EVERY_SECONDS = 0.2


class Work:
    """One task. Use it as a context manager: it reports its end, too, however the task ends."""

    def __init__(self, task: str, report: Callable[[Progress], None], stop: Event) -> None:
        self._task = task
        self._report = report
        self._stop = stop
        self._told = 0.0

    def __enter__(self) -> Work:
        self._report(Progress(self._task, None))
        return self

    def __exit__(self, *_: object) -> None:
        self._report(Progress(self._task, 1.0))

    def tick(self, fraction: float | None = None) -> None:
        """Report progress; the task calls this at least once a second. Interrupted if ``stop`` is set."""
        if self._stop.is_set():
            raise Interrupted("It was broken off; nothing was changed.")
        if (now := time.monotonic()) - self._told >= EVERY_SECONDS:
            self._told = now
            self._report(Progress(self._task, None if fraction is None else min(fraction, 0.99)))

    def over(self, things: Iterable[T], count: int, *, every: int = 100) -> Iterator[T]:
        """Iterate over ``things``, of which there are ``count`` (0: unknown), with a tick before every
        ``every``-th one."""
        for number, thing in enumerate(things):
            if number % every == 0:
                self.tick(number / count if count else None)
            yield thing


class Tasks:
    """Begins the tasks of a profile, of which one runs at a time, and ends them. Thread-safe."""

    def __init__(self, report: Callable[[Progress], None]) -> None:
        self._report = report
        self._stop = Event()
        self.ending = Event()
        """Set once no task may run any more."""

    def stop(self, *, for_good: bool = False) -> None:
        """End the running task, and with ``for_good`` also any later one; these raise Interrupted."""
        if for_good:
            self.ending.set()
        self._stop.set()

    def begin(self) -> Event:
        """A new event that stops the next task."""
        self._stop = Event()
        if self.ending.is_set():
            self._stop.set()
        return self._stop

    def work(self, task: str, stop: Event | None = None) -> Work:
        """A task; ``stop`` is the event that ends it together with another one."""
        return Work(task, self._report, stop or self.begin())
