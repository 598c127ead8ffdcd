"""What every mutated export must leave as it was: the program, the profile, the patience of the user."""

from __future__ import annotations

import time
from pathlib import Path

from nowprint.errors import UserError
from nowprint.inspection import ImportReview
from nowprint.memory.storage.database import Database

from ..conftest import Profiled


class RolledBackError(Exception):
    """Raised to take back what a successful import wrote."""


class Trial:
    """One profile that meets one file after the other."""

    def __init__(self, home: Profiled, folder: Path) -> None:
        self._home = home
        self._folder = folder
        home.memory.prepare()  # the index is there, as it is in the app
        self._rows = self._state()
        self.refused = self.reviewed = self.imported = 0
        self.slowest = 0.0

    def meet(self, name: str, data: bytes) -> None:
        """Review it, and if that is possible import all of it (and take that back)."""
        path = self._folder / name
        path.write_bytes(data)
        began = time.thread_time()
        files = self._home.memory.files
        try:
            review = files.review(str(path), "")
            self.reviewed += 1
        except UserError as fault:
            self.refused += 1
            sentence = str(fault)
            assert sentence.endswith((".", ")")), sentence
            assert "\n" not in sentence
        else:
            assert self._state() == self._rows, "a review has changed the profile"
            self._apply(review)
        self.slowest = max(self.slowest, time.thread_time() - began)
        path.unlink()

    def _apply(self, review: ImportReview) -> None:
        database: Database = self._home.store.database
        files = self._home.memory.files
        try:
            with database.writing() as connection:
                files.apply(review.id, (), read=True, chats=True)
                self.imported += 1
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
                raise RolledBackError
        except (UserError, RolledBackError):
            pass
        files.drop(review.id)
        assert self._state() == self._rows, "an import that failed has left something"

    def _state(self) -> list[int]:
        """How many rows each table has."""
        with self._home.store.database.reading() as connection:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            return [
                int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
                for (name,) in tables.fetchall()
                if not name.startswith(("sqlite_", "message_words", "episode_words"))
            ]
