"""A copy of a database as it stands, while other connections, also of other processes, write to it.

``VACUUM INTO`` reads one state of the database, including what only the write-ahead log holds, and writes
only live rows: no bytes of deleted ones are copied.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from nowprint.memory.encryption.sqlcipher import connect, sqlite_of
from nowprint.memory.storage.database import explain
from nowprint.saving import Cipher


def snapshot(database: Path, copy: Path, cipher: Cipher | None = None) -> None:
    """Write a copy of ``database`` to the new file ``copy``, encrypted with the same key if it is encrypted.
    ProfileError if that fails."""
    try:
        with contextlib.closing(
            connect(f"{database.absolute().as_uri()}?mode=ro", cipher, uri=True)
        ) as connection:
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("VACUUM INTO ?", [str(copy)])
    except sqlite_of(cipher).DatabaseError as fault:
        raise explain(fault, database) or fault from fault
