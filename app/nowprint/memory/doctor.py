"""Examines a profile's memory: is the database whole, and does everything derived from it match?

Derived data (full-text index, embeddings, nearest-neighbour index, states of messages) can be repaired
from the rows. Damage of the rows themselves can't. Opening finds it and sets the database aside; a large
database is checked only here, and set aside if the user asks for a repair.
"""

from __future__ import annotations

from nowprint.memory.embedding.index import Index
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.storage.database import Database
from nowprint.records import DoctorFinding

_SEARCHED = ("episode_search", "archive_search", "message_search")


def whole(database: Database, repair: bool) -> DoctorFinding:
    """Check, before anything else, whether the database is whole. ``repair``: set a damaged one aside."""
    damage = database.damage()
    if not damage:
        return DoctorFinding("database", True, "whole")
    if repair:
        return DoctorFinding("database", False, str(database.set_aside(damage)))
    advice = "close Nowprint and run nowprint doctor --repair, which sets it aside"
    return DoctorFinding("database", False, f"{damage}: {advice}")


def examine(database: Database, vectors: Vectors, index: Index) -> tuple[DoctorFinding, ...]:
    """One finding per check of derived data. The database must be whole."""
    stored, values = vectors.vectors()
    missing = len(vectors.missing())
    with database.reading() as connection:
        dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
    writing = int(database.value("SELECT count(*) FROM message WHERE state = 'writing'"))
    unmatched = len(index.ids() ^ set(stored)) + len(index.differing(stored, values))
    words = _words(database)
    return (
        DoctorFinding("links", not dangling, _count(len(dangling), "row without its parent")),
        DoctorFinding("words", not words, words or "the full-text index matches"),
        DoctorFinding("embeddings", not missing, _count(missing, "episode without an embedding")),
        DoctorFinding(
            "index", not unmatched, _count(unmatched, "entry that differs from the store")
        ),
        DoctorFinding("messages", not writing, _count(writing, "message left half-written")),
    )


def repair(database: Database) -> None:
    """Rebuild the full-text indexes and mark unfinished answers as broken; the caller repairs the rest."""
    with database.writing() as connection:
        for table in _SEARCHED:
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
        connection.execute("UPDATE message SET state = 'broken' WHERE state = 'writing'")
        database.bump_generation()


def _words(database: Database) -> str:
    """What is wrong with the full-text indexes; empty if nothing is."""
    with database.lock, database.writing() as connection:
        try:
            for table in _SEARCHED:
                connection.execute(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"
                )
        except database.sqlite.DatabaseError as fault:
            return f"the full-text index is damaged ({fault})"
    return ""


def _count(number: int, what: str) -> str:
    return f"no {what}" if number == 0 else f"{number} × {what}"
