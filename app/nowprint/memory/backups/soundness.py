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
    faults = (ProfileError, sqlite_of(cipher).DatabaseError, UnicodeDecodeError)
    with contextlib.ExitStack() as held:
        try:
            copy = Database(path, cipher)
            held.callback(copy.close)
            empty = held.enter_context(contextlib.closing(Database(None)))
            sound = _schema(copy) == _schema(empty) and not copy.damage() and _typed(copy)
        except faults as problem:
            raise _unsound(other) from problem
        if not sound:
            raise _unsound()
        yield copy


def _unsound(other: str = "") -> MemoryFileError:
    return fault(f"its database is damaged, {other}or no profile's")


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
            columns = [
                row
                for row in connection.execute(
                    "SELECT name, type FROM pragma_table_info(?)", [table]
                )
                if row["type"] in _TYPES
            ]
            wrong = [f'typeof("{name}") NOT IN {_TYPES[kind]}' for name, kind in columns]
            if (
                wrong
                and connection.execute(
                    f'SELECT 1 FROM "{table}" WHERE {" OR ".join(wrong)} LIMIT 1'
                ).fetchone()
            ):
                return False
            if texts := ", ".join(f'"{name}"' for name, kind in columns if kind == "TEXT"):
                for _ in connection.execute(f'SELECT {texts} FROM "{table}"'):
                    pass  # what is no UTF-8 can't be read
        above = connection.execute("SELECT 1 FROM sqlite_sequence WHERE seq > ?", [HIGHEST])
        return above.fetchone() is None
