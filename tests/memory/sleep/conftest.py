"""A memory with the real embedder and encoder, a clock to turn on, and nights on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from nowprint.language.dates import DAY
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Episode, EpisodeDraft
from nowprint.settings import Profile, Settings
from nowprint.sleep_records import NightChange, NightReport

FOOD = "My cat Pickwick has kidney disease and needs the low phosphorus food."


class Sleeping:
    """Episodes are put in without being compared, as an import puts them in."""

    def __init__(
        self,
        profile: Profile,
        embedder: Embedder,
        encoder: Embedder | None,
        draft: Callable[..., EpisodeDraft],
    ) -> None:
        profile.home.mkdir(exist_ok=True)
        self.profile = profile
        self.embedder = embedder
        self.encoder = encoder
        self.draft = draft
        self.now = 1_750_000_000.0
        self.told: list[Any] = []
        self.open()

    def open(self) -> None:
        self.store = ConversationStore(self.profile.database)
        self.memory = Memory(
            self.store,
            self.embedder,
            self.profile.index,
            self.told.append,
            encoder=self.encoder,
            clock=lambda: self.now,
        )
        self.sleep = self.memory.sleep
        self.database = self.store.database

    def tell(self, text: str, *, chat: int | None = None, **columns: Any) -> int:
        """The episode of a message that says ``text``, told a day after the one before; ``columns`` are set
        in its row."""
        self.now += DAY
        memory = self.memory
        if chat is None:
            chat = self.store.create_conversation().id
        message = self.store.add_message(chat, "user", text)
        vectors = self.embedder.embed([text])
        with self.database.lock:
            with self.database.writing() as connection:
                id = memory._episodes.add(self.draft(text, message), self.now)
                memory._vectors.put(id, vectors[0])
                for column, value in columns.items():
                    connection.execute(f"UPDATE episode SET {column} = ? WHERE id = ?", [value, id])
                self.database.bump_generation()
            memory._index_sync.opened().add(*memory._vectors.vectors([id]))
        return id

    def night(self, **changes: Any) -> NightReport:
        """Let it sleep to the end; returns what the night changed."""
        assert self.sleep.run(Event(), Settings(**changes), at_once=True)
        (night, *_) = self.sleep.state("").nights
        return self.sleep.report(night.id)

    def undo(self, report: NightReport, *changes: NightChange) -> NightReport:
        return self.sleep.undo(report.night.id, [one.id for one in changes])

    def episode(self, id: int) -> Episode:
        return self.memory.episodes([id])[0]

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that a night may change and a way back must restore."""
        tables = {
            "episode": "SELECT * FROM episode ORDER BY id",
            "source": "SELECT * FROM episode_source ORDER BY episode_id, position",
            "made_from": "SELECT * FROM made_from",
        }
        with self.database.reading() as connection:
            return {
                name: [tuple(row) for row in connection.execute(sql)]
                for name, sql in tables.items()
            }

    def indexed(self) -> set[int]:
        return set(self.memory._index_sync.opened().ids())


@pytest.fixture
def sleeping(
    profile: Profile, embedder: Embedder, encoder: Embedder, make_draft: Callable[..., EpisodeDraft]
) -> Iterator[Sleeping]:
    sleeping = Sleeping(profile, embedder, encoder, make_draft)
    yield sleeping
    sleeping.memory.close()


def changes(report: NightReport) -> list[tuple[str, int, int | None]]:
    """The changes of a night, the first one first."""
    return [
        (one.kind, one.episode.id, one.other and one.other.id) for one in reversed(report.changes)
    ]
