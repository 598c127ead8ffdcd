"""Reads each episode's text once for what recall wants to know: the days that it speaks of, and plain facts.

That takes a millisecond or two, and a message has hundreds of candidates. Triggers put each new or changed
text on a list of those to be read (schema/texts_read.py). It is read right after it was kept or imported,
or at the next start; until then the episode speaks of no day and says no fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from threading import Event

from nowprint.language.dates import days_spoken
from nowprint.language.people.told import facts_in
from nowprint.language.people.whose import key_in
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, id_array

READER = 4
"""Counts up with every change of the lexicons of times or facts that finds others in a text, so that each
profile's texts are read again."""
_AT_ONCE = 8


class TextReader:
    """Writes the tables ``spoken_day`` (spoken_days.py) and ``plain_fact`` (retrieval/stated.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_all(self, ending: Event) -> None:
        """Read the texts that wait for it, some at a time, so that nobody waits long for the database. If
        ``ending`` is set meanwhile, the next start goes on."""
        if self._database.meta("texts read by") != READER:
            with self._database.writing() as connection:
                connection.execute("INSERT OR IGNORE INTO unread SELECT id FROM episode")
                connection.execute(
                    "INSERT OR REPLACE INTO meta VALUES ('texts read by', ?)", [READER]
                )
        while not ending.is_set() and (waiting := self._waiting()):
            self.read(waiting)

    def _waiting(self) -> list[int]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT episode FROM unread LIMIT ?", [_AT_ONCE])
            return [row[0] for row in rows]

    def read(self, ids: Iterable[int]) -> None:
        """Read those of the episodes' texts that wait for it. Nobody waits for the database meanwhile, unless
        the caller holds it: the longest text of an import takes seconds."""
        wanted = id_array(ids)
        with self._database.reading() as connection:
            texts = connection.execute(_WAITING, [wanted]).fetchall()
        days = [(id, *one) for id, text, created in texts for one in days_spoken(text, created)]
        facts = [
            (id, *astuple(said), key_in(said.value) if said.kind == "called" else "")
            for id, text, _ in texts
            for said in facts_in(text)
        ]
        with self._database.lock, self._database.writing() as connection:
            now = {tuple(row) for row in connection.execute(_WAITING, [wanted])}
            there = {
                row[0] for row in texts if tuple(row) in now
            }  # others changed or went meanwhile
            read = id_array(there)
            for table in ("spoken_day", "plain_fact"):
                connection.execute(f"DELETE FROM {table} WHERE episode {THESE}", [read])
            connection.executemany(
                "INSERT INTO spoken_day VALUES (?, ?, ?, ?)",
                [row for row in days if row[0] in there],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO plain_fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [row for row in facts if row[0] in there],
            )
            connection.execute(f"DELETE FROM unread WHERE episode {THESE}", [read])


_WAITING = f"""SELECT id, text, created FROM unread JOIN episode ON id = episode
    WHERE episode {THESE}"""
