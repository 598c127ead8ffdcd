"""Restores a backup: what it holds takes the place of the profile's database and settings.

The core that opens a profile does it, under the profile's lock and before it opens the database:

1. ``restore.json`` names the wanted backup; it is deleted first, so that a failure isn't repeated.
2. The backup is unpacked into ``restore.new`` and checked; the profile as it is becomes a backup of its own;
   what was forgotten in it is removed from the unpacked database.
3. ``restore.new`` is renamed to ``restore.ready``. From then on, and not before, the backup is what opens:
   after a kill the next opening goes on with step 4.
4. The files in ``restore.ready`` are renamed into their places.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nowprint.backup_records import Restored, RestorePreview
from nowprint.errors import ProfileError, UserError
from nowprint.memory.backups import container
from nowprint.memory.backups.folder import Folder, told
from nowprint.memory.backups.following import bring_back_undone, forget, forgotten_in, known
from nowprint.memory.backups.making import described, make
from nowprint.memory.backups.manifest import DATABASE, TABLES
from nowprint.memory.backups.snapshot import snapshot
from nowprint.memory.backups.soundness import opened
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.forgotten_marks import KEY_FILE
from nowprint.saving import Cipher, keep_name, read_file, replacing, write_file

_WANTED, _NEW, _READY = "restore.json", "restore.new", "restore.ready"
_OUTCOME = "outcome.json"
_STALE = (f"{DATABASE}-wal", f"{DATABASE}-shm", "index.hnsw", "index.hnsw.json")
"""They belong to the database that is replaced. (The index is made anew.)"""


def ask(home: Path, backup: Path) -> None:
    """Let the next opening of the profile restore a backup."""
    with replacing(home / _WANTED) as file:
        file.write(json.dumps({"path": str(backup)}).encode())


def at_opening(
    home: Path, clock: Callable[[], float], cipher: Cipher | None = None
) -> Restored | None:
    """Restore what was asked for, or what a kill interrupted; None if nothing was. ProfileError if the files
    can't be renamed."""
    folder = Folder(home, cipher)
    folder.clear()
    shutil.rmtree(home / _NEW, ignore_errors=True)
    interrupted = _finish(home)
    wanted = home / _WANTED
    if not wanted.exists():
        return interrupted
    path = ""
    try:
        with contextlib.suppress(ValueError, AttributeError):
            path = str(json.loads(wanted.read_text("utf-8")).get("path", ""))
        wanted.unlink()
        _prepare(folder, Path(path), clock())
    except (OSError, UserError) as problem:
        shutil.rmtree(home / _NEW, ignore_errors=True)
        why = str(problem)
        if isinstance(problem, OSError):
            why = _not_restored(problem.strerror or why)
        return Restored(path, fault=why)
    return _finish(home)


def _prepare(folder: Folder, path: Path, now: float) -> None:
    """Steps 2 and 3."""
    home, new = folder.home, folder.home / _NEW
    folder.make()
    new.mkdir(mode=0o700)
    with container.reading(path) as reader:
        reader.unpack(new)
    kept = ""
    with opened(new / DATABASE, folder.cipher) as restored:
        if (home / DATABASE).exists():
            safe = folder.new_name(now)
            make(folder, safe, "before restoring", now)
            kept = str(safe)
            with contextlib.closing(Database(home / DATABASE, folder.cipher)) as today:
                _carry_over(folder, today, restored, new)
        restored.empty_log()  # of its files the database's alone is renamed into its place
    with open(new / DATABASE, "r+b") as file:
        os.fsync(file.fileno())
    outcome = json.dumps(asdict(Restored(str(path), kept)))
    (new / _OUTCOME).write_text(outcome, encoding="utf-8")
    os.replace(new, home / _READY)
    keep_name(home)


def is_interrupted(home: Path) -> bool:
    """Whether the next opening goes on with a restoring that a kill interrupted."""
    return (home / _READY).exists()


