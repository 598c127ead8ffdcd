"""Copies a whole database into another form: plain to encrypted, or back.

SQLCipher's own ``sqlcipher_export`` writes every row anew, so what was deleted doesn't come along.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from nowprint.errors import ProfileError
from nowprint.language.finding import spaced
from nowprint.memory.encryption.sqlcipher import literal
from nowprint.saving import Cipher


def copy(source: Path, cipher: Cipher | None, target: Path, wanted: Cipher | None) -> None:
    """Copy ``source``, opened with ``cipher``, to a new file, encrypted with ``wanted``. The copy is on
    the disk when this returns. ProfileError if the copy isn't equal, or the disk refuses."""
    from sqlcipher3 import dbapi2

    try:
        with contextlib.closing(dbapi2.connect(source, isolation_level=None)) as connection:
            connection.create_function("spaced", 1, spaced, deterministic=True)
            connection.execute("PRAGMA cipher_log_level = NONE")
            if cipher:
                connection.execute(f'PRAGMA key = "{literal(cipher)}"')
            connection.execute("PRAGMA temp_store = MEMORY")
            key = literal(wanted) if wanted else ""
            connection.execute("ATTACH DATABASE ? AS copied KEY ?", [str(target), key])
            # a copy cut short is thrown away
            connection.execute("PRAGMA copied.journal_mode = OFF")
            connection.execute("SELECT sqlcipher_export('copied')")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute(f"PRAGMA copied.user_version = {int(version)}")
            same = _rows(connection, "main") == _rows(connection, "copied")
            whole = connection.execute("PRAGMA copied.integrity_check(1)").fetchone()[0]
            connection.execute("DETACH DATABASE copied")
    except dbapi2.DatabaseError as fault:
        raise ProfileError(
            f"The database {source} could not be copied ({fault}): see that there is room on its disk; "
            "nothing was changed."
        ) from fault
    if not same or whole != "ok":
        raise ProfileError(
            f"The copy of the database {source} is not equal to it: nothing was changed."
        )
    with open(target, "r+b") as file:
        os.fsync(file.fileno())


def _rows(connection: object, schema: str) -> dict[str, int]:
    """How many rows each table has."""
    execute = connection.execute  # type: ignore[attr-defined]
    tables = execute(
        f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    return {
        str(name): execute(f'SELECT count(*) FROM {schema}."{name}"').fetchone()[0]
        for (name,) in tables
    }
