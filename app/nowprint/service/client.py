"""The front end's side of the pipe: it starts one core process, sends requests and receives replies.

The core is this program started again as ``nowprint core``; its standard input and output are the
pipe. A reader thread turns frames into results of futures and calls of the listeners; nothing polls.
When the core dies, every open future fails with CoreDied and ``on_death`` is called once; the front end
decides what to do. When the next core starts, the client sends it the text of broken answers that the
front end had received.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, BinaryIO, TypeVar, cast

from nowprint.errors import CoreDied
from nowprint.events import Answer, AnswerText, Started, TurnEvent
from nowprint.inspection import Announcement
from nowprint.libraries import lacks, named_in
from nowprint.logs import append, died_computing, last_words
from nowprint.service.encryption import key_pipe
from nowprint.service.proofs import note_death
from nowprint.service.protocol import (
    Announced,
    AnswerNow,
    Call,
    Emitted,
    Failure,
    Frame,
    KeepBroken,
    LoadModel,
    Reply,
    StopAnswer,
    TurnRequest,
    read_frame,
    write_frame,
)
from nowprint.service.request import Request
from nowprint.settings import Profile, load_settings, own_command, starter_model

R = TypeVar("R")

Command = Callable[[Profile], list[str]]
"""Gives the command line that starts a core on a profile."""

LAST_WORDS = 400
"""How many of the last lines of a core's standard error are kept, to explain its death."""


@dataclass(slots=True)
class _Open:
    """A call that waits for its reply."""

    request: Request[Any]
    future: Future[Any]
    on_event: Callable[[TurnEvent], None] | None
    answer_id: int | None = None
    text: str = ""

    def note(self, event: TurnEvent) -> None:
        """Remember how far the answer came."""
        if isinstance(event, Started):
            self.answer_id = event.answer.id
        elif isinstance(event, AnswerText):
            self.text += event.text


