"""Connects the core's client to the main thread by Qt signals, and runs slow work on other threads.

The client delivers replies on its reader thread, and a call may wait for room in the pipe. So one sender
thread makes all calls, in order, and one queued signal carries everything that comes back to the main
thread, in order, too. Only ``close`` lets the main thread wait.
"""

from __future__ import annotations

import contextlib
import importlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from nowprint.errors import CoreDied, InternalError, UserError
from nowprint.logs import note

if TYPE_CHECKING:
    from concurrent.futures import Future

    from nowprint.events import Answer, TurnEvent
    from nowprint.inspection import Announcement
    from nowprint.service.protocol import TurnRequest
    from nowprint.service.request import Request
    from nowprint.settings import Profile

R = TypeVar("R")

BUDGET = 0.008
"""Seconds that replies and events may take in one turn of the event loop."""
LAST_WAIT = 3.0
"""Seconds that closing waits for the last request."""


class ClientLike(Protocol):
    """What the window needs of ``service.client.Client``."""

    def start(self) -> None: ...
    def close(self, timeout: float = 10) -> None: ...
    def call(self, request: Request[R]) -> Future[R]: ...
    def turn(
        self, request: TurnRequest, on_event: Callable[[TurnEvent], None]
    ) -> Future[Answer]: ...
    def stop(self) -> None: ...
    def answer_now(self) -> None: ...


class ClientFactory(Protocol):
    def __call__(
        self,
        profile: Profile,
        *,
        on_event: Callable[[Announcement], None],
        on_death: Callable[[CoreDied], None],
    ) -> ClientLike: ...


def real_client(profile: Profile, **callbacks: Any) -> ClientLike:
    """Called on the sender thread, so that the import doesn't hold up the main thread."""
    from nowprint.service.client import Client

    return Client(profile, **callbacks)


class Bridge(QObject):
    announced = Signal(object)
    """An event that no request asked for."""
    died = Signal(object)
    """CoreDied; the calls that were open have already failed with it."""
    fault = Signal(object)
    """The UserError of a call whose caller passed no ``failed``."""
    _landed = Signal(object, object)

    def __init__(self, profile: Profile, factory: ClientFactory, parent: QObject) -> None:
        super().__init__(parent)
        self._profile = profile
        self._factory = factory
        self._client: ClientLike | None = None
        self._closed = False
        self._landed.connect(self._arrive, Qt.ConnectionType.QueuedConnection)
        self._arrived: deque[tuple[Callable[[Any], object], Any]] = deque()
        self._draining = QTimer(self, interval=0)
        self._draining.timeout.connect(self._drain)
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send, name="to the core", daemon=True)
        self._sender.start()

    def start(self) -> None:
        """Start the core, also again after its death."""
        self._work.put(self._start)

    def warm_up(self, then: Callable[[Any], object]) -> None:
        """Import slow modules on the sender thread, then call ``then`` on the main thread. None of them
        uses Qt; ``import_steps`` in preloading.py says why."""

        def load() -> None:
            for name in ("gui.chat.reading.markdown", "service.protocol"):
                importlib.import_module(f"nowprint.{name}")
            self._land(then, None)

        self._work.put(load)

    def load(
        self,
        names: tuple[str, ...],
        then: Callable[[], None],
        failed: Callable[[UserError], object] | None = None,
    ) -> None:
        """Import slow modules of Nowprint on a new thread, then call ``then``, or ``failed`` if an import
        fails, on the main thread."""

        def work() -> None:
            for name in names:
                importlib.import_module(f"nowprint.{name}")

        self.aside(work, lambda _: then(), failed)

    def aside(
        self,
        do: Callable[[], Any],
        done: Callable[[Any], object],
        failed: Callable[[UserError], object] | None = None,
    ) -> None:
        """Call ``do`` on a new thread, then ``done`` with its result on the main thread.

        ``do`` must not touch widgets. If it raises, ``failed`` is called instead of ``done``; without
        ``failed``, ``fault`` has the error.
        """

        def work() -> None:
            try:
                self._land(done, do())
            except Exception as error:  # noqa: BLE001 the edge of this thread
                self._land(failed or self._tell, _sentence(error))

        threading.Thread(target=work, name="aside", daemon=True).start()

    def restart(self) -> None:
        """End this core cleanly, then start another."""
        self._work.put(lambda: self._client.close() if self._client else None)
        self.start()

    def close(self, last: Request[Any] | None = None) -> None:
        """Send a ``last`` request, then end the core and wait for it. No callback is called any more."""
        if self._closed:
            return
        self._closed = True

        def end() -> None:
            if self._client is None:
                return
            self._client.stop()  # an answer that is being written is kept as far as it came
            if last is not None:
                with contextlib.suppress(UserError, TimeoutError):
                    self._client.call(last).result(LAST_WAIT)
            self._client.close()

        self._work.put(end)
        self._work.put(None)
        self._sender.join()

    def call(
        self,
        request: Request[R],
        done: Callable[[R], object] | None = None,
        failed: Callable[[UserError], object] | None = None,
    ) -> None:
        """Send a request; ``done`` with the reply, or ``failed`` with the error, is called later on the
        main thread."""

        def send() -> None:
            self._await(lambda: self._started().call(request), done, failed)

        self._work.put(send)

    def turn(
        self,
        request: TurnRequest,
        on_event: Callable[[TurnEvent], None],
        done: Callable[[Answer], None],
        failed: Callable[[UserError], object],
    ) -> None:
        def send() -> None:
            tell = partial(self._land, on_event)
            self._await(lambda: self._started().turn(request, tell), done, failed)

        self._work.put(send)

    def stop(self) -> None:
        self._work.put(lambda: self._client.stop() if self._client else None)

    def answer_now(self) -> None:
        self._work.put(lambda: self._client.answer_now() if self._client else None)

    def _started(self) -> ClientLike:
        """The client. Starts the core if there was none yet: a call may come before ``start``."""
        if self._client is None:
            self._start()
        assert self._client
        return self._client

    def _start(self) -> None:
        if self._client is None:
            self._client = self._factory(
                self._profile,
                on_event=lambda event: self._land(self.announced.emit, event),
                on_death=lambda death: self._land(self.died.emit, death),
            )
        try:
            self._client.start()
        except OSError as fault:
            why = fault.strerror or str(fault)
            death = CoreDied(
                f"The model process could not be started ({why}): close other programs and try again."
            )
            self._land(self.died.emit, death)

    def _await(
        self,
        ask: Callable[[], Future[R]],
        done: Callable[[R], object] | None,
        failed: Callable[[UserError], object] | None,
    ) -> None:
        def finished(future: Future[R]) -> None:
            if future.cancelled():
                return
            error = future.exception()
            if error is None:
                self._land(done or _ignore, future.result())
            else:
                self._land(failed or self._tell, _sentence(error))

        try:
            ask().add_done_callback(finished)
        except Exception as error:  # noqa: BLE001 whatever it is, the caller must not wait for ever
            self._land(failed or self._tell, _sentence(error))

    def _tell(self, error: UserError) -> None:
        if not isinstance(error, CoreDied):  # ``died`` tells of it, once for all calls
            self.fault.emit(error)

    def _send(self) -> None:
        while work := self._work.get():
            try:
                work()
            except Exception as error:  # noqa: BLE001 the edge of this thread
                self._land(self._tell, _sentence(error))

    def _land(self, callback: Callable[[Any], object], value: Any) -> None:
        if not self._closed:
            self._landed.emit(callback, value)

    @Slot(object, object)
    def _arrive(self, callback: Callable[[Any], object], value: Any) -> None:
        self._arrived.append((callback, value))
        if not self._draining.isActive():
            self._draining.start()

    @Slot()
    def _drain(self) -> None:
        """Call back for what has arrived; after ``BUDGET`` seconds, go on in the next turn of the event
        loop."""
        until = time.monotonic() + BUDGET
        while self._arrived and not self._closed:
            callback, value = self._arrived.popleft()
            callback(value)
            if time.monotonic() > until:
                return  # the timer fires again
        self._draining.stop()


def _ignore(_: Any) -> None:
    pass


def _sentence(error: BaseException) -> UserError:
    """The error as a UserError. A bug becomes one, too, since the caller waits for a reply."""
    if isinstance(error, UserError):
        return error
    note(error)
    return InternalError(
        f"Nowprint ran into a bug ({type(error).__name__}) and did not do this: try it again."
    )
