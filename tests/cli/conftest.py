"""A stand-in for the client and its core, so that the terminal's own work is tested alone.

It answers as ``service/client.py`` does: futures, events before the reply, faults in the future; what was
kept is announced after a turn's reply.
The same commands against the real core are in tests/end_to_end/test_terminal.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from nowprint.__main__ import main
from nowprint.cli import session
from nowprint.errors import CoreDied
from nowprint.events import Answer, AnswerText, Recalled, Started, Stored, TurnEvent
from nowprint.records import (
    Alternative,
    Contribution,
    Episode,
    Kept,
    Message,
    Moment,
    Recollection,
    Signature,
    Source,
    TokenScore,
    Trigger,
    Why,
)
from nowprint.service.protocol import GetSettings, Retry, Send
from nowprint.settings import Settings


def message(id: int = 7, text: str = "My cat is Pickwick.", role: Any = "user") -> Message:
    return Message(id, 1, role, text, 1000.0, "complete", "tiny", (), None)


def episode(id: int = 3, text: str = "My cat is Pickwick.", **changes: Any) -> Episode:
    values: dict[str, Any] = {
        "gist": text, "kind": "captured", "salience": 0.81, "created": 1000.0, "updated": 1000.0,
        "pinned": False, "edited": False, "recalled": 2, "last_recalled": None, "reinforced": 0,
        "sources": (Source(7, 1, "user", 0, 19),),
    }  # fmt: skip
    return Episode(id=id, text=text, **(values | changes))


def why() -> Why:
    triggers = (Trigger("surprisal", 11.5, 6.25), Trigger("kl", float("inf"), 4.0))
    moment = Moment(7, 4, " Pickwick", triggers, Signature((1, 2), (0.5, 0.25), 3.0, 4.5, "c0ffee"))
    return Why(0.81, 0.5, -2.0, (Contribution("surprisal", 1.5, 3.4),), (moment,))


def token() -> TokenScore:
    return TokenScore(9, " Pickwick", 10, 19, 11.5, 3.0, 4.5, 0.8, (Alternative(8, " Tom", 0.5),))


def recollection(id: int = 3) -> Recollection:
    return Recollection(episode(id), 0.9, (("embedding", 0.6), ("words", 0.3)))


@dataclass
class FakeCore:
    """What the core knows: replies and faults by the type of the request, and events of turns."""

    replies: dict[type, Any] = field(default_factory=dict)
    requests: list[Any] = field(default_factory=list)
    commands: int = 0
    starts: int = 0
    closes: int = 0
    stops: int = 0
    events: list[TurnEvent | CoreDied] = field(default_factory=list)
    """Of each turn, up to what is announced after it, or to the core's death."""
    announced: dict[type, list[Any]] = field(default_factory=dict)
    """What is told, unasked, after a request of a type."""
    waits_for_stop: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)

    def client(self, _profile: Any, *, on_event: Any, on_death: Any, command: Any) -> FakeClient:
        self.commands += 1
        return FakeClient(self, on_event, on_death)


class FakeClient:
    def __init__(
        self,
        core: FakeCore,
        on_event: Callable[[Any], None],
        on_death: Callable[[CoreDied], None],
    ) -> None:
        self._core = core
        self._on_event = on_event
        self._on_death = on_death
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._core.starts += 1

    def close(self, timeout: float = 10) -> None:
        self._core.closes += 1
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        self._core.stops += 1
        self._core.stopping.set()

    def call(self, request: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._core.requests.append(request)
        _resolve(future, self._reply(request))
        for event in self._core.announced.pop(type(request), ()):
            self._on_event(event)
        return future

    def turn(self, request: Send | Retry, on_event: Callable[[TurnEvent], None]) -> Future[Answer]:
        future: Future[Answer] = Future()
        self._core.requests.append(request)

        def work() -> None:
            value = self._reply(request)
            for event in self._core.events:
                if isinstance(event, Stored):
                    self._on_event(event)
                elif isinstance(event, CoreDied):
                    self._on_death(event)
                elif not isinstance(event, Answer):
                    on_event(event)
                else:
                    if self._core.waits_for_stop:
                        assert self._core.stopping.wait(10)
                    if isinstance(value, Exception):
                        break
                    on_event(event)
                    _resolve(future, value)
            if isinstance(value, Exception):
                _resolve(future, value)

        self._threads.append(threading.Thread(target=work))
        self._threads[-1].start()
        return future

    def _reply(self, request: Any) -> Any:
        value = self._core.replies.get(type(request))
        return value.pop(0) if isinstance(value, list) else value  # one after the other


def _resolve(future: Future[Any], value: Any) -> None:
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> FakeCore:
    core = FakeCore()
    core.replies[GetSettings] = Settings()
    answer = Answer(
        message(8, "Low phosphorus food.", "assistant"), (3,), 4, 31.5, 40, 20, 60, "end"
    )
    core.replies[Send] = answer
    core.events = [
        Started(message(), message(8, "", "assistant")),
        Recalled((recollection(),)),
        AnswerText("Low phosphorus ", 2, 30.0, 50),
        AnswerText("food.", 4, 31.5, 60),
        answer,
        Stored((Kept(episode(4, "It needs the food."), why(), reinforced=False),), message().id),
    ]
    monkeypatch.setattr(session, "Client", core.client)
    return core


@pytest.fixture
def run(core: FakeCore, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command as from the shell: its exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(list(arguments))
        except SystemExit as ended:  # argparse's way to end
            status = int(ended.code or 0)
        out, err = capsys.readouterr()
        assert core.closes == core.commands, "every core that was started is ended"
        return status, out, err

    return run
