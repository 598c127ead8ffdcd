"""One SQLite file, opened with care: the connection that conversations and memory share.

Opening never harms an existing file. A database of a newer Nowprint is refused; reading its version with
``immutable=1`` leaves not even a ``-wal`` file beside it. A database that is damaged, also at a second look,
is renamed ("set aside"), never deleted, and the next start creates a fresh one. A database above
``QUICK_CHECK_BYTES`` is opened unchecked; if ``nowprint doctor --repair`` finds damage in one, it calls
``set_aside``.

The core uses the connection from two threads, so every use holds ``lock``. The lock is reentrant: the
rows, and the index that mirrors them, change while one caller holds it throughout.

**What forgetting costs.** SQLite's ``secure_delete`` zeroes the cells of deleted rows, but not the
copies that page balancing left in the gaps of neighbouring pages (measured: 51 of 300 deleted texts
could still be read), and FTS5 keeps deleted terms until its segments merge. So ``wipe`` rebuilds the
full-text indexes of the episodes, merges all segments of that of the messages (with 200,000 messages that
takes two seconds, rebuilding it ten), runs VACUUM, which writes every page anew, and truncates the
write-ahead log (WAL). The transaction that deletes sets the ``wipe`` flag, and ``wipe`` clears it last:
after a kill in between the flag is still set, and the next start finishes. (FTS5's own 'secure-delete'
option needs SQLite 3.42, and older versions of SQLite could no longer read the file.)
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import sqlite_utils

from nowprint.errors import ProfileError
from nowprint.language.finding import spaced
from nowprint.memory.encryption.sqlcipher import connect, sqlite_of
from nowprint.memory.storage.schema.first import name_id
from nowprint.memory.storage.schema.migrations import known, migrations
from nowprint.memory.storage.set_aside import SIDES, set_aside, side
from nowprint.saving import Cipher

QUICK_CHECK_BYTES = 64 * 2**20
"""Above this size the check would hold up the opening noticeably; only ``nowprint doctor`` makes it then."""
_FOREIGN = "it can't be decrypted: its bytes were changed, or another profile's key encrypted it"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Database:
    """A connection and its lock. ``path`` is None for a database that lives in memory only, ``cipher`` for
    one that isn't encrypted."""

    def __init__(self, path: Path | None, cipher: Cipher | None = None) -> None:
        self.path = path
        self.cipher = cipher
        self.sqlite = sqlite_of(cipher)
        """The module whose exceptions its connections raise."""
        self.lock = threading.RLock()
        self._handles: dict[Path, BinaryIO] = {}
        self.hidings = 0
        """How often since it was opened something was hidden or deleted that the user wants gone, or memory
        was switched off. Whoever holds something of it in memory compares."""
        self.gone: ProfileError | None = None
        """Set once the database is closed, or ``set_aside`` has renamed it: every later use raises this
        error."""
        if path is not None:
            _refuse_newer(path, cipher)
        try:
            self._connection = _connect(path, cipher)
        except self.sqlite.DatabaseError as fault:
            raise explain(fault, path) or fault from fault
        try:
            self._open()
        except BaseException:
            self._connection.close()
            raise

    def _open(self) -> None:
        try:
            found = _check(self._connection, self.path)
            if found is None:
                self._prepare()
        except self.sqlite.DatabaseError as fault:
            if _code(fault) not in _DAMAGED:
                raise explain(fault, self.path) or fault from fault
            found = _FOREIGN if self.cipher else str(fault)
        if found is not None and self.path is not None:
            self._connection.close()
            found = _confirmed(self.path, self.cipher)
            raise set_aside(self.path, found) if found else _unreadable(self.path)

    def _prepare(self) -> None:
        _refuse_others(self._connection, self.path)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        # MEMORY: VACUUM's scratch copy of the profile must not land in a temporary folder.
        for pragma in ("secure_delete=ON", "busy_timeout=5000", "temp_store=MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._tables = sqlite_utils.Database(self._connection, execute_plugins=False)
        migrations.apply(self._tables)
        with self._tables.atomic():  # answers that the previous process had not finished writing
            self._connection.execute("UPDATE message SET state = 'broken' WHERE state = 'writing'")

    def damage(self) -> str:
        """The first lines of the report of SQLite's check of every page; empty if the database is whole."""
        with self.lock:
            try:
                found = _damage(self._connection)
            except self.sqlite.DatabaseError as fault:
                if _code(fault) not in _DAMAGED:
                    raise explain(fault, self.path) or fault from fault
                found = str(fault)
            if found and self.path is not None:
                found = _confirmed(self.path, self.cipher, self.handles()[self.path])
            return found

    def set_aside(self, found: str) -> ProfileError:
        """Rename a damaged database. Returns the error that every later use of this object raises."""
        assert self.path is not None
        with self.lock:
            self._connection.close()
            self.gone = set_aside(self.path, found)
            return self.gone

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection, None, None]:
        """The connection, locked, for statements that change nothing. An SQLite fault that the user can deal
        with is raised as ProfileError."""
        with self.lock:
            if self.gone is not None:
                raise self.gone
            try:
                yield self._connection
            except self.sqlite.DatabaseError as fault:
                raise explain(fault, self.path) or fault from fault

    @contextmanager
    def as_it_stands(self) -> Generator[sqlite3.Connection, None, None]:
        """A second, read-only connection that sees what is committed now, whatever is written meanwhile, so
        that a long read blocks no other thread. A purge waits five seconds for it to be closed, then
        fails, so don't hold it for long."""
        if self.path is None:
            with self.reading() as connection:
                yield connection
            return
        if self.gone is not None:
            raise self.gone
        try:
            with contextlib.closing(
                connect(f"{self.path.absolute().as_uri()}?mode=ro", self.cipher, uri=True)
            ) as connection:
                connection.execute("BEGIN")
                yield connection
        except self.sqlite.DatabaseError as fault:
            raise explain(fault, self.path) or fault from fault

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection, None, None]:
        """One transaction, or a savepoint inside another one; it is on disk when the outermost one ends."""
        with self.reading() as connection, self._tables.atomic():
            yield connection

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None if there is no row."""
        with self.reading() as connection:
            row = connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def changes(self) -> int:
        """How many rows this connection has changed. While the number stays, cached results still hold."""
        with self.reading() as connection:
            return connection.total_changes

    def meta(self, key: str) -> Any:
        return self.value("SELECT value FROM meta WHERE key = ?", [key])

    def name_id(self, text: str) -> int:
        """The number that rows store for a name which many of them share; a new name gets one."""
        with self.writing():
            return name_id(self._tables, text)

    def name(self, id: int) -> str:
        return str(self.value("SELECT text FROM name WHERE id = ?", [id]))

    def bump_generation(self) -> None:
        """Call this in every transaction that changes the set of episodes or embeddings."""
        with self.writing() as connection:
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")

    def want_wipe(self) -> None:
        """Call this in every transaction that deletes something the user wants gone."""
        with self.writing() as connection:
            connection.execute("UPDATE meta SET value = 1 WHERE key = 'wipe'")

    def wipe(self) -> None:
        """No byte of a deleted row is left in the files when this returns (the module says how).

        ProfileError if another program reads the database at that moment.
        """
        with self.writing() as connection:
            for table in ("episode_search", "archive_search"):
                connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
            connection.execute("INSERT INTO message_search (message_search) VALUES ('optimize')")
        with self.reading() as connection:
            connection.execute("VACUUM")
        self.empty_log()
        with self.writing() as connection:
            connection.execute("UPDATE meta SET value = 0 WHERE key = 'wipe'")

    def empty_log(self) -> None:
        """Move all that the write-ahead log holds into the database's file. (Closing tries that too, but says
        nothing if the disk refuses.) ProfileError if it refuses, or another program reads the database."""
        with self.reading() as connection:
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise ProfileError(f"Another program reads {self.path}: close it, then try again.")

    def settle(self) -> None:
        """Move what the write-ahead log holds into the database's file, as far as nobody reads: a copy of
        that file alone has everything."""
        if self.gone is None:
            with self.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def handles(self) -> dict[Path, BinaryIO]:
        """Open files, to read the raw bytes of those that SQLite locks. They stay open until ``close``:
        closing any descriptor of such a file releases this process's locks on it (POSIX)."""
        if self.path is not None:
            for file in (self.path, side(self.path, "-shm")):
                if file not in self._handles and file.exists():
                    self._handles[file] = open(file, "rb")  # noqa: SIM115 - closed in close()
        return self._handles

    def seed_ids(self, first: int) -> None:
        """Let ids begin at ``first``, so that the ids of temporary chats never equal ids of the profile."""
        with self.writing() as connection:
            for table in ("conversation", "message", "episode"):
                connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", [table, first - 1])

    def bytes(self) -> int:
        """The size on disk in bytes, the write-ahead log included."""
        if self.path is None:
            return 0
        files = [self.path, *(side(self.path, end) for end in SIDES[:1])]
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        with self.lock:
            self._connection.close()
            self.gone = self.gone or ProfileError("The profile is closed.")
            for file in self._handles.values():
                file.close()


