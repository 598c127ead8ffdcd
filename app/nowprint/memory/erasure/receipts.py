"""Receipts of what was forgotten for good: numbers, names of files and of forms, never content.

A receipt is written in the transaction that deletes, and completed with its checks once the bytes
were searched. One without checks tells that Nowprint ended in between: the bytes went at the next
start, and nobody could know any more what to look for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from nowprint.errors import NotFound
from nowprint.inspection import Check, Receipt
from nowprint.memory.storage.database import Database


class Receipts:
    """The finished rows of ``forgetting``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Receipt, ...]:
        """The newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT receipt FROM forgetting WHERE receipt != '' ORDER BY id DESC"
            )
            return tuple(_read(row[0]) for row in rows)

    def get(self, batch: int) -> Receipt:
        found = self._database.value("SELECT receipt FROM forgetting WHERE id = ?", [batch])
        if not found:
            raise NotFound(f"There is no receipt {batch}: its bytes are not removed yet.")
        return _read(found)

    def write(self, receipt: Receipt) -> None:
        """What undo would have brought back goes with it."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE forgetting SET undo = '', receipt = ? WHERE id = ?",
                [json.dumps(asdict(receipt)), receipt.batch],
            )

    def complete(self, batches: Iterable[int], checked: Mapping[str, Any]) -> None:
        """``checked``: the fields that the search fills in, for all batches of one purge."""
        with self._database.writing():
            for batch in batches:
                self.write(replace(self.get(batch), **checked))


def _read(text: str) -> Receipt:
    stored = json.loads(text)
    for name in ("files", "found_in", "deleted"):
        stored[name] = tuple(stored.get(name, ()))
    stored["checks"] = tuple(Check(**check) for check in stored["checks"])
    return Receipt(**stored)