def _finish(home: Path) -> Restored | None:
    """Step 4."""
    ready = home / _READY
    if not ready.exists():
        return None
    outcome: Any = {"backup": ""}
    try:
        with contextlib.suppress(OSError, ValueError):
            outcome = json.loads((ready / _OUTCOME).read_text("utf-8"))
        for name in container.PARTS:
            if name == container.KEY:
                continue  # that of the profile may have another passphrase by now
            if (ready / name).exists():
                for stale in _STALE if name == DATABASE else ():
                    (home / stale).unlink(missing_ok=True)
                os.replace(ready / name, home / name)
        keep_name(home)
        shutil.rmtree(ready)
    except OSError as problem:
        raise ProfileError(_not_restored(problem.strerror or str(problem))) from problem
    return Restored(**outcome)


def _not_restored(why: str) -> str:
    return f"The backup is not restored yet ({why}): see that the profile can be written to."


def _carry_over(folder: Folder, today: Database, restored: Database, new: Path) -> None:
    """Let what must not go back stay: what was forgotten, the receipts of it, the ids that were given."""
    knowing = known(today, hidden=True)
    bring_back_undone(restored, knowing)
    gone = forgotten_in(restored, knowing)
    if gone:
        forget(restored, gone)
    same = str(restored.meta("identity")) == knowing.identity
    highest = dict.fromkeys(TABLES, 0)
    identity = str(restored.meta("identity"))
    for _, manifest in folder.manifests():  # that of today is among them
        if manifest and manifest.identity == identity:
            for table in TABLES:
                highest[table] = max(highest[table], manifest.highest[table])
    with today.reading() as connection:
        receipts = connection.execute(
            "SELECT id, at, undo, receipt FROM forgetting WHERE receipt != ''"
        ).fetchall()
    with restored.writing() as connection:
        if knowing.hashes and (folder.home / KEY_FILE).exists():
            key = read_file(folder.home / KEY_FILE, folder.cipher)
            if not (new / KEY_FILE).exists() or read_file(new / KEY_FILE, folder.cipher) != key:
                connection.execute("DELETE FROM forgotten_mark")  # made with a key that is gone
                write_file(new / KEY_FILE, key, folder.cipher)
            connection.executemany(
                "INSERT OR IGNORE INTO forgotten_mark VALUES (?)",
                [(one,) for one in knowing.hashes],
            )
        if same:
            connection.executemany(
                "INSERT OR REPLACE INTO forgetting (id, at, undo, receipt) VALUES (?, ?, ?, ?)",
                [tuple(row) for row in receipts],
            )
        for table, last in highest.items():
            connection.execute(
                "INSERT INTO sqlite_sequence SELECT ?1, 0 WHERE NOT EXISTS"
                " (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
                [table],
            )
            connection.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [last, table]
            )
        generation = int(today.meta("generation"))
        connection.execute(
            "UPDATE meta SET value = max(value, ?) + 1 WHERE key = 'generation'", [generation]
        )


def preview(folder: Folder, path: Path, today: Database) -> RestorePreview:
    """What restoring would do; changes nothing. MemoryFileError if the backup can't be restored."""
    assert today.path is not None
    with folder.scratch() as work, container.reading(path) as reader:
        reader.unpack(work)
        with opened(work / DATABASE, folder.cipher) as copy:
            knowing = known(today, hidden=True)
            gone = forgotten_in(copy, knowing)
            newer = None
            if str(copy.meta("identity")) == knowing.identity:
                newer = len(_memories(today) - _memories(copy))
        snapshot(today.path, work / "today.db", folder.cipher)
        now = described(work / "today.db", "by hand", 0.0, folder.cipher)
        return RestorePreview(
            told(path, reader.manifest),
            now.contents,
            len(gone.episodes) + len(gone.messages),
            newer,
        )


def _memories(database: Database) -> set[int]:
    with database.reading() as connection:
        return {row[0] for row in connection.execute("SELECT id FROM live")}
