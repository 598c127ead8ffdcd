"""Restoring replaces the profile as a whole, keeps what was there, and brings back nothing forgotten."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nowprint.backup_records import Restored
from nowprint.inspection import EpisodeFilter, Forgetting
from nowprint.memory.backups import restoring
from nowprint.memory.backups.folder import Folder
from nowprint.memory.storage.database import Database

from ..talked import ALL, BOILER, CAT, CODE, Talk
from .test_backups import backups
from .test_following import held


def restore(talk: Talk, path: str) -> Restored:
    backups(talk).ask_to_restore(path)
    talk.memory.close()
    done = restoring.at_opening(talk.folder, talk.clock)
    assert done is not None
    talk.open()
    return done


def memories(talk: Talk) -> list[str]:
    return [one.text for one in talk.memory.query.page(EpisodeFilter(), "oldest").episodes]


def well(talk: Talk) -> None:
    assert [one for one in talk.memory.findings(False) if not one.ok] == []


def test_the_profile_is_as_it_was_and_what_was_there_is_kept(talk: Talk) -> None:
    talk.say(CAT)
    (talk.folder / "settings.json").write_text('{"keep": 0.5}', "utf-8")
    made = backups(talk).make()
    talk.say(BOILER)
    (talk.folder / "settings.json").write_text('{"keep": 0.9}', "utf-8")
    done = restore(talk, made.path)
    assert (done.backup, done.fault) == (made.path, "")
    assert memories(talk) == [CAT]
    assert (talk.folder / "settings.json").read_text("utf-8") == '{"keep": 0.5}'
    well(talk)
    again = restore(talk, done.kept)
    assert memories(talk) == [CAT, BOILER]
    assert (talk.folder / "settings.json").read_text("utf-8") == '{"keep": 0.9}'
    assert [one.kind for one in backups(talk).list().backups].count("before restoring") == 2
    assert again.fault == ""
    well(talk)
    assert restoring.at_opening(talk.folder, talk.clock) is None
    assert not [path for path in talk.folder.iterdir() if path.name.startswith("restore")]


def test_what_was_forgotten_stays_forgotten(talk: Talk, tmp_path: Path) -> None:
    cat, _, _ = talk.say(CAT)
    talk.say(BOILER)
    elsewhere = backups(talk).make(str(tmp_path / "usb.zip"))
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    talk.memory.purge(all=True)
    receipts = talk.memory.purging.receipts.all()
    talk.say(CODE)
    restore(talk, elsewhere.path)
    assert memories(talk) == [BOILER]
    assert held(talk, CAT, "Pickwick") == []
    assert talk.memory.purging.receipts.all() == receipts
    well(talk)
    forgotten = talk.memory.forgetting
    code, _, _ = talk.say(CODE)
    assert code > cat + 2, "ids are never used again"
    forgotten.forget(Forgetting((code,)), **ALL)
    talk.memory.purge(all=True)
    restore(talk, elsewhere.path)
    assert memories(talk) == [BOILER], "the marks outlast restoring"


def test_what_was_hidden_when_a_kill_came_stays_hidden(talk: Talk, tmp_path: Path) -> None:
    cat, _, _ = talk.say(CAT)
    elsewhere = backups(talk).make(str(tmp_path / "usb.zip"))
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    restoring.ask(talk.folder, Path(elsewhere.path))
    talk.store.database.close()
    restoring.at_opening(talk.folder, talk.clock)
    talk.open()
    assert memories(talk) == []


def test_what_was_undone_after_the_backup_is_there(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    done = talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    made = backups(talk).make()
    assert made.contents.memories == 0
    talk.memory.forgetting.undo(done.batch)
    restore(talk, made.path)
    assert memories(talk) == [CAT]
    well(talk)


def test_into_an_empty_profile_and_into_another_one(talk: Talk, tmp_path: Path) -> None:
    talk.say(CAT)
    talk.say(BOILER)
    made = backups(talk).make(str(tmp_path / "usb.zip"))
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    restoring.ask(fresh, Path(made.path))
    done = restoring.at_opening(fresh, talk.clock)
    assert done == Restored(made.path)
    assert (fresh / "memory.db").stat().st_size > 0
    other = Talk(tmp_path / "other", talk.draft)
    cat, _, _ = other.say(CAT)
    other.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    other.memory.purge(all=True)
    assert backups(other).preview(made.path).newer is None
    restore(other, made.path)
    assert memories(other) == [BOILER], "it was forgotten here, though told elsewhere"
    well(other)
    other.memory.close()


def test_a_damaged_one_leaves_everything(talk: Talk) -> None:
    talk.say(CAT)
    broken = talk.folder / "broken.zip"
    broken.write_bytes(b"PK\x03\x04" * 99)
    restoring.ask(talk.folder, broken)
    talk.memory.close()
    done = restoring.at_opening(talk.folder, talk.clock)
    assert done is not None
    assert "can't be used" in done.fault
    talk.open()
    assert memories(talk) == [CAT]
    assert restoring.at_opening(talk.folder, talk.clock) is None, "it isn't tried again"


def test_what_the_disk_kept_in_the_log_is_not_left_behind(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new database's file takes its place alone. While somebody reads it, its log can't be emptied, as if
    the disk refused; then nothing may be restored, least of all what was forgotten."""
    talk.say(CAT)
    made = backups(talk).make()
    talk.say(BOILER)
    readers: list[sqlite3.Connection] = []
    carry_over = restoring._carry_over

    def read_meanwhile(folder: Folder, today: Database, restored: Database, new: Path) -> None:
        reader = sqlite3.connect(new / "memory.db", isolation_level=None)
        readers.append(reader)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM episode").fetchone()
        carry_over(folder, today, restored, new)

    monkeypatch.setattr(restoring, "_carry_over", read_meanwhile)
    done = restore(talk, made.path)
    assert "Another program reads" in done.fault
    assert memories(talk) == [CAT, BOILER]
    well(talk)
    readers[0].close()


