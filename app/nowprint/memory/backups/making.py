"""Makes a backup of the profile as it is on the disk now, also while another process has it open."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from nowprint.backup_records import BackupKind, Contents
from nowprint.errors import UserError
from nowprint.memory.backups import container
from nowprint.memory.backups.folder import Folder
from nowprint.memory.backups.manifest import DATABASE, TABLES, Manifest
from nowprint.memory.backups.snapshot import snapshot
from nowprint.memory.encryption.sqlcipher import connect, sqlite_of
from nowprint.memory.storage.database import explain
from nowprint.memory.storage.schema.migrations import migrations
from nowprint.saving import Cipher


def make(folder: Folder, target: Path, kind: BackupKind, made: float) -> Manifest:
    """Write a backup of the profile to ``target``. UserError if that fails: then nothing has changed."""
    if target.is_dir():
        raise UserError(f"{target} is a folder: name a file in it.")
    with folder.scratch() as work:
        copy = work / DATABASE
        snapshot(folder.home / DATABASE, copy, folder.cipher)
        copy.chmod(0o600)
        parts = {name: folder.home / name for name in container.PARTS}
        if folder.holds(
            target
        ):  # beside that of the profile, which may have another passphrase by then
            del parts[container.KEY]
        there = {name: path for name, path in parts.items() if path.is_file()}
        manifest = described(copy, kind, made, folder.cipher)
        return container.write(target, manifest, there | {DATABASE: copy})


def described(
    database: Path, kind: BackupKind, made: float, cipher: Cipher | None = None
) -> Manifest:
    """The manifest for this database, without its files. Nobody may have it open. ProfileError if the disk
    fails."""
    try:
        with contextlib.closing(connect(database, cipher)) as connection:
            return _described(connection, kind, made)
    except sqlite_of(cipher).DatabaseError as fault:
        raise explain(fault, database) or fault from fault


def _described(connection: sqlite3.Connection, kind: BackupKind, made: float) -> Manifest:
    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    steps = connection.execute(
        f"SELECT name FROM {migrations.migrations_table} WHERE migration_set = ?",
        [migrations.name],
    )
    highest = dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))
    identity = connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
    return Manifest(
        made=made,
        kind=kind,
        identity=str(identity[0]),
        highest={table: int(highest.get(table, 0)) for table in TABLES},
        contents=Contents(
            one("SELECT count(*) FROM conversation WHERE forgetting IS NULL"),
            one("SELECT count(*) FROM message WHERE forgetting IS NULL"),
            one("SELECT count(*) FROM live"),
        ),
        migrations=tuple(sorted(row[0] for row in steps)),
    )
