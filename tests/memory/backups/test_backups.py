"""Backups are made while the profile is open, are whole, and are refused where they aren't."""

from __future__ import annotations

import json
import sqlite3
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nowprint.backup_records import Backup, BackupKind, Contents
from nowprint.errors import MemoryFileError, UserError
from nowprint.inspection import Forgetting
from nowprint.memory.backups import container
from nowprint.memory.backups.backups import DAY, Backups
from nowprint.memory.backups.thinning import superfluous

from ..erasure.test_full_disk import no_room
from ..talked import BOILER, CAT, Talk


def backups(talk: Talk) -> Backups:
    assert talk.memory.backups is not None
    return talk.memory.backups


def parts(path: str) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def changed(path: str, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A copy of a backup with other parts."""
    there = parts(path)
    change(there)
    copy = Path(path).with_name("changed.zip")
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in there.items():
            zipped.writestr(name, data)
    return copy


def test_a_backup_holds_what_only_the_log_has(talk: Talk, tmp_path: Path) -> None:
    talk.say(CAT)
    (talk.folder / "settings.json").write_text('{"keep": 0.5}', "utf-8")
    assert (talk.folder / "memory.db-wal").stat().st_size > 0
    made = backups(talk).make(str(tmp_path / "copy.zip"))
    assert made.contents == Contents(1, 2, 1)
    assert made.bytes == (tmp_path / "copy.zip").stat().st_size
    held = parts(made.path)
    assert set(held) == {"memory.db", "settings.json", "manifest.json"}
    assert CAT.encode() in held["memory.db"]
    manifest = json.loads(held["manifest.json"])
    assert manifest["files"][0]["bytes"] == len(held["memory.db"])
    with container.reading(Path(made.path)) as reader:
        reader.verify()
    assert not [path for path in (talk.folder / "backups").iterdir() if path.suffix != ".jsonl"]


def test_the_list_tells_those_here_and_those_elsewhere(talk: Talk, tmp_path: Path) -> None:
    talk.say(CAT)
    elsewhere = backups(talk).make(str(tmp_path / "copy.zip"))
    here = backups(talk).make()
    (talk.folder / "backups" / "broken.zip").write_bytes(b"PK")
    listed = backups(talk).list()
    assert listed.backups == (here,)
    assert listed.bytes == here.bytes
    assert listed.damaged == ("broken.zip",)
    assert [one.path for one in listed.elsewhere] == [elsewhere.path]
    (finding,) = backups(talk).findings(1)
    assert not finding.ok
    assert "broken.zip" in finding.detail
    for name in ("broken.zip", here.path, elsewhere.path):
        backups(talk).delete(name)
    assert backups(talk).list().backups == backups(talk).list().elsewhere == ()
    assert Path(elsewhere.path).exists()
    with pytest.raises(UserError, match="no backup"):
        backups(talk).delete(elsewhere.path)


def test_a_full_disk_leaves_the_older_ones(talk: Talk) -> None:
    talk.say(CAT)
    made = backups(talk).make()
    with no_room(), pytest.raises(UserError, match=r"room|full"):
        backups(talk).make()
    assert backups(talk).list().backups == (made,)
    assert [path.name for path in (talk.folder / "backups").glob("*.zip")] == [Path(made.path).name]


def test_automatic_ones_come_by_the_day_and_are_thinned(talk: Talk) -> None:
    assert not backups(talk).due(1), "there is nothing to back up"
    talk.say(CAT)
    talk.clock.now = talk.store.conversations()[0].created
    assert backups(talk).automatic(1) is None, "the profile is new"
    for day in range(12):
        talk.clock.now += DAY
        talk.memory.pin([1], day % 2 == 0)
        assert backups(talk).automatic(0) is None
        assert backups(talk).automatic(1) is not None
        assert backups(talk).automatic(1) is None
    assert 7 <= len(backups(talk).list().backups) <= 7 + 2


def test_without_a_change_there_is_none(talk: Talk) -> None:
    talk.clock.now = time.time()
    talk.say(CAT)
    talk.clock.now += 60
    backups(talk).make()
    talk.clock.now += 2 * DAY
    assert not backups(talk).due(1)
    talk.memory.pin([1], True)
    assert backups(talk).due(1)
    talk.clock.now -= 10 * DAY
    assert not backups(talk).due(1), "the profile is of later than that"


def backup(day: int, kind: BackupKind = "automatic") -> Backup:
    return Backup(f"{day} {kind}", day * DAY, kind, "0", 1, Contents())


def test_days_weeks_and_months_are_kept() -> None:
    all_of_them = [backup(day) for day in range(400)]
    now = 400 * DAY
    gone = {one.path for one in superfluous(all_of_them, now)}
    kept = [one.made / DAY for one in all_of_them if one.path not in gone]
    assert kept[-7:] == [393, 394, 395, 396, 397, 398, 399]
    assert 12 <= len(kept) <= 7 + 4 + 6
    assert kept[0] < 400 - 4 * 30
    assert superfluous([one for one in all_of_them if one.path not in gone], now) == []


def test_what_was_made_by_hand_or_for_safety_is_kept() -> None:
    many = [backup(day) for day in range(100)]
    mine, safe, old = (
        backup(3, "by hand"),
        backup(98, "before restoring"),
        backup(5, "before restoring"),
    )
    gone = superfluous([*many, mine, safe, old], 100 * DAY)
    assert mine not in gone
    assert safe not in gone
    assert old in gone


def _newer(held: dict[str, bytes]) -> None:
    told = json.loads(held["manifest.json"])
    told["migrations"].append("99_later")
    held["manifest.json"] = json.dumps(told).encode()


def _foreign(held: dict[str, bytes]) -> None:
    held["../evil.txt"] = b"x"


def _other(held: dict[str, bytes]) -> None:
    held["memory.db"] = held["memory.db"].replace(b"cat", b"dog")


def _bomb(held: dict[str, bytes]) -> None:
    held["memory.db"] = bytes(50_000_000)


def _without(held: dict[str, bytes]) -> None:
    del held["memory.db"]


@pytest.mark.parametrize("change", [_newer, _foreign, _other, _bomb, _without])
def test_what_is_damaged_newer_or_hostile_is_refused(
    talk: Talk, change: Callable[[dict[str, bytes]], object]
) -> None:
    talk.say(CAT)
    made = backups(talk).make()
    path = changed(made.path, change)
    with pytest.raises(MemoryFileError, match=r"^The file can't be used: ") as refused:
        backups(talk).ask_to_restore(str(path))
    assert ("newer" in str(refused.value)) == (change is _newer)
    assert not (talk.folder / "restore.json").exists()
    assert not (talk.folder.parent / "evil.txt").exists()
    assert talk.found(CAT) == [CAT]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON message BEGIN DELETE FROM episode; END",
        "UPDATE episode SET text = x'ff00'",
        "UPDATE message SET created = 'never'",
        "UPDATE message SET model = CAST(x'ff' AS TEXT)",
        "UPDATE sqlite_sequence SET seq = 1 << 50",
        "DROP TABLE message",
    ],
)
def test_another_database_in_a_backup_is_refused(talk: Talk, statement: str) -> None:
    """With right sizes and hashes."""
    talk.say(CAT)
    made = backups(talk).make()
    with container.reading(Path(made.path)) as reader:
        manifest = reader.manifest
        folder = talk.folder.parent / "unpacked"
        folder.mkdir()
        reader.unpack(folder)
    connection = sqlite3.connect(folder / "memory.db")
    connection.create_function("spaced", 1, lambda text: text, deterministic=True)
    connection.execute(statement)
    connection.commit()
    connection.close()
    evil = talk.folder.parent / "evil.zip"
    container.write(evil, manifest, {"memory.db": folder / "memory.db"})
    with pytest.raises(MemoryFileError, match="database is damaged"):
        backups(talk).preview(str(evil))
    (folder / "memory.db").write_bytes(b"no database at all" * 1000)
    container.write(evil, manifest, {"memory.db": folder / "memory.db"})
    with pytest.raises(MemoryFileError, match="database is damaged"):
        backups(talk).preview(str(evil))


def test_what_is_no_backup_is_refused(talk: Talk, tmp_path: Path) -> None:
    for name, data in (("a.zip", b""), ("b.zip", b"PK\x05\x06" + bytes(18)), ("c.txt", b"x" * 99)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(MemoryFileError):
            backups(talk).preview(str(tmp_path / name))
    for name in ("nowhere.zip", "."):
        with pytest.raises(UserError, match="can't be read"):
            backups(talk).preview(str(tmp_path / name))


def test_a_preview_tells_what_would_change(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    talk.say(BOILER)
    made = backups(talk).make()
    talk.memory.forgetting.forget(Forgetting((cat,)), messages=True, answers=True, chats=True)
    talk.say("The code of the garage is 471109.")
    talk.say("My sister Marta plays the cello in Porto.")
    told = backups(talk).preview(made.path)
    assert told.backup == made
    assert told.now == Contents(4, 7, 3)
    assert (told.forgotten, told.newer) == (2, 2)