class Client:
    """One core process and the pipe to it. Thread-safe. ``on_event`` (events that belong to no turn) and
    ``on_death`` are called on the client's reader thread."""

    def __init__(
        self,
        profile: Profile,
        *,
        on_event: Callable[[Announcement], None],
        on_death: Callable[[CoreDied], None],
        command: Command | None = None,
    ) -> None:
        """``command`` starts a different core program; None for Nowprint's own."""
        self._profile = profile
        self._command = command
        self._on_event = on_event
        self._on_death = on_death
        self._ids = itertools.count(1)
        self._lock = Lock()  # guards everything below
        self._open: dict[int, _Open] = {}
        self._core: subprocess.Popen[bytes] | None = None
        self._reader: Thread | None = None
        self._closing = False
        self._broken: list[KeepBroken] = []  # for the next core

    def start(self) -> None:
        """Start a core and return at once. Does nothing while one runs; after a death it starts the next."""
        with self._lock:
            if self._core:
                return
            self._closing = False
            self._core = subprocess.Popen(
                (self._command or core_command)(self._profile),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                # otherwise PyInstaller treats the frozen core as a part of the window's process, which
                # has given up the path to the bundle's libraries; from source this has no effect
                env=os.environ | {"PYINSTALLER_RESET_ENVIRONMENT": "1"},
            )
            with contextlib.suppress(OSError):  # it died: the reader thread will notice
                key_pipe.send(self._profile, _pipe(self._core.stdin))
            self._reader = Thread(
                target=self._read, args=(self._core,), name="core reader", daemon=True
            )
            self._reader.start()
            broken, self._broken = self._broken, []
        for request in broken:
            self.call(request)

    @property
    def pid(self) -> int | None:
        """The core's process id while it runs."""
        core = self._core
        return core.pid if core else None

    def call(self, request: Request[R]) -> Future[R]:
        """Send a request. The future gives the reply, of the type that the request's class names, or raises
        a UserError (CoreDied if the core isn't running or dies)."""
        return self._send(request, None)

    def turn(self, request: TurnRequest, on_event: Callable[[TurnEvent], None]) -> Future[Answer]:
        """Send a turn. ``on_event`` is called on the reader thread with its events, before the future is
        done. What was kept is announced afterwards (``Stored``)."""
        return self._send(request, on_event)

    def stop(self) -> None:
        """Stop the answer that is being written, at its next token."""
        self._write(StopAnswer())

    def answer_now(self) -> None:
        """End the thought before the answer that is being written."""
        self._write(AnswerNow())

    def _write(self, frame: StopAnswer | AnswerNow) -> None:
        with self._lock:
            if self._core and not self._closing:
                with contextlib.suppress(OSError):  # the core died: the reader thread will notice
                    write_frame(_pipe(self._core.stdin), frame)

    def close(self, timeout: float = 10) -> None:
        """End the core, which finishes writing to the store and purges what was forgotten. After ``timeout``
        seconds it is killed."""
        with self._lock:
            core, reader = self._core, self._reader
            self._closing = True
            if core:
                with contextlib.suppress(OSError):
                    _pipe(core.stdin).close()
        if core is None or reader is None:
            return
        try:
            core.wait(timeout)
        except subprocess.TimeoutExpired:
            core.kill()
            core.wait()
        reader.join(timeout)

    def _send(self, request: Request[R], on_event: Callable[[TurnEvent], None] | None) -> Future[R]:
        future: Future[R] = Future()
        future.set_running_or_notify_cancel()  # can't be cancelled: the core is working on it
        with self._lock:
            if self._core is None or self._closing:
                future.set_exception(CoreDied("The model process is not running: start it again."))
                return future
            id = next(self._ids)
            self._open[id] = _Open(request, future, on_event)
            with contextlib.suppress(OSError):  # the core died: the reader thread fails the future
                write_frame(_pipe(self._core.stdin), Call(id, request))
        return future

    def _read(self, core: subprocess.Popen[bytes]) -> None:
        pipe = _pipe(core.stdout)
        words: deque[str] = deque(maxlen=LAST_WORDS)
        hearing = Thread(
            target=_hear, args=(_pipe(core.stderr), words), name="core's words", daemon=True
        )
        hearing.start()
        while (frame := read_frame(pipe)) is not None:
            self._take(frame)
        pipe.close()
        code = core.wait()
        hearing.join()
        with self._lock:
            lost, self._open = list(self._open.values()), {}
            self._core = None
            self._broken += [
                KeepBroken(call.answer_id, call.text)
                for call in lost
                if call.answer_id and call.text
            ]
            closing = self._closing
            with contextlib.suppress(OSError):
                _pipe(core.stdin).close()
        lacking = list(dict.fromkeys(filter(None, map(named_in, words))))
        died = CoreDied(
            lacks("The model process", lacking) if lacking else _obituary(code, self._loaded(lost))
        )
        died.how, died.for_good = _how(code), bool(lacking)
        if not closing:
            told = "\n".join((f"the core ended: {died.how}", *words))
            append(self._profile.log, told, self._profile.cipher)
            if died_computing(words):
                note_death(self._profile, died.how, loading=self._chose_model(lost))
        for call in lost:
            call.future.set_exception(died)
        if not closing:
            self._on_death(died)

    def _loaded(self, lost: list[_Open]) -> str:
        """The model file that was being loaded when the core died; "" for none."""
        for call in lost:
            if isinstance(call.request, LoadModel):
                return call.request.path or load_settings(self._profile).model or "the model"
        return ""

    def _chose_model(self, lost: list[_Open]) -> bool:
        """Whether a model of the user's choice was being loaded, not the bundled one."""
        return self._loaded(lost) not in ("", "the model", str(starter_model()))

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, Announced):
            self._on_event(frame.event)
        elif isinstance(frame, Emitted):
            call = self._open.get(frame.id)
            if call and call.on_event:
                call.note(frame.event)
                call.on_event(frame.event)
        elif isinstance(frame, Reply | Failure):
            with self._lock:
                call = self._open.pop(frame.id, None)
            if call is None:
                return
            if isinstance(frame, Reply):
                call.future.set_result(frame.value)
            else:
                call.future.set_exception(frame.error)


def core_command(profile: Profile) -> list[str]:
    return own_command("core", *key_pipe.arguments(profile))


def bench_command(profile: Profile) -> list[str]:
    """Starts a core that also handles ``Bench`` and ``BenchOverhead``."""
    return own_command("bench-core", *key_pipe.arguments(profile))


def _hear(pipe: BinaryIO, words: deque[str]) -> None:
    """Read a core's standard error to its end, and keep only lines that can't contain the user's text."""
    with pipe:
        while line := pipe.readline(4096):
            words.extend(last_words([line.decode("utf-8", "replace")]))


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def _obituary(code: int, loaded: str) -> str:
    how = _how(code)
    if loaded:
        return (
            f"The model process stopped ({how}) while it loaded {loaded}: the file may be damaged or "
            "need more memory than there is; choose another model."
        )
    return f"The model process stopped unexpectedly ({how}); nothing that was saved is lost."


def _pipe(pipe: Any) -> BinaryIO:
    return cast(BinaryIO, pipe)