class Killed(BaseException):
    pass


def test_a_kill_at_any_point_leaves_the_old_or_the_new(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call that changes a name or deletes a file may be the last one, before or after it is done."""
    talk.say(CAT)
    made = backups(talk).make()
    talk.say(BOILER)
    seen: set[tuple[str, ...]] = set()
    point = 0
    while True:
        restoring.ask(talk.folder, Path(made.path))
        talk.memory.close()
        calls = _killing(monkeypatch, point)
        with contextlib.suppress(Killed):
            restoring.at_opening(talk.folder, talk.clock)
        monkeypatch.undo()
        restoring.at_opening(talk.folder, talk.clock)
        talk.open()
        there = tuple(memories(talk))
        assert there in ((CAT,), (CAT, BOILER))
        well(talk)
        seen.add(there)
        if len(calls) <= point:
            break
        if there == (CAT,):
            talk.say(BOILER)
        point += 1
    assert point > 10
    assert seen == {(CAT,), (CAT, BOILER)}


def _killing(monkeypatch: pytest.MonkeyPatch, point: int) -> list[str]:
    """Let the call number ``point`` die: an even one before it is done, an odd one after that."""
    calls: list[str] = []

    def dying(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if len(calls) > point:
                return real(*given, **named)
            calls.append(name)
            if len(calls) - 1 == point:
                raise Killed
            done = real(*given, **named)
            calls.append(name)
            if len(calls) - 1 == point:
                raise Killed
            return done

        return call

    for module, name in (
        (os, "replace"),
        (os, "unlink"),
        (os, "rmdir"),
        (os, "mkdir"),
        (os, "fsync"),
    ):
        monkeypatch.setattr(module, name, dying(name, getattr(module, name)))
    monkeypatch.setattr(restoring, "forget", dying("forget", restoring.forget))
    return calls
