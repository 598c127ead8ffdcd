"""How much the memory holds, and how many bytes on disk each part of it takes.

The bytes are whole pages, unused space included, as SQLite's ``dbstat`` reports them for every table and
index. If SQLite was built without ``dbstat``, the database is a single part.

The bytes per episode are all that memory adds to the chats, divided by the number of episodes: texts and
gists, their history, the traces of all messages that the model read (also of answers, and of messages
from which nothing was kept), signatures, embeddings and both search indexes. The chats themselves don't
count: they would be there without memory.
"""

from __future__ import annotations

from nowprint.memory.storage.database import Database
from nowprint.records import MemoryStats

CHATS = "chats"
_PARTS = {
    "message": CHATS,
    "conversation": CHATS,
    "episode": "episodes",
    "trace": "traces",
    "moment": "signatures",
    "embedding": "embeddings",
    "encoding": "embeddings",
    "episode_search": "word index",
    "archive_search": "word index",
    "message_search": CHATS,
}
_REST = "history and provenance"


def figures(database: Database, index_bytes: int) -> MemoryStats:
    """Counts and sizes of a profile's memory; ``index_bytes`` is the size of the index file."""
    value = database.value
    present = "SELECT count(*) FROM live"
    with database.lock:
        episodes = value(present)
        parts = {**_database_parts(database), "meaning index": index_bytes}
        theirs = sum(size for part, size in parts.items() if part != CHATS)
        return MemoryStats(
            episodes=episodes,
            pinned=value(f"{present} WHERE pinned IS NOT NULL"),
            recalled_never=value(f"{present} WHERE recalled = 0"),
            conversations=value("SELECT count(*) FROM conversation WHERE forgetting IS NULL"),
            messages=value("SELECT count(*) FROM message WHERE forgetting IS NULL"),
            trace_tokens=value("SELECT coalesce(sum(tokens), 0) FROM trace"),
            trace_bytes=value("SELECT coalesce(sum(length(data)), 0) FROM trace"),
            database_bytes=database.bytes(),
            index_bytes=index_bytes,
            parts=tuple(sorted(parts.items(), key=lambda part: -part[1])),
            bytes_per_episode=theirs / max(1, episodes),
        )


def memory_bytes(database: Database) -> int:
    """The bytes in the database that memory adds to the chats."""
    return sum(size for part, size in _database_parts(database).items() if part != CHATS)


def _database_parts(database: Database) -> dict[str, int]:
    with database.lock:
        try:
            with database.reading() as connection:
                rows = connection.execute(
                    """SELECT coalesce(t.tbl_name, s.name), s.pages FROM
                    (SELECT name, sum(pgsize) AS pages FROM dbstat GROUP BY name) s
                    LEFT JOIN sqlite_master t ON t.name = s.name"""
                ).fetchall()
        except database.sqlite.OperationalError:
            return {"database": database.bytes()}
    parts: dict[str, int] = {}
    for table, pages in rows:
        part = _part(table)
        parts[part] = parts.get(part, 0) + pages
    return parts


def _part(table: str) -> str:
    for search in ("episode_search", "archive_search", "message_search"):
        if table.startswith(search):
            return _PARTS[search]
    return _PARTS.get(table.removesuffix("_source"), _REST)
