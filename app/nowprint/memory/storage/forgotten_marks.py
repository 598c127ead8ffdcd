"""Knows again what was forgotten, without keeping it: so that neither a list that is imported once more nor
a backup that is restored brings it back unasked.

Of each text that is purged a keyed hash stays (HMAC-SHA-256, cut to 16 bytes), and of each row that is purged
one of its table and id. The key is in a file beside the database: whoever has the database alone can't even
try whether a text that they guess was in it.

A backup of the same database is compared by rows, since ids are never used again: what was forgotten and then
told anew stays. In a backup of another database the texts have to do.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import unicodedata
from collections.abc import Iterable

from nowprint.errors import ProfileError
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, id_array
from nowprint.saving import read_file, write_file

KEY_FILE = "forgotten.key"
_KEY_BYTES, _HASH_BYTES = 32, 16
_ON_PURPOSE = """NOT EXISTS (SELECT 1 FROM import i WHERE i.id = episode.origin AND i.undone)"""
"""SQL: an import that is taken back isn't something forgotten: its file may be imported again."""


class ForgottenMarks:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._path = database.path and database.path.with_name(KEY_FILE)
        self._key = b""

    def add(self, connection: sqlite3.Connection, episodes: Iterable[int]) -> None:
        """Mark the texts of episodes that are about to be purged and were forgotten on purpose."""
        rows = connection.execute(
            f"SELECT text FROM episode WHERE id {THESE} AND {_ON_PURPOSE}", [id_array(episodes)]
        ).fetchall()
        self._put(connection, (self._hash(row[0]) for row in rows))

    def add_rows(self, connection: sqlite3.Connection, table: str, ids: Iterable[int]) -> None:
        """Mark rows that are about to be purged, and the texts of messages."""
        ids = list(ids)
        identity = str(self._database.meta("identity"))
        self._put(connection, (self.of_row(identity, table, id) for id in ids))
        if table == "message":
            rows = connection.execute(f"SELECT text FROM message WHERE id {THESE}", [id_array(ids)])
            self._put(connection, [self.of_message(row[0]) for row in rows])

    @staticmethod
    def _put(connection: sqlite3.Connection, hashes: Iterable[bytes]) -> None:
        connection.executemany(
            "INSERT OR IGNORE INTO forgotten_mark VALUES (?)", [(one,) for one in hashes]
        )

    def all(self) -> frozenset[bytes]:
        with self._database.reading() as connection:
            return frozenset(
                row[0] for row in connection.execute("SELECT hash FROM forgotten_mark")
            )

    def of_row(self, identity: str, table: str, id: int) -> bytes:
        """The mark of a row of the database with this identity."""
        return self._keyed(f"row\0{identity}\0{table}\0{id}")

    def of_message(self, text: str) -> bytes:
        return self._keyed(f"message\0{text}")

    def of_episode(self, text: str) -> bytes:
        return self._hash(text)

    def among(self, texts: Iterable[str]) -> set[str]:
        """Those of the texts that were forgotten on purpose: purged, or to be purged within the minute."""
        with self._database.reading() as connection:
            marks = {row[0] for row in connection.execute("SELECT hash FROM forgotten_mark")}
            waiting = connection.execute(
                f"SELECT text FROM episode WHERE forgotten IS NOT NULL AND {_ON_PURPOSE}"
            )
            marks |= {self._hash(row[0]) for row in waiting}
        return {text for text in texts if self._hash(text) in marks} if marks else set()

    def _hash(self, text: str) -> bytes:
        plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(" .!")
        return self._keyed(plain)

    def _keyed(self, plain: str) -> bytes:
        data = plain.encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret(), data, "sha256")[:_HASH_BYTES]

    def _secret(self) -> bytes:
        """The profile's key. If it is lost, the marks made with it recognise nothing any more."""
        if not self._key:
            self._key = self._read() if self._path else b""
        if not self._key:
            self._key = secrets.token_bytes(_KEY_BYTES)
            if self._path:
                write_file(self._path, self._key, self._database.cipher)
        return self._key

    def _read(self) -> bytes:
        assert self._path is not None
        try:
            key = read_file(self._path, self._database.cipher)
        except (FileNotFoundError, ValueError):
            return b""
        except OSError as fault:
            raise ProfileError(
                f"{self._path.name} in the profile can't be read ({fault.strerror}): "
                "allow Nowprint to read it."
            ) from fault
        return key if len(key) == _KEY_BYTES else b""
