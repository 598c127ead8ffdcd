"""The user's saved filters: rows of a name, the filter as JSON, and the sort order."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import get_args

from nowprint.errors import NotFound, UserError
from nowprint.inspection import EpisodeFilter, FoundSort, SavedFilter
from nowprint.memory.storage.conversations import clean
from nowprint.memory.storage.database import Database

_FIELDS = frozenset(field.name for field in fields(EpisodeFilter))


class SavedFilters:
    """Reads and writes saved filters. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[SavedFilter, ...]:
        """All saved filters, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT name, filter, sort FROM saved_filter ORDER BY lower(name), name"
            )
            return tuple(
                SavedFilter(name, _read(stored), _sort(sort)) for name, stored, sort in rows
            )

    def save(self, name: str, filter: EpisodeFilter, sort: FoundSort) -> tuple[SavedFilter, ...]:
        """Save a filter, in place of one with the same name. Returns all saved filters."""
        name = clean(name).strip()
        if not name:
            raise UserError("A saved filter needs a name: write one.")
        stored = clean(json.dumps(asdict(filter), ensure_ascii=False))
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO saved_filter VALUES (?, ?, ?)", [name, stored, sort]
            )
            return self.all()

    def delete(self, name: str) -> tuple[SavedFilter, ...]:
        with self._database.writing() as connection:
            gone = connection.execute("DELETE FROM saved_filter WHERE name = ?", [name])
            if not gone.rowcount:
                raise NotFound(f"There is no saved filter “{name}”: it may have been deleted.")
            self._database.want_wipe()
            return self.all()


def _read(stored: str) -> EpisodeFilter:
    parts = {name: part for name, part in json.loads(stored).items() if name in _FIELDS}
    if parts.get("ids") is not None:
        parts["ids"] = tuple(parts["ids"])
    return EpisodeFilter(**parts)


def _sort(stored: str) -> FoundSort:
    return next((sort for sort in get_args(FoundSort) if sort == stored), "newest")
