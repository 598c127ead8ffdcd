"""A core that runs as long as a command; its progress and notices are shown in the terminal."""

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
from nowprint.model_records import DownloadChanged, ModelDownload
from nowprint.service.client import Client, Command
from nowprint.service.protocol import GetSettings, LoadModel, Prepare, TurnRequest
from nowprint.service.request import Request
from nowprint.settings import Profile

R = TypeVar("R")


class CommandSession:
    """Use it in a ``with`` statement: at its end the core ends, too, and purges what was forgotten."""

    def __init__(self, profile: Profile, command: Command | None = None) -> None:
        self.progress = ProgressLine()
        self._readings: queue.SimpleQueue[Replay | CoreDied] = queue.SimpleQueue()
        self._downloads: queue.SimpleQueue[ModelDownload | CoreDied] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[str | CoreDied] = queue.SimpleQueue()
        self._events: _Events = queue.SimpleQueue()
        """The events of the turn that began last."""
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

    def next_download(self, id: int) -> ModelDownload:
        """Wait for the next event about a download."""
        while True:
            told = self._downloads.get()
            if isinstance(told, CoreDied):
                raise told
            if told.id == id:
                return told

    def next_replay(self) -> Replay:
        """Wait for the next progress of a replay. Raises CoreDied if the core dies."""
        told = self._readings.get()
        if isinstance(told, CoreDied):
            raise told
        return told

    def until_ended(self, task: str) -> None:
        """Wait until the core tells that a task has ended. Raises CoreDied if the core dies."""
        while (told := self._ended.get()) != task:
            if isinstance(told, CoreDied):
                raise told
        self.progress.clear()

    def make_ready(self, model: str, *, temporary: bool) -> None:
        """Load the model and, if memory is on, the embedder at the same time.

        A ``model`` that was named on the command line may be unusable; so it is loaded before anything
        else starts.
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
        """Start a new core after the last one died, and make it ready."""
        self._client.start()
        self.make_ready(model, temporary=temporary)

    def turn(self, request: TurnRequest, show: Callable[[TurnEvent], None]) -> tuple[Answer, bool]:
        """Run a turn until its message is judged, and call ``show`` with its events on this thread. Returns
        the answer, and whether Ctrl+C stopped it.

        The first Ctrl+C stops the answer, which then ends like any other, or the judging. The second one
        ends the command (KeyboardInterrupt).
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
                    future.result()  # raises the turn's fault, after which nothing is judged
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
        self._downloads.put(died)
        self._ended.put(died)

    def _show(self, event: Announcement) -> None:
        if isinstance(event, Notice):
            self.progress.clear()
            complain(event.text)
        elif isinstance(event, Progress):
            self.progress.show(event)
            if event.fraction == 1.0:
                self._ended.put(event.task)
        elif isinstance(event, ReplayProgress):
            self._readings.put(event.reading)
        elif isinstance(event, Stored):
            self._events.put(event)
        elif isinstance(event, DownloadChanged):
            self._downloads.put(event.download)


class _Mark(enum.Enum):
    ANSWERED = enum.auto()
    CTRL_C = enum.auto()


_Events = queue.SimpleQueue[TurnEvent | CoreDied | _Mark]


@contextlib.contextmanager
def _ctrl_c_puts(events: _Events) -> Iterator[None]:
    """Let the first Ctrl+C only put a mark into the queue: when the signal comes, this thread may hold the
    client's lock, so that the handler must not call the client.

    (SimpleQueue is made for this: its ``put`` is reentrant.)
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
