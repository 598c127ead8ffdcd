"""Conversations on the real model, embedder, store and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from nowprint.chat.chat import Chat
from nowprint.engine.engine import Engine
from nowprint.events import Answer, CoreEvent, Stored, TurnEvent
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, NewConversation, Why
from nowprint.service.proofs import frames_file
from nowprint.settings import Profile, Settings

SETTINGS = Settings(context=512, answer_tokens=8, temperature=0, seed=1)


@pytest.fixture(scope="session")
def shared_engine(starter_model: Path) -> Iterator[Engine]:
    engine = Engine(starter_model, context=SETTINGS.context)
    yield engine
    engine.close()


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    """One for all tests, which has read nothing yet but the frames; a module whose tests break the
    engine or load another model brings its own."""
    shared_engine.context.clear()
    return shared_engine


class Talk:
    """A chat over a profile, and the events of its last turn."""

    def __init__(
        self, profile: Profile, engine: Engine, embedder: Embedder, encoder: Embedder
    ) -> None:
        profile.home.mkdir(exist_ok=True)
        self.profile = profile
        self.store = ConversationStore(profile.database)
        self.memory = Memory(self.store, embedder, profile.index, lambda _: None, encoder=encoder)
        self.announced: list[CoreEvent] = []
        self.wanted = Event()
        self.chat = Chat(self.store, self.memory, SETTINGS, self.announced.append, self.wanted)
        self.chat.judge.frames_file = frames_file(profile)
        self.chat.borrow(engine)
        self.closed = False
        self.stop = Event()
        self.events: list[TurnEvent] = []
        self.on_event: Callable[[TurnEvent], None] = lambda _: None

    def set(self, **changed: Any) -> None:
        self.chat.settings = replace(self.chat.settings, **changed)

    def _emit(self, event: TurnEvent) -> None:
        self.events.append(event)
        self.on_event(event)

    def new(self, *, temporary: bool = False) -> int:
        return self.chat.create_conversation(NewConversation(temporary)).id

    def say(self, text: str, conversation: int | None = None) -> Answer:
        self.events.clear()
        self.stop.clear()
        conversation = self.new() if conversation is None else conversation
        return self.chat.send(conversation, text, self.stop, self._emit)

    def retry(self, conversation: int) -> Answer:
        self.events.clear()
        self.stop.clear()
        return self.chat.retry(conversation, self.stop, self._emit)

    def told(self, kind: type) -> list[TurnEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def stored(self) -> list[list[str]]:
        """What each Stored of the last turn told, in words."""
        stored = [event for event in self.events if isinstance(event, Stored)]
        return [[one.episode.text for one in event.kept] for event in stored]

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.chat.close()
            self.memory.close()


@pytest.fixture
def talk(profile: Profile, engine: Engine, embedder: Embedder, encoder: Embedder) -> Iterator[Talk]:
    talk = Talk(profile, engine, embedder, encoder)
    yield talk
    talk.close()


def kept(talk: Talk) -> list[str]:
    return [one.text for one in talk.memory.query.page(sort="oldest").episodes]


def pin(talk: Talk, text: str) -> int:
    draft = EpisodeDraft(text, text, "remembered", 1.0, Why(1.0, 0.0, 0.0, (), ()), ())
    id = talk.memory.keep(draft).episode.id
    talk.memory.pin([id], True)
    return id


def on_disk(talk: Talk, text: str) -> list[str]:
    """The profile's files that hold a text."""
    return [
        path.name
        for path in talk.profile.home.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]
