"""A client with the real one's interface and a small world of its own instead of a core.

It works on threads of its own, as the real one does, so that the window's hops between threads
are tested too. ``hold`` keeps back the answer's end, ``judging`` what is kept of the message, ``die``
plays the core's death, ``faults`` gives the error that a kind of request fails with.
"""

from __future__ import annotations

import dataclasses
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

from fake_memory import NOW  # noqa: F401 - the tests have it from here
from fake_nights import FakeNights
from fake_talks import MODEL

from nowprint import events
from nowprint import records as r
from nowprint.errors import CoreDied, UserError
from nowprint.service import protocol as p
from nowprint.settings import Profile, Settings

DAY = 86400.0


class FakeClient(FakeNights):
    def __init__(
        self,
        profile: Profile,
        *,
        on_event: Callable[[events.CoreEvent], None],
        on_death: Callable[[CoreDied], None],
    ) -> None:
        super().__init__(on_event)
        self.on_death = on_death
        self.settings = Settings()
        self.model = MODEL
        """What is loaded where no other is asked for."""
        self.requests: list[Any] = []
        self.faults: dict[type, Exception] = {}
        self.answer = (
            "That is *noted*. Here is how:\n\n```python\nprint('Pickwick')\n```\n\nAnything else?"
        )
        self.trimmed = 0
        self.killers: set[str] = set()
        """Models that end the core while they are loaded."""
        self.recalls: tuple[int, ...] = ()
        self.keeps: str = ""
        self.changes: int | None = None
        self.thought: tuple[str, ...] = ()
        self.thinks = threading.Event()
        """Clear while the thought goes on."""
        self.thinks.set()
        self.hurried = 0
        """The episode that what is kept next changes."""
        self.matches: tuple[r.Recollection, ...] | None = None
        """What "Forget that" matches, if that is what is said."""
        self.resonates: tuple[int, ...] = ()
        """Episodes that the answer comes close to while it is written."""
        self.hold = threading.Event()
        self.hold.set()
        self.judging = threading.Event()
        """Cleared, judging goes on until the next turn waits; what it leaves is judged after that."""
        self.judging.set()
        self._unjudged: list[tuple[r.Message, str, int | None]] = []
        self.findings = (r.DoctorFinding("database", True, "whole"),)
        self.cards: tuple[str, ...] = ()
        """The graphics cards of its machine."""
        self.starts = 0
        self.slow = threading.Event()
        """Cleared, every call but a turn waits."""
        self.slow.set()
        self.begins = threading.Event()
        """Cleared, a turn waits before it begins."""
        self.begins.set()
        self._stop = threading.Event()
        self._dead = threading.Event()
        self._open: set[Future[Any]] = set()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._turns: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    # --- the interface ---------------------------------------------------------------------

    def start(self) -> None:
        self.starts += 1
        self._dead.clear()
        if not self._threads:
            for work in (self._work, self._turns):
                thread = threading.Thread(target=self._run, args=(work,), daemon=True)
                thread.start()
                self._threads.append(thread)

    def close(self, timeout: float = 10) -> None:
        self.hold.set()
        self.judging.set()
        self.slow.set()
        self.begins.set()
        for work in (self._work, self._turns):
            work.put(None)
        for thread in self._threads:
            thread.join(timeout)
        self._threads.clear()

    def call(self, request: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._open.add(future)
        self.requests.append(request)

        def work() -> None:
            self.slow.wait()
            if fault := self.faults.get(type(request)):
                self._finish(future, error=fault)
                return
            try:
                self._finish(future, self._reply(request))
            except Exception as error:  # noqa: BLE001 as the core does
                self._finish(future, error=error)

        self._work.put(work)
        return future

    def turn(self, request: Any, on_event: Callable[[events.TurnEvent], None]) -> Future[Any]:
        before = list(self._open) if self.slow.is_set() else []
        future: Future[Any] = Future()
        self._open.add(future)
        self.requests.append(request)
        self._stop.clear()

        def work() -> None:
            wait(before)  # as the core does with what changes how it answers
            self.begins.wait()
            if fault := self.faults.get(type(request)):
                self._finish(future, error=fault)
                return
            try:
                self._answer(request, future, on_event)
            except UserError as fault:
                self._finish(future, error=fault)

        self._turns.put(work)
        return future

    def stop(self) -> None:
        self._stop.set()

    def answer_now(self) -> None:
        self.hurried += 1
        self.thinks.set()

    # --- what tests do to it ---------------------------------------------------------------

    @property
    def unanswered(self) -> int:
        return len(self._open)

    def die(self) -> None:
        death = CoreDied("The model process stopped unexpectedly (killed).")
        self._dead.set()
        self.contexts.clear()  # the next core's model has read nothing yet
        for future in list(self._open):
            self._finish(future, error=death)
        self.hold.set()
        self.on_death(death)

    # --- its world -------------------------------------------------------------------------

    @staticmethod
    def _run(work: queue.SimpleQueue[Callable[[], None] | None]) -> None:
        while task := work.get():
            task()

    def _finish(
        self, future: Future[Any], value: Any = None, error: Exception | None = None
    ) -> None:
        if future in self._open:
            self._open.discard(future)
            if error:
                future.set_exception(error)
            else:
                future.set_result(value)

    def _answer(
        self, request: Any, future: Future[Any], tell: Callable[[events.TurnEvent], None]
    ) -> None:
        old = made = None
        begun = ""
        if isinstance(request, p.Send):
            if not request.text.strip():
                raise UserError("The message is empty: write something first.")
            cid = request.conversation
            if isinstance(cid, r.NewConversation):
                made = self._create(cid)
                cid = made.id
            user = self._begin(request, cid)
        elif isinstance(request, p.Edit):
            if not request.text.strip():
                raise UserError("The message is empty: write something first.")
            before = self._message(request.message_id)
            if before.role != "user":
                raise UserError("Only your own messages can be edited: choose one of them.")
            cid = before.conversation_id
            user = self.say(cid, "user", request.text, parent=before.parent)
        elif isinstance(request, p.Continue):
            old = self._message(request.answer_id)
            if old.role != "assistant" or not old.text:
                raise UserError("Only an answer that has begun can be continued: choose one.")
            cid = old.conversation_id
            user = self._message(old.parent)
            begun = old.text
        else:
            cid = request.conversation_id
            mine = self._said(cid, request.answer_id)
            user = next((m for m in reversed(mine) if m.role == "user"), None)
            if user is None:
                raise UserError("There is nothing to answer again in this conversation yet.")
            old = next((m for m in reversed(mine) if m.role == "assistant"), None)
        answer = self.say(cid, "assistant", begun, replaces=old.id if old else None, parent=user.id)
        answer = self._put(answer, state="writing", persona=self.answering(request, cid))
        tell(events.Started(user, answer, made))
        tell(
            events.Recalled(
                tuple(r.Recollection(self.episodes[id], 0.8, ()) for id in self.recalls)
            )
        )
        self.read(user, self.recalls)
        if self.trimmed:
            tell(events.HistoryTrimmed(self.trimmed))
        for number, piece in enumerate(self.thought):
            tell(events.ThoughtText(piece, number + 1.0, number + 1))
            while not self.thinks.wait(0.01) and not (self._stop.is_set() or self._dead.is_set()):
                pass
        said, words = begun, self.answer.split(" ")
        for number, word in enumerate(words):
            piece = word if number == 0 else " " + word
            said += piece
            tell(events.AnswerText(piece, number + 1, 98.2, 120 + number))
            if number == len(words) // 2:
                for id in self.resonates:
                    tell(events.Resonated(self.episodes[id], 0.81))
                while not self.hold.wait(0.01) and not self._stop.is_set():
                    pass
            if self._stop.is_set() or self._dead.is_set():
                break
        if self._dead.is_set():
            self._put(answer, text=said, state="broken")
            return
        stopped = self._stop.is_set()
        for id in self.recalls:
            recalled = self._episode(id).recalled + 1
            self._change(id, recalled=recalled, last_recalled=time.time())
        answer = self._put(
            answer, text=said, state="stopped" if stopped else "complete", sources=self.recalls
        )
        done = events.Answer(
            answer, self.recalls, len(words), 98.2, 60, 20, 180, "stopped" if stopped else "end"
        )  # fmt: skip
        if self.matches is not None:
            tell(events.ForgettingAsked(self.matches))
        tell(done)
        self._finish(future, done)
        self._judge(user)

    def _judge(self, message: r.Message) -> None:
        """As the core does: it gives way to the next turn, and makes up for that after it."""
        self._unjudged.insert(0, (message, self.keeps, self.changes))
        core = self.starts
        while not self.judging.wait(0.01):
            if self._dead.is_set() or core != self.starts:
                self._unjudged.clear()
                return
            if not self._turns.empty():
                self.on_event(events.Stored((), message.id))
                return
        for one, text, changes in self._unjudged:
            kept: tuple[r.Kept, ...] = ()
            if text and one.conversation_id not in self.temporary:
                kept = (self.hear(text, one, replaces=changes),)
            if kept or one is message:
                self.on_event(events.Stored(kept, one.id))
        self._unjudged.clear()

    def _put(self, message: r.Message, **changed: Any) -> r.Message:
        self.messages[message.id] = dataclasses.replace(message, **changed)
        return self._message(message.id)

    def _reply(self, request: Any) -> Any:
        match request:
            case p.LoadModel(path):
                if (path or self.settings.model) in self.killers:
                    self.die()
                self.on_event(events.Progress("Loading the model", 0.5))
                self.on_event(events.Progress("Loading the model", 1.0))
                card = next((c for c in self.cards if c == self.settings.device), "CPU")
                return dataclasses.replace(self.model, path=path or self.model.path, device=card)
            case p.ListDevices():
                return self.cards
            case p.GetSettings():
                return self.settings
            case p.ChangeSettings(settings):
                self.settings = settings
                return settings
            case p.Prepare():
                return None
            case p.Doctor():
                return self.findings
            case _:
                return self.reply(request)