def _connect(path: Path | None, cipher: Cipher | None) -> sqlite3.Connection:
    connection = connect(":memory:" if path is None else path, cipher, threads=True)
    connection.create_function("spaced", 1, spaced, deterministic=True)  # for the full-text indexes
    return connection


def _check(connection: sqlite3.Connection, path: Path | None) -> str | None:
    """What is damaged; None if nothing is, or the database is too large to check now."""
    if path is None or not path.exists() or path.stat().st_size > QUICK_CHECK_BYTES:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return None
    return _damage(connection) or None


def _damage(connection: sqlite3.Connection) -> str:
    """What SQLite's quick check reports; empty if nothing. Faults of the full-text index, which newer
    versions of SQLite report too, don't count: the index can be built anew."""
    lines = [str(row[0]) for row in connection.execute("PRAGMA quick_check(10)")]
    return "; ".join(line for line in lines if line != "ok" and "FTS5 table" not in line)


def _confirmed(path: Path, cipher: Cipher | None, handle: BinaryIO | None = None) -> str:
    """What a second look finds damaged in a database that seemed so at the first; empty if it is whole.

    To SQLite's check a disk that failed to read a page once looks like a damaged page, and nobody's memory
    must be set aside for that. ProfileError if the file can't be read now; an open database is read by its
    ``handle``.
    """
    try:
        with contextlib.nullcontext(handle) if handle else open(path, "rb") as file:
            file.seek(0)
            while file.read(1 << 20):
                pass
        with contextlib.closing(_connect(path, cipher)) as connection:
            return _damage(connection)
    except OSError as fault:
        raise _unreadable(path) from fault
    except sqlite_of(cipher).DatabaseError as fault:
        if _code(fault) not in _DAMAGED:
            raise explain(fault, path) or fault from fault
        return _FOREIGN if cipher else str(fault)


