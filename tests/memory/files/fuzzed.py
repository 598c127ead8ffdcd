"""What every mutated file must leave as it was: the program, the profile, the patience of the user."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nowprint.errors import UserError
from nowprint.memory.storage.database import Database

from ..conftest import Profiled
from .conftest import CAT, export, fill, rows, tell
from .mutating import Files

CHATS = b"""[{"title": "Pets", "create_time": 1700000000.5, "current_node": "b", "mapping": {
"a": {"parent": null, "children": ["b", "c"], "message": {"author": {"role": "user"}, "create_time":
 1700000000.5, "content": {"content_type": "text", "parts": ["My cat is called Pickwick.", {"x": 1}]}}},
"b": {"parent": "a", "children": [], "message": {"author": {"role": "assistant"}, "create_time": null,
 "content": {"content_type": "text", "parts": ["Nice."]}}},
"c": {"parent": "a", "children": [], "message": null}}},
{"name": "Plans", "created_at": "2024-05-01T10:00:00Z", "chat_messages": [{"sender": "human", "text":
 "I plan a trip.", "created_at": "2024-05-01T10:00:01.5Z",
 "content": [{"type": "text", "text": "I plan."}]}]}]"""
MEM0 = b"""{"results": [{"id": "1", "memory": "Likes tea", "created_at": "2024-07-01T12:00:00-07:00"},
{"memory": "Has a cat"}, "plain"]}"""
LIST = (
    b"# Facts\n- [2024-01-01] - Lives in Porto\n- Has a cat\n  called Pickwick\n\n1. Plays chess\n"
)


class RolledBackError(Exception):
    """Raised to take back what a successful import wrote."""


class Trial:
    """One profile that meets one file after the other."""

    def __init__(self, home: Profiled, folder: Path) -> None:
        self._home = home
        self._path = folder / "mutant"
        tell(home, CAT, "I live in Lisbon.")
        home.memory.prepare()  # the index is there, as it is in the app
        self._before = self._bytes()
        self._rows = rows(home)
        self.refused = self.reviewed = self.imported = 0
        self.slowest = 0.0

    def meet(self, file: bytes) -> None:
        """Review it, and if that is possible import it (and take that back)."""
        self._path.write_bytes(file)
        began = time.thread_time()
        files = self._home.memory.files
        try:
            review = files.review(str(self._path), "plum tree")
            self.reviewed += 1
        except UserError as fault:
            self.refused += 1
            sentence = str(fault)
            assert sentence.endswith((".", ")")), sentence
            assert "\n" not in sentence
            review = None
        self.slowest = max(self.slowest, time.thread_time() - began)
        assert self._bytes() == self._before, "a review has changed the profile"
        if review is not None:
            self._apply(lambda: files.apply(review.id, (), read=True))
            files.drop(review.id)
        self.slowest = max(self.slowest, time.thread_time() - began)

    def _apply(self, apply: Callable[[], object]) -> None:
        database: Database = self._home.store.database
        try:
            with database.writing():
                apply()
                self.imported += 1
                with database.reading() as connection:
                    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
                raise RolledBackError
        except (UserError, RolledBackError):
            pass
        assert rows(self._home) == self._rows, "an import that failed has left something"
        self._before = self._bytes()  # the index may have been saved: it is a cache of the rows

    def _bytes(self) -> dict[str, bytes]:
        folder = self._home.profile.home
        return {
            path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
        }


def seeds(home: Profiled, folder: Path) -> Files:
    """Files as they are meant to be."""
    fill(home)
    export(home, folder / "a.nowprint")
    export(home, folder / "locked.nowprint", passphrase="plum tree")
    memory_file = (folder / "a.nowprint").read_bytes()
    return Files((memory_file, memory_file, memory_file, CHATS, MEM0, LIST))
