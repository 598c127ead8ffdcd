"""A front end for the tests: a client, what it was told, and signals to wait on."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import CoreDied
from nowprint.events import Answer, AnswerText, Started, Stored, TurnEvent
from nowprint.inspection import Announcement
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Conversation, Kept, Message
from nowprint.service.client import Client
from nowprint.service.protocol import CreateConversation, LoadModel, Request, Retry, Send
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

SECONDS = 60.0
"""How long anything may take before a test fails."""
LONG = "Write a very long story about a lighthouse keeper and all the ships that pass by."


class Writing:
    """A turn on its way: its events with the times they came, and its future."""

    def __init__(self) -> None:
        self.events: list[TurnEvent] = []
        self.times: list[float] = []
        self.future: Future[Answer]
        self._came: queue.SimpleQueue[TurnEvent] = queue.SimpleQueue()

    def take(self, event: TurnEvent) -> None:
        self.times.append(time.monotonic())
        self.events.append(event)
        self._came.put(event)

    def until(self, wanted: Callable[[TurnEvent], bool]) -> Any:
        """Wait for the event."""
        while not wanted(event := self._came.get(timeout=SECONDS)):
            pass
        return event

    def until_tokens(self, count: int) -> AnswerText:
        event: AnswerText = self.until(lambda e: isinstance(e, AnswerText) and e.tokens >= count)
        return event

    def text(self, until: float | None = None) -> str:
        """What had been said, until a time."""
        return "".join(
            event.text
            for event, at in zip(self.events, self.times, strict=True)
            if isinstance(event, AnswerText) and (until is None or at <= until)
        )

    @property
    def started(self) -> Started:
        return next(event for event in self.events if isinstance(event, Started))


class Front:
    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.announced: list[Announcement] = []
        self._told: queue.SimpleQueue[Announcement] = queue.SimpleQueue()
        self.deaths: queue.SimpleQueue[CoreDied] = queue.SimpleQueue()
        self.client = Client(profile, on_event=self._tell, on_death=self.deaths.put)

    def start(self, *, model: bool = True) -> None:
        self.client.start()
        if model:
            self.ask(LoadModel())

    def _tell(self, event: Announcement) -> None:
        self.announced.append(event)
        self._told.put(event)

    def until(self, kind: type) -> Any:
        """Wait for the next announcement of a kind."""
        while not isinstance(event := self._told.get(timeout=SECONDS), kind):
            pass
        return event

    def until_stored(self, message: Message) -> tuple[Kept, ...]:
        """Wait until it is told what was kept of a message."""
        while (stored := self.until(Stored)).message_id != message.id:
            pass
        kept: tuple[Kept, ...] = stored.kept
        return kept

    def ask(self, request: Request) -> Any:
        return self.client.call(request).result(SECONDS)

    def new(self, *, temporary: bool = False) -> int:
        conversation: Conversation = self.ask(CreateConversation(temporary))
        return conversation.id

    def begin(self, text: str, conversation: int | None = None) -> Writing:
        return self.turn(Send(self.new() if conversation is None else conversation, text))

    def turn(self, request: Send | Retry) -> Writing:
        writing = Writing()
        writing.future = self.client.turn(request, writing.take)
        return writing

    def kill(self) -> CoreDied:
        """kill -9, and what the front end was told of it."""
        pid = self.client.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return self.deaths.get(timeout=SECONDS)

    def close(self) -> None:
        self.client.close(SECONDS)


def without_memory(profile: Profile, **changes: Any) -> Profile:
    """Settings under which nothing waits for the embedder."""
    prepare_profile(profile)
    save_settings(profile, Settings(memory=False, context=1024, temperature=0, **changes))
    return profile


@pytest.fixture
def front(profile: Profile, starter_model: object) -> Iterator[Front]:
    """A core with memory off, and the model loaded."""
    front = Front(without_memory(profile))
    front.start()
    yield front
    front.close()


@pytest.fixture
def open_front(starter_model: Path) -> Iterator[Callable[[Profile], Front]]:
    """More front ends, closed with the test."""
    fronts: list[Front] = []

    def opened(profile: Profile) -> Front:
        fronts.append(Front(profile))
        return fronts[-1]

    yield opened
    for front in fronts:
        front.close()


def messages_on_disk(profile: Profile, conversation: int) -> tuple[Message, ...]:
    """What the store holds once no core has it open. (Opening it marks what was broken off.)"""
    with contextlib.closing(ConversationStore(profile.database)) as store:
        return store.messages(conversation)
