"""The core process, which owns the model, the embedder and the database.

Its threads, each with a queue of its own except the first:

- the main thread reads the pipe, so that it sees ``StopAnswer`` at once;
- the generating thread runs turns, loads models and runs benches;
- the memory thread handles most other requests, so that the inspector works while the model writes;
- the preparing thread loads the embedder, which takes seconds, and purges, also from all backups;
- the files thread reads and writes files of memories and chats, which may take minutes;
- the planning thread finds out what a forgetting would remove, looks for graphics cards, and reads what
  model files say of themselves: seconds;
- the settings thread saves settings, which are in force from the moment the main thread reads them.

The core replies to a turn when its answer is committed; then the generating thread judges the message.
While that thread has no request, it does idle work (judging messages that are left, replay, measuring
influence, the memory's sleep), until the next request comes. When the pipe closes, the front end is gone:
the core stops the answer that is being written and keeps it as far as it came, purges what was forgotten,
and ends.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Lock, Timer
from typing import Any, BinaryIO, NoReturn

from nowprint import __version__
from nowprint.errors import InternalError, UserError
from nowprint.events import Answer, Started, Stored, TurnEvent
from nowprint.inspection import Announcement
from nowprint.logs import log_faults, open_log
from nowprint.records import UNDO_SECONDS
from nowprint.service import protocol as p
from nowprint.service import request_kinds as kinds
from nowprint.service.encryption import key_pipe
from nowprint.service.handlers import Handlers, open_profile
from nowprint.service.request import Request
from nowprint.service.requests import arranging as a
from nowprint.service.requests import memory as m
from nowprint.service.timers import later
from nowprint.settings import Profile, Settings

_BUG = "Something went wrong in Nowprint itself ({bug}): try again; the profile's log says where."
SETTLE_SECONDS = 2.0
HOUR = 3600.0


@dataclass(slots=True)
class _Turn:
    """A turn from its acceptance until its message is judged; the answer may be committed before."""

    request: p.TurnRequest
    conversation_id: int | None
    """None until a new conversation is made."""
    stop: Event
    answered: bool = False


class Core:
    """Hands requests to the threads, and sends replies and events back."""

    def __init__(
        self,
        profile: Profile,
        requests: BinaryIO,
        replies: BinaryIO,
        extend: Callable[[Handlers], None],
    ) -> None:
        """``extend`` may register handlers for further requests."""
        self._requests = requests
        self._replies = replies
        self._writing = Lock()
        self._turns: dict[int, _Turn] = {}
        self._chosen: Future[None] | None = None
        """Done when the last of ``CHOOSING`` is in force."""
        self._purges: set[Timer] = set()
        self._settling: Timer | None = None
        self._unloading: Timer | None = None
        self._hour: Timer | None = None
        self._counting = Lock()
        self._waiting = 0
        self._wanted = Event()
        """Set while a request waits for the generating thread: then idle work and the judging after an
        answer end early."""
        self._handlers: Handlers | UserError
        try:
            self._handlers = open_profile(profile, self._announce, self._wanted)
            extend(self._handlers)
        except UserError as fault:
            self._handlers = fault
        self._generating = ThreadPoolExecutor(1, "generating")
        self._serving = ThreadPoolExecutor(1, "memory")
        self._preparing = ThreadPoolExecutor(1, "preparing")
        self._filing = ThreadPoolExecutor(1, "files")
        self._planning = ThreadPoolExecutor(1, "planning")
        self._setting = ThreadPoolExecutor(1, "settings")
        self._asking = ThreadPoolExecutor(1, "hub")

    def run(self) -> None:
        """Serve until the front end closes the pipe."""
        while (frame := p.read_frame(self._requests)) is not None:
            if isinstance(frame, p.StopAnswer):
                self._stop_answers()
            elif isinstance(frame, p.AnswerNow):
                if isinstance(self._handlers, Handlers):
                    self._handlers.answer_now()
            elif isinstance(frame, p.Call):
                self._accept(frame)
        self._stop_answers()
        self._wait_for_generating(1)
        if isinstance(self._handlers, Handlers):
            self._handlers.begin_closing()
        self._filing.shutdown(cancel_futures=True)
        self._generating.shutdown(cancel_futures=True)
        self._preparing.shutdown(cancel_futures=True)
        self._planning.shutdown(cancel_futures=True)
        self._asking.shutdown(wait=False, cancel_futures=True)
        self._setting.shutdown()
        self._keep_loaded()
        for timer in (*self._purges, self._settling, self._hour):
            if timer:
                timer.cancel()
        self._serving.shutdown(cancel_futures=True)
        if isinstance(self._handlers, Handlers):
            self._handlers.close()

    def _accept(self, call: p.Call) -> None:
        request = call.request
        executor = self._serving
        if isinstance(request, kinds.GENERATING):
            executor = self._generating
            if isinstance(request, p.TurnRequest):
                self._turns[call.id] = _Turn(request, _conversation_of(request), Event())
        elif self._stop_ending(request):
            executor = self._generating  # runs after the turn in the conversation that is deleted
        elif isinstance(request, kinds.SETTING):
            executor = self._setting
            if isinstance(request, p.ChangeSettings):
                self._obey(request.settings)
        elif isinstance(request, p.Prepare):
            executor = self._preparing
        elif isinstance(request, kinds.FILING):
            executor = self._filing
        elif isinstance(request, kinds.HUB):
            executor = self._asking
        elif isinstance(request, kinds.PLANNING):
            executor = self._planning
        if executor is self._generating:
            self._wait_for_generating(1)
            self._keep_loaded()
            executor.submit(self._generate, call, self._chosen)
        else:
            served = executor.submit(self._serve, call)
            if isinstance(request, kinds.CHOOSING):
                self._chosen = served

    def _obey(self, settings: Settings) -> None:
        """Put settings into force at once, in the order of requests. Idle work begins again with them."""
        if isinstance(self._handlers, Handlers):
            self._handlers.obey(settings)
            self._wait_for_generating(1)
            self._generating.submit(self._begin_idle)

    def _generate(self, call: p.Call, chosen: Future[None] | None) -> None:
        """Handle a call of the generating thread once ``chosen``, what was sent before it, is in force."""
        self._wait_for_generating(-1)
        if chosen:
            chosen.result()
        self._serve(call)
        self._soon(self._idle)

    def _begin_idle(self) -> None:
        self._wait_for_generating(-1)
        self._idle()

    def _wait_for_generating(self, change: int) -> None:
        with self._counting:
            self._waiting += change
            if self._waiting:
                self._wanted.set()
            else:
                self._wanted.clear()

    def _idle(self, *, again: bool = False) -> None:
        """Do idle work, and once more, ``again``, in an hour: the computer may have power then. This is the
        outermost function of the thread: a fault goes to the log, but not to the front end, which didn't ask
        for this work."""
        try:
            if isinstance(self._handlers, Handlers):
                if self._handlers.idle():
                    self._purge_later(self._handlers)
                if not again:
                    self._unload_later(self._handlers.unload_seconds)
                self._handlers.sleep()
        except Exception as bug:  # noqa: BLE001
            sys.excepthook(type(bug), bug, bug.__traceback__)  # to the log
        finally:
            if self._hour:
                self._hour.cancel()
            self._hour = later(HOUR, partial(self._soon, partial(self._idle, again=True)))

    def _unload_later(self, seconds: float) -> None:
        """Free the model's memory after so many seconds, unless the generating thread is wanted before."""
        self._keep_loaded()
        if seconds and not self._wanted.is_set():
            self._unloading = later(seconds, self._unload_now)

    def _soon(self, work: Callable[[], None]) -> None:
        """Do this on the generating thread, unless the core is closing."""
        with contextlib.suppress(RuntimeError):
            self._generating.submit(work)

    def _keep_loaded(self) -> None:
        if timer := self._unloading:
            timer.cancel()

    def _unload_now(self) -> None:
        """Unload on the generating thread; what the memory does there meanwhile goes on afterwards."""
        self._wait_for_generating(1)
        self._soon(self._unload)

    def _unload(self) -> None:
        self._wait_for_generating(-1)
        if isinstance(self._handlers, Handlers) and not self._wanted.is_set():
            self._handlers.chat.unload()
            self._soon(partial(self._idle, again=True))

    def _serve(self, call: p.Call) -> None:
        """Handle one call. This is the outermost function of a thread: every exception becomes a frame."""
        try:
            handlers = self._handlers
            if isinstance(handlers, UserError):
                raise handlers
            if turn := self._turns.get(call.id):
                tell = partial(self._tell, call.id)
                self._end(p.Reply(call.id, handlers.turn(turn.request, turn.stop, tell)))
                return
            value = handlers.answer(call.request)
            if isinstance(call.request, kinds.ERASING):
                self._purge_later(handlers)
            if isinstance(call.request, kinds.IDLE_AFTER):
                self._soon(self._idle)
            self._end(p.Reply(call.id, value))
            if isinstance(call.request, p.Prepare):
                # models and libraries stay; Python's collector would go through them during a recall
                gc.collect()
                gc.freeze()
        except UserError as fault:
            self._end(p.Failure(call.id, fault))
        except Exception as bug:  # noqa: BLE001
            sys.excepthook(type(bug), bug, bug.__traceback__)  # to the log
            self._end(p.Failure(call.id, InternalError(_BUG.format(bug=type(bug).__name__))))
        finally:
            self._turns.pop(call.id, None)
            self._settle_later()

    def _tell(self, id: int, event: TurnEvent) -> None:
        """Send an event of a turn. ``Answer`` is also the reply, so that the front end needn't wait until
        the message is judged."""
        if isinstance(event, Stored):
            self._announce(event)
            return
        if isinstance(event, Started):
            self._turns[id].conversation_id = event.message.conversation_id
        self._send(p.Emitted(id, event))
        if isinstance(event, Answer):
            self._end(p.Reply(id, event))
            self._turns[id].answered = True

    def _end(self, frame: p.Reply | p.Failure) -> None:
        """Send the reply to a call, unless it is a turn whose reply was sent with its answer."""
        turn = self._turns.get(frame.id)
        if turn is None or not turn.answered:
            self._send(frame)

    def _stop_ending(self, request: Request[Any]) -> int:
        """Stop the turns in the conversations that this request deletes; return their number."""
        match request:
            case p.DeleteConversation(id):
                return self._stop_answers(id)
            case a.DeleteConversations(ids):
                return sum(self._stop_answers(id) for id in ids)
            case m.Forget(what, messages) | m.ForgetNow(what, messages):
                if what.everything and messages:
                    return self._stop_answers()
                if what.conversation is not None:
                    return self._stop_answers(what.conversation)
        return 0

    def _stop_answers(self, conversation_id: int | None = None) -> int:
        """Stop the turns in this conversation, or in all; return their number."""
        turns = [
            turn
            for turn in list(self._turns.values())
            if conversation_id in (None, turn.conversation_id)
        ]
        for turn in turns:
            turn.stop.set()
        return len(turns)

    def _purge_later(self, handlers: Handlers) -> None:
        """Purge what was forgotten once the minute for undo is over."""

        def due() -> None:
            self._purges.discard(timer)
            with contextlib.suppress(RuntimeError):  # the core is closing, and purges then anyway
                self._preparing.submit(handlers.purge)

        timer = later(UNDO_SECONDS + 0.5, due)
        self._purges.add(timer)

    def _settle_later(self) -> None:
        """Some seconds after a call, the database's file has everything."""

        def due() -> None:
            self._settling = None
            if isinstance(self._handlers, Handlers):
                with contextlib.suppress(RuntimeError):  # the core is closing, which does the same
                    self._serving.submit(self._handlers.settle)

        if self._settling is None:
            self._settling = later(SETTLE_SECONDS, due)

    def _announce(self, event: Announcement) -> None:
        self._send(p.Announced(event))

    def _send(self, frame: p.Frame) -> None:
        # if the front end is gone, the main thread sees the end of the pipe and closes the core
        with self._writing, contextlib.suppress(OSError):
            p.write_frame(self._replies, frame)