def _refuse_newer(path: Path, cipher: Cipher | None) -> None:
    """ProfileError if a newer Nowprint or another program wrote the database. Looking changes nothing: with
    ``immutable`` SQLite creates no -wal or -shm file and ignores existing ones."""
    try:
        if path.stat().st_size == 0:
            return
    except OSError:
        return  # opening the database will report this fault
    errors = sqlite_of(cipher).DatabaseError
    try:
        look = connect(f"{path.absolute().as_uri()}?immutable=1", cipher, uri=True)
    except errors:
        return
    try:
        _refuse_others(look, path)
    except errors:
        pass  # damaged: opening the database will find that and set it aside
    finally:
        look.close()


def _refuse_others(connection: sqlite3.Connection, path: Path | None) -> None:
    """ProfileError if a newer Nowprint or another program wrote the database."""
    tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master")}
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    names: set[str] = set()
    if migrations.migrations_table in tables:
        rows = connection.execute(
            f"SELECT name FROM {migrations.migrations_table} WHERE migration_set = ?",
            [migrations.name],
        )
        names = {str(row[0]) for row in rows}
    elif tables:
        raise ProfileError(
            f"{path} is a database of another program: choose another profile folder with --home."
        )
    if names - known() or version > 0:
        raise ProfileError(
            f"{path} was written by a newer version of Nowprint: update Nowprint to open it "
            "(nothing was changed)."
        )


def _code(fault: Exception) -> int:
    """SQLite's primary result code; 0 for an error that Python's sqlite3 module raises itself."""
    return int(getattr(fault, "sqlite_errorcode", 0)) & 0xFF


def _unreadable(path: Path) -> ProfileError:
    return ProfileError(
        f"The database {path} can't be read or written: see that its disk has room, and is well."
    )


def explain(fault: Exception, path: Path | None) -> ProfileError | None:
    """The error that tells the user about a fault; None if the fault is a bug of Nowprint."""
    sentences = {
        sqlite3.SQLITE_FULL: "The disk is full: free some space in {path}; this was not saved.",
        sqlite3.SQLITE_READONLY: "The profile can't be written to: make {path} writable.",
        sqlite3.SQLITE_CANTOPEN: "The database {path} can't be opened: "
        "see that its folder exists and can be written to.",
        sqlite3.SQLITE_PERM: "The database {path} can't be opened: make it readable and writable.",
        sqlite3.SQLITE_IOERR: "The database {path} can't be read or written: "
        "see that its disk has room, and is well.",
        sqlite3.SQLITE_BUSY: "Another program holds {path}: close it, then try again.",
        sqlite3.SQLITE_CORRUPT: "The database {path} seems to be damaged: close Nowprint and run "
        "nowprint doctor --repair, which looks again, and sets it aside if it is.",
        sqlite3.SQLITE_NOTADB: "The database {path} is damaged: start Nowprint again.",
    }
    sentence = sentences.get(_code(fault))
    return ProfileError(sentence.format(path=path)) if sentence else None
