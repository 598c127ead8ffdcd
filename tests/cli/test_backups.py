"""``nowprint backup`` and ``restore``: what they ask, and what they print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nowprint.backup_records import (
    Backup,
    BackupList,
    Contents,
    CopyElsewhere,
    Restored,
    RestorePreview,
)
from nowprint.errors import MemoryFileError, ProfileInUse
from nowprint.memory.backups import container
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service.requests.backups import (
    GetRestored,
    ListBackups,
    MakeBackup,
    PreviewRestore,
    Restore,
)

MADE = Backup("/p/backups/a.zip", 1e9, "by hand", "0.1.0", 1_300_000, Contents(1, 20, 3))
PREVIEW = RestorePreview(MADE, Contents(2, 30, 4), 1, 2)


def test_a_backup_is_made(core, run, tmp_path: Path) -> None:
    core.replies[MakeBackup] = MADE
    told = "1 chat, 20 messages, 3 memories, 1.3 MB: /p/backups/a.zip\n"
    assert run("backup") == (0, told, "")
    assert run("backup", str(tmp_path / "b.zip")) == (0, told, "")
    assert core.requests == [MakeBackup(""), MakeBackup(str(tmp_path / "b.zip"))]
    assert json.loads(run("--json", "backup")[1])["contents"]["memories"] == 3


def test_they_are_listed(core, run) -> None:
    elsewhere = (CopyElsewhere("/usb/c.zip", 1e9),)
    core.replies[ListBackups] = BackupList("/p/backups", (MADE,), ("b.zip",), elsewhere)
    status, out, _ = run("backup", "--list")
    assert status == 0
    first, _, row, damaged, place = out.splitlines()
    assert first == "1 backup, 1.3 MB: /p/backups"
    assert "by hand" in row
    assert row.endswith("a.zip")
    assert damaged == "Damaged: b.zip"
    assert place.endswith("/usb/c.zip")


def test_while_the_window_has_the_profile_open(core, run, tmp_path: Path, profile) -> None:
    """The core refuses; the files are read beside it."""
    core.replies[MakeBackup] = ProfileInUse("The profile is open in another Nowprint.")
    profile.home.mkdir()
    store = ConversationStore(profile.database)
    store.add_message(store.create_conversation().id, "user", "My cat is Pickwick.")
    target = tmp_path / "copy.zip"
    status, out, err = run("backup", str(target), "--home", str(profile.home))
    assert (status, err) == (0, "")
    assert out.startswith("1 chat, 1 message, 0 memories, ")
    with container.reading(target) as reader:
        reader.verify()
    store.database.close()
    core.replies[ListBackups] = core.replies[MakeBackup]
    assert str(target) in run("backup", "--list", "--home", str(profile.home))[1]
    assert str(target) in (profile.home / "backups" / "elsewhere.jsonl").read_text("utf-8")


def test_restoring_takes_two_cores(core, run) -> None:
    core.replies |= {
        ListBackups: BackupList("/p/backups", (MADE,)), PreviewRestore: PREVIEW, Restore: None,
        GetRestored: (Restored("/p/backups/a.zip", "/p/backups/before.zip"),),
    }  # fmt: skip
    status, out, _ = run("restore", "a.zip")
    assert status == 0
    assert "2 memories of now would not be there" in out
    assert "1 memory or message of the backup stays forgotten" in out
    assert out.splitlines()[-1].endswith("kept as /p/backups/before.zip")
    assert core.requests == [
        ListBackups(),
        PreviewRestore("a.zip"),
        Restore("a.zip"),
        GetRestored(),
    ]
    assert core.closes == 2


def test_a_dry_run_only_tells(core, run, tmp_path: Path) -> None:
    core.replies |= {ListBackups: BackupList("/p/backups", ()), PreviewRestore: PREVIEW}
    path = str(tmp_path / "x.zip")
    assert run("restore", "--dry-run", path)[0] == 0
    assert json.loads(run("--json", "restore", "--dry-run", path)[1])["forgotten"] == 1
    assert core.requests[1] == PreviewRestore(path)
    assert not any(isinstance(one, Restore) for one in core.requests)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_cant_be_restored_is_told(core, run, when: str) -> None:
    refusal = MemoryFileError("The file can't be used: its zip is damaged.")
    core.replies |= {
        ListBackups: BackupList("/p/backups", ()), Restore: None,
        PreviewRestore: refusal if when == "before" else PREVIEW,
        GetRestored: (Restored("/x.zip", fault=str(refusal)),),
    }  # fmt: skip
    status, _, err = run("restore", "x.zip")
    assert (status, err) == (1, f"nowprint: {refusal}\n")
