"""Backups through the core: restored by the next one, and made by themselves when nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nowprint.backup_records import BackupList
from nowprint.errors import UserError
from nowprint.events import Notice
from nowprint.memory.backups.backups import DAY, Backups
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service.backup_handlers import AutomaticBackups
from nowprint.service.protocol import ListConversations
from nowprint.service.requests.backups import GetRestored, ListBackups, MakeBackup, Restore
from nowprint.settings import Profile

from .conftest import Front


def test_one_core_is_asked_and_the_next_one_restores(
    profile: Profile, open_front: Callable[[Profile], Front]
) -> None:
    front = open_front(profile)
    front.start(model=False)
    before = front.new()
    made = front.ask(MakeBackup())
    front.new()
    front.ask(Restore(made.path))
    front.client.close()
    front.start(model=False)
    (done,) = front.ask(GetRestored())
    assert (done.backup, done.fault) == (made.path, "")
    assert [one.id for one in front.ask(ListConversations())] == [before]
    listed: BackupList = front.ask(ListBackups())
    assert [one.kind for one in listed.backups] == ["before restoring", "by hand"]
    assert front.new() > before + 1, "ids are never given twice"


def automatic(folder: Path, told: list[Notice]) -> tuple[Backups, AutomaticBackups]:
    store = ConversationStore(folder / "memory.db")
    store.add_message(store.create_conversation().id, "user", "Hello there")
    later = store.conversations()[0].updated + 2 * DAY
    backups = Backups(folder, store.database, lambda _: None, lambda: later)
    return backups, AutomaticBackups(backups, told.append)


def test_one_is_made_when_it_is_due(tmp_path: Path) -> None:
    backups, automatically = automatic(tmp_path, [])
    automatically.begin(0)
    automatically.end()
    assert backups.list().backups == ()
    automatically = AutomaticBackups(backups, lambda _: None)
    for _ in range(2):
        automatically.begin(1)
        automatically.end()
    assert [one.kind for one in backups.list().backups] == ["automatic"]
    backups._database.close()


def test_a_failure_is_told_in_one_sentence_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Notice] = []
    backups, automatically = automatic(tmp_path, told)
    full = UserError("The disk is full: free some space.")

    def fail(*_: object) -> None:
        raise full

    monkeypatch.setattr(backups, "automatic", fail)
    for _ in range(2):
        automatically.begin(1)
        automatically.end()
    assert told == [Notice(str(full))]
    backups._database.close()