def _conversation_of(turn: p.TurnRequest) -> int | None:
    """None if the request doesn't name it; the event ``Started`` will."""
    if isinstance(turn, p.Retry):
        return turn.conversation_id
    named = turn.conversation if isinstance(turn, p.Send) else None
    return named if isinstance(named, int) else None


def main(arguments: list[str], extend: Callable[[Handlers], None] = lambda _: None) -> NoReturn:
    """``nowprint core HOME …``: the pipe is standard input and output. Another program may use ``extend``
    to register handlers for further requests (bench/program.py).

    Nowprint's own faults go to the profile's log. What libraries print goes to standard error, which the
    front end reads. It may contain the user's text, so that it is never written to a file as it is.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the front end
    requests = os.fdopen(os.dup(0), "rb")
    profile = key_pipe.receive(arguments, requests)
    replies = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what a library prints must not get into the pipe
    faulthandler.enable(2)
    log = open_log(profile.log, profile.cipher)
    log_faults(lambda: log)
    _go_first()
    log.info("core of Nowprint %s begins", __version__)
    Core(profile, requests, replies, extend).run()
    log.info("core ends")
    os._exit(0)  # all is closed; a regular exit of the interpreter and torch takes two seconds more


def _go_first() -> None:
    """Make Linux kill the core rather than the window when memory runs out: a new core can be started."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
