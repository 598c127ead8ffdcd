"""One core for as long as a command runs: started, asked, ended, with progress and notices shown."""

from __future__ import annotations

import contextlib
import enum
import queue
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from nowprint.cli.terminal import ProgressLine, complain
from nowprint.errors import CoreDied
from nowprint.events import Answer, Notice, Progress, Started, Stored, TurnEvent
from nowprint.inspection import Announcement, Replay, ReplayProgress
from nowprint.service.client import Client, Command
from nowprint.service.protocol import GetSettings, LoadModel, Prepare, TurnRequest
from nowprint.service.request import Request
from nowprint.settings import Profile

R = TypeVar("R")


class CommandSession:
    """Use with ``with``: leaving it ends the core, and with that forgotten episodes' bytes."""

    def __init__(self, profile: Profile, command: Command | None = None) -> None:
        self.progress = ProgressLine()
        self._readings: queue.SimpleQueue[Replay | CoreDied] = queue.SimpleQueue()
        self._events: _Events = queue.SimpleQueue()
        """Of the turn that was begun last."""
        self._client = Client(
            profile, on_event=self._show, on_death=self._on_death, command=command
        )

    def __enter__(self) -> Self:
        self._client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.clear()
        self._client.close()

    def ask(self, request: Request[R]) -> R:
        try:
            return self._client.call(request).result()
        finally:
            self.progress.clear()

    def next_reading(self) -> Replay:
        """The next that is told of imported conversations on their way through the model."""
        told = self._readings.get()
        if isinstance(told, CoreDied):
            raise told
        return told

    def make_ready(self, model: str, *, temporary: bool) -> None:
        """Load the model and, where the memory is at work, the embedder, side by side.

        A model that was named on the command line may be refused, so nothing else starts before it.
        """
        if model:
            self.ask(LoadModel(model))
        settings = self.ask(GetSettings())
        waiting: list[Future[Any]] = [] if model else [self._client.call(LoadModel())]
        if settings.memory and not temporary:
            waiting.append(self._client.call(Prepare()))
        try:
            for future in waiting:
                future.result()
        finally:
            self.progress.clear()

    def start_again(self, model: str, *, temporary: bool) -> None:
        """After the core's death."""
        self._client.start()
        self.make_ready(model, temporary=temporary)

    def turn(self, request: TurnRequest, show: Callable[[TurnEvent], None]) -> tuple[Answer, bool]:
        """One turn until its message is judged, its events shown on this thread; True if Ctrl+C stopped
        it.

        The first Ctrl+C stops the answer, which then ends like any other, or the judging; the second one
        ends us.
        """
        events: _Events = queue.SimpleQueue()
        self._events = events
        future = self._client.turn(request, events.put)
        future.add_done_callback(lambda _: events.put(_Mark.ANSWERED))
        message_id = 0
        stopped = judged = False
        with _ctrl_c_puts(events):
            while not judged:
                event = events.get()
                if event is _Mark.ANSWERED:
                    self.progress.clear()
                    future.result()  # a fault ends it: then nothing is judged
                elif event is _Mark.CTRL_C:
                    stopped = True
                    self._client.stop()
                elif isinstance(event, CoreDied):
                    raise event
                elif isinstance(event, Progress):
                    self.progress.show(event)
                elif not isinstance(event, Stored) or event.message_id == message_id:
                    if isinstance(event, Started):
                        message_id = event.message.id
                    self.progress.clear()
                    show(event)
                    judged = isinstance(event, Stored) and future.done()
        return future.result(), stopped

    def _on_death(self, died: CoreDied) -> None:
        self._readings.put(died)
        self._events.put(died)

    def _show(self, event: Announcement) -> None:
        if isinstance(event, Notice):
            self.progress.clear()
            complain(event.text)
        elif isinstance(event, Progress):
            self.progress.show(event)
        elif isinstance(event, ReplayProgress):
            self._readings.put(event.reading)
        elif isinstance(event, Stored):
            self._events.put(event)


class _Mark(enum.Enum):
    ANSWERED = enum.auto()
    CTRL_C = enum.auto()


_Events = queue.SimpleQueue[TurnEvent | CoreDied | _Mark]


@contextlib.contextmanager
def _ctrl_c_puts(events: _Events) -> Iterator[None]:
    """Ctrl+C only puts a mark: the client may hold its lock wherever the signal comes.

    (SimpleQueue is made for that: its ``put`` may interrupt itself.)
    """
    pressed = False

    def press(*_: object) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        events.put(_Mark.CTRL_C)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
