"""A copy of a database as it stands, while other connections, also of other processes, write to it.

``VACUUM INTO`` reads one state of the database, including what only the write-ahead log holds, and writes
only live rows: no bytes of deleted ones are copied.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from nowprint.memory.storage.database import explain


def snapshot(database: Path, copy: Path) -> None:
    """Write a copy of ``database`` to the new file ``copy``. ProfileError if that fails."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("VACUUM INTO ?", [str(copy)])
    except sqlite3.DatabaseError as fault:
        raise explain(fault, database) or fault from fault
