"""Packages and profiles of other versions than the one that was built."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import sqlite_utils

from nowprint.memory.storage.schema.migrations import migrations

from .machine import UID

OLD = "0.0.1"


def older(package: Path, folder: Path) -> Path:
    """The same package with a lower version, as far as Debian can tell."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text("utf-8").splitlines()
    lines = [f"Version: {OLD}" if line.startswith("Version:") else line for line in lines]
    control.write_text("\n".join(lines) + "\n", "utf-8")
    file = folder / f"nowprint_{OLD}_amd64.deb"
    build = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(file)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return file


def old_profile(home: Path, facts: list[str]) -> None:
    """A profile as the first version wrote it: its schema, told facts and their chat, no vectors."""
    home.mkdir(parents=True)
    database = sqlite_utils.Database(home / "memory.db")
    migrations.apply(database, stop_before="2_worth")
    now = time.time() - 86_400
    with database.conn as rows:
        rows.execute("INSERT INTO conversation VALUES (1, 'Yesterday', ?, ?)", [now, now])
        for id, fact in enumerate(facts, start=1):
            rows.execute(
                "INSERT INTO message (id, conversation_id, role, text, created, state, model) "
                "VALUES (?, 1, 'user', ?, ?, 'complete', '')",
                [id, fact, now],
            )
            rows.execute(
                "INSERT INTO episode (id, text, gist, kind, salience, created, updated, conversation,"
                " why_salience, threshold, bias, contributions)"
                " VALUES (?, ?, ?, 'captured', 0.9, ?, ?, 1, 0.9, 0.5, 0, '[]')",
                [id, fact, fact, now, now],
            )
            rows.execute("INSERT INTO episode_source VALUES (?, 0, ?, 0, ?)", [id, id, len(fact)])
    database.close()
    give_to_anna(home)


def make_newer(home: Path) -> None:
    """Let the profile be one that a version of the future has migrated."""
    connection = sqlite3.connect(home / "memory.db")
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('nowprint', '99_dreams', '2040-01-01')"
    )
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    give_to_anna(home)


def give_to_anna(home: Path) -> None:
    for path in (home.parent.parent, home.parent, home, *home.rglob("*")):
        os.chown(path, UID, UID)


def digests(home: Path) -> dict[str, str]:
    """The SHA-256 of every file."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }
