"""Opens the database of a backup, which may come from anybody, only if Nowprint could have written it.

Its schema, brought up to date, has to be that of a new profile to the letter (so it has no triggers or views
of its own), its pages have to be whole, and each value has to be of its column's type.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nowprint.errors import MemoryFileError, ProfileError
from nowprint.memory.backups.manifest import HIGHEST
from nowprint.memory.encryption.sqlcipher import sqlite_of
from nowprint.memory.formats.validation import fault
from nowprint.memory.storage.database import Database
from nowprint.saving import Cipher

_PLAIN = b"SQLite format 3\x00"
_TYPES = {
    "INTEGER": ("integer", "null"),
    "REAL": ("real", "integer", "null"),
    "TEXT": ("text", "null"),
    "BLOB": ("blob", "null"),
}


@contextlib.contextmanager
def opened(path: Path, cipher: Cipher | None = None) -> Iterator[Database]:
    """The database, in the present schema. MemoryFileError if it isn't sound, or isn't encrypted as the
    profile is: ``cipher`` is the profile's."""
    with open(path, "rb") as file:
        plain = file.read(len(_PLAIN)) == _PLAIN
    if cipher and plain:
        raise MemoryFileError(
            "The backup is not encrypted, and this profile is: unpack it into an empty folder, and open that "
            "as a profile with --home."
        )
    other = "encrypted with another key, " if cipher else "" if plain else "encrypted, "
    errors = (ProfileError, sqlite_of(cipher).DatabaseError)
    try:
        copy = Database(path, cipher)
    except errors as problem:
        raise _unsound(other) from problem
    try:
        with contextlib.closing(Database(None)) as empty:
            if _schema(copy) != _schema(empty):
                raise _unsound()
        try:
            if copy.damage() or not _typed(copy):
                raise _unsound()
        except errors as problem:
            raise _unsound() from problem
        yield copy
    finally:
        copy.close()


def _unsound(other: str = "") -> MemoryFileError:
    return fault(f"its database is {other}damaged, or no profile's")


def _schema(database: Database) -> set[tuple[Any, ...]]:
    with database.reading() as connection:
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
        return set(map(tuple, rows))


def _typed(database: Database) -> bool:
    """Whether all values are of their columns' types, and all ids within bounds."""
    with database.reading() as connection:
        tables = connection.execute(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'"
        ).fetchall()
        for (table,) in tables:
            wrong = [
                f'typeof("{name}") NOT IN {_TYPES[kind]}'
                for name, kind in connection.execute(
                    "SELECT name, type FROM pragma_table_info(?)", [table]
                )
                if kind in _TYPES
            ]
            if (
                wrong
                and connection.execute(
                    f'SELECT 1 FROM "{table}" WHERE {" OR ".join(wrong)} LIMIT 1'
                ).fetchone()
            ):
                return False
        above = connection.execute("SELECT 1 FROM sqlite_sequence WHERE seq > ?", [HIGHEST])
        return above.fetchone() is None
