"""Which SQLite a database is opened with: Python's own, or SQLCipher for an encrypted profile's.

SQLCipher encrypts each page with AES-256 and authenticates it with HMAC-SHA-512; the write-ahead log holds
such pages, too. It is imported only where it is used. Its exceptions and rows are classes of its own.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, cast

from nowprint.saving import Cipher


def sqlite_of(cipher: Cipher | None) -> Any:
    """The module: ``sqlite3``, or one with the same names."""
    if cipher is None:
        return sqlite3
    from sqlcipher3 import dbapi2

    return dbapi2


def connect(
    database: Path | str, cipher: Cipher | None, *, uri: bool = False, threads: bool = False
) -> sqlite3.Connection:
    """A connection; with a cipher nothing is read before the key is there. ``threads``: several threads use
    it, of which the caller lets in one at a time."""
    sqlite = sqlite_of(cipher)
    made = sqlite.connect(database, uri=uri, check_same_thread=not threads)
    if cipher is not None:
        made.execute("PRAGMA cipher_log_level = NONE")  # it would write to standard error
        made.execute(f'PRAGMA key = "{literal(cipher)}"')
    made.row_factory = sqlite.Row
    return cast(sqlite3.Connection, made)


def literal(cipher: Cipher) -> str:
    """The key as SQLCipher takes it without deriving another from it."""
    return f"x'{cipher.database.hex()}'"
