"""One core for as long as a command runs: started, asked, ended, with progress and notices shown."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any, Self

from nowprint.cli.terminal import ProgressLine, complain
from nowprint.records import Answer, CoreEvent, Notice, Progress, TurnEvent
from nowprint.service.client import Client
from nowprint.service.protocol import LoadModel, Prepare, Request, Retry, Send
from nowprint.settings import Profile


class Session:
    """Use with ``with``: leaving it ends the core, and with that forgotten episodes' bytes."""

    def __init__(self, profile: Profile) -> None:
        self.progress = ProgressLine()
        self._client = Client(profile, on_event=self._show, on_death=lambda _: None)

    def __enter__(self) -> Self:
        self._client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.clear()
        self._client.close()

    def ask(self, request: Request) -> Any:
        """The reply; the request's docstring tells its type."""
        try:
            return self._client.call(request).result()
        finally:
            self.progress.clear()

    def make_ready(self, model: str) -> None:
        """Load the model and the embedder side by side."""
        loading = self._client.call(LoadModel(model))
        preparing = self._client.call(Prepare())
        try:
            loading.result()
            preparing.result()
        finally:
            self.progress.clear()

    def start_again(self, model: str) -> None:
        """After the core's death."""
        self._client.start()
        self.make_ready(model)

    def turn(self, request: Send | Retry, show: Callable[[TurnEvent], None]) -> tuple[Answer, bool]:
        """One turn, its events shown on this thread; True if Ctrl+C stopped it.

        The first Ctrl+C stops the answer, which then ends like any other; the second one passes.
        """
        events: queue.SimpleQueue[TurnEvent | None] = queue.SimpleQueue()
        future = self._client.turn(request, events.put)
        future.add_done_callback(lambda _: events.put(None))
        stopped = False
        while True:
            try:
                event = events.get()
                if event is None:
                    break
                if isinstance(event, Progress):
                    self.progress.show(event)
                else:
                    self.progress.clear()
                    show(event)
            except KeyboardInterrupt:
                if stopped:
                    raise
                stopped = True
                self._client.stop()
        self.progress.clear()
        return future.result(), stopped

    def _show(self, event: CoreEvent) -> None:
        if isinstance(event, Notice):
            self.progress.clear()
            complain(event.text)
        else:
            self.progress.show(event)
