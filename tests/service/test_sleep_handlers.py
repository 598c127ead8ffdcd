"""When the memory may sleep, and what is answered about its nights."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import psutil
import pytest

from nowprint.chat.chat import Chat
from nowprint.errors import UserError
from nowprint.events import Progress
from nowprint.inspection import Announcement
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.salience.episodes import added_draft
from nowprint.service import client
from nowprint.service.memory_handlers.sleep_handlers import SleepHandlers
from nowprint.service.protocol import ChangeSettings
from nowprint.service.requests.sleep import (
    ArchiveEpisodes,
    GetNight,
    GetSleepState,
    SleepNow,
    UndoNightChanges,
)
from nowprint.service.router import Router
from nowprint.settings import Profile, Settings, prepare_profile, save_settings
from nowprint.sleep_records import TIDYING

from ..memory.marked import WordEmbedder
from .conftest import SECONDS, Front

TEXTS = (
    "My sister Marta plays the cello in Porto.",
    "The boiler is serviced in May.",
    "I like plums.",
)

BATTERY = "battery"


class Battery(NamedTuple):
    power_plugged: bool | None


class Asked:
    """The handlers over three episodes, the first of which is there twice."""

    def __init__(self, folder: Path) -> None:
        self.store = ConversationStore(folder / "memory.db")
        self.memory = Memory(self.store, WordEmbedder(), folder / "index.hnsw", lambda _: None)
        self.chat = Chat(self.store, self.memory, Settings())
        self.told: list[Announcement] = []
        self.handlers = SleepHandlers(self.memory, self.chat, self.told.append)
        self.router = Router()
        self.handlers.register(self.router)
        self.ids = [self.memory.keep(added_draft(text, None)).episode.id for text in TEXTS]
        with self.store.database.writing():
            again = self.memory._episodes.add(added_draft(TEXTS[0], None), time.time())
            self.memory._vectors.put(again, WordEmbedder().embed([TEXTS[0]])[0])
        self.memory._index_sync.opened().add(*self.memory._vectors.vectors([again]))
        self.ids.append(again)

    def ask(self, request: Any) -> Any:
        return self.router.answer(request)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    asked = Asked(tmp_path)
    yield asked
    asked.memory.close()


def test_it_sleeps_by_itself_and_tells_of_it_when_asked(asked: Asked) -> None:
    assert asked.ask(GetSleepState()).waiting == 4
    asked.handlers.idle(Event())
    state = asked.ask(GetSleepState())
    assert (state.waiting, state.active, state.archived, state.held_up) == (0, 3, 0, "")
    assert state.bytes > 0
    (night,) = state.nights
    report = asked.ask(GetNight(night.id))
    assert [one.kind for one in report.changes] == ["merged"]
    after = asked.ask(UndoNightChanges(night.id, (report.changes[0].id,)))
    assert after.changes[0].undone
    assert asked.ask(GetSleepState()).active == 4
    assert asked.told == []  # nobody had asked for it


@pytest.mark.parametrize(("plugged", "sleeps"), [(True, True), (False, False), (None, True)])
def test_on_its_battery_it_does_not(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, plugged: bool | None, sleeps: bool
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: Battery(plugged), raising=False)
    asked.handlers.idle(Event())
    state = asked.ask(GetSleepState())
    assert (state.waiting == 0) == sleeps
    assert state.held_up == ("" if sleeps else "The computer runs on its battery.")


@pytest.mark.parametrize("off", ["sleep", "memory"])
def test_switched_off_it_does_not(asked: Asked, off: str) -> None:
    asked.chat.settings = replace(asked.chat.settings, **{off: False})
    asked.handlers.idle(Event())
    state = asked.ask(GetSleepState())
    assert state.waiting == 4
    assert "switched off" in state.held_up


def test_now_means_once_and_anyway(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: Battery(False), raising=False)
    asked.chat.settings = replace(asked.chat.settings, sleep=False)
    asked.ask(SleepNow())
    assert asked.ask(GetSleepState()).held_up == ""
    wanted = Event()
    wanted.set()
    asked.handlers.idle(wanted)
    assert asked.ask(GetSleepState()).waiting == 4
    asked.handlers.idle(Event())
    assert asked.ask(GetSleepState()).waiting == 0
    assert asked.told[-1] == Progress(TIDYING, 1.0)
    assert asked.ask(GetSleepState()).held_up != ""


def test_who_waits_is_told_of_the_end_even_after_a_fault(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.ask(SleepNow())
    with monkeypatch.context() as broken:
        broken.setattr(asked.memory.retrieval, "gather", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            asked.handlers.idle(Event())
    assert asked.told[-1] == Progress(TIDYING, 1.0)
    asked.handlers.idle(Event())  # the others are looked at all the same
    assert asked.ask(GetSleepState()).waiting == 0  # they are given up until the next start


def test_without_memory_there_is_nothing_to_tidy(asked: Asked) -> None:
    asked.chat.settings = replace(asked.chat.settings, memory=False)
    with pytest.raises(UserError, match="switched off"):
        asked.ask(SleepNow())


def test_by_hand_into_the_archive_and_back(asked: Asked) -> None:
    asked.memory.pin([asked.ids[1]], True)
    assert asked.ask(ArchiveEpisodes(tuple(asked.ids[:2]))) == 1  # a pinned one stays
    assert asked.ask(GetSleepState()).archived == 1
    assert asked.ask(ArchiveEpisodes(tuple(asked.ids), archived=False)) == 1
    assert asked.ask(GetSleepState()).archived == 0


def test_a_message_goes_first_and_the_night_goes_on_after_it(
    profile: Profile,
    embedder: Embedder,
    starter_model: Path,
    open_front: Callable[[Profile], Front],
) -> None:
    prepare_profile(profile)
    settings = Settings(context=1024, temperature=0, answer_tokens=8, sleep=False, recall_limit=0)
    save_settings(profile, settings)
    store = ConversationStore(profile.database)
    memory = Memory(store, embedder, profile.index, lambda _: None)
    for number in range(15):
        memory.keep(added_draft(f"Marta's cello number {number} stands in Porto, she said.", None))
    memory.close()
    front = open_front(profile)
    front.start()
    front.ask(SleepNow())
    while (state := front.ask(GetSleepState())).waiting == 15:
        assert state.held_up == ""
        time.sleep(0.05)
    writing = front.begin("Hello")
    writing.until_tokens(1)
    writing.future.result(SECONDS)
    assert front.ask(GetSleepState()).waiting > 0
    for _ in range(2):  # the message ended it once
        while front.until(Progress) != Progress(TIDYING, 1.0):
            pass
    assert front.ask(GetSleepState()).waiting == 0


ON_BATTERY = f"""
import sys
from pathlib import Path
from types import SimpleNamespace
import psutil
from nowprint.service import core
battery = Path(sys.argv[2]) / "{BATTERY}"
psutil.sensors_battery = lambda: SimpleNamespace(power_plugged=not battery.exists())
core.HOUR = 0.5
from nowprint.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_within_an_hour_of_having_power_it_sleeps(
    profile: Profile,
    embedder: Embedder,
    open_front: Callable[[Profile], Front],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        client,
        "core_command",
        lambda at: [sys.executable, "-P", "-c", ON_BATTERY, "core", str(at.home)],
    )
    prepare_profile(profile)
    (profile.home / BATTERY).touch()
    store = ConversationStore(profile.database)
    memory = Memory(store, embedder, profile.index, lambda _: None)
    for text in TEXTS:
        memory.keep(added_draft(text, None))
    memory.close()
    front = open_front(profile)
    front.start(model=False)
    front.ask(ChangeSettings(Settings()))  # idle work begins with it
    state = front.ask(GetSleepState())
    assert (state.waiting, state.held_up) == (3, "The computer runs on its battery.")
    (profile.home / BATTERY).unlink()
    until = time.monotonic() + SECONDS
    while front.ask(GetSleepState()).waiting and time.monotonic() < until:
        time.sleep(0.1)
    assert front.ask(GetSleepState()).waiting == 0
