"""Receipts of purges: numbers, file names and names of byte forms, never content.

The transaction that deletes the rows writes the receipt; its checks are added once the files were searched
for residue. A receipt without checks means that Nowprint ended in between: the bytes then went at the next
start, when it could no longer know what to search for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from nowprint.backup_records import CopyElsewhere
from nowprint.errors import NotFound
from nowprint.inspection import Check, Receipt
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, id_array


class Receipts:
    """Reads and writes the receipts in the table ``forgetting``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Receipt, ...]:
        """All receipts, the newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT receipt FROM forgetting WHERE receipt != '' ORDER BY id DESC"
            )
            found = [_read(row[0]) for row in rows]
        return self._as_of_today(found)

    def get(self, batch: int) -> Receipt:
        found = self._database.value("SELECT receipt FROM forgetting WHERE id = ?", [batch])
        if not found:
            raise NotFound(f"There is no receipt {batch}: its bytes are not removed yet.")
        return self._as_of_today([_read(found)])[0]

    def _as_of_today(self, receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
        """The receipts without the messages that were forgotten or deleted since."""
        ids = id_array({id for receipt in receipts for id in receipt.kept_in})
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT id FROM message WHERE forgetting IS NULL AND id {THESE}", [ids]
            )
            there = {row[0] for row in rows}
        return tuple(
            replace(receipt, kept_in=tuple(id for id in receipt.kept_in if id in there))
            for receipt in receipts
        )

    def write(self, receipt: Receipt) -> None:
        """Store a receipt, and delete what undo would have brought back."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE forgetting SET undo = '', receipt = ? WHERE id = ?",
                [json.dumps(asdict(receipt)), receipt.batch],
            )

    def drop(self, batch: int) -> None:
        """Delete a batch that needs no receipt, with what undo would have brought back."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM forgetting WHERE id = ?", [batch])

    def complete(self, batches: Iterable[int], checked: Mapping[str, Any]) -> None:
        """Fill in the fields that the search for residue determines, the same for all batches of a purge."""
        with self._database.writing():
            for receipt in self.all():
                if receipt.batch in batches:
                    self.write(replace(receipt, **checked))


def _read(text: str) -> Receipt:
    stored = json.loads(text)
    for name in ("files", "found_in", "deleted", "kept_in", "rewritten"):
        stored[name] = tuple(stored.get(name, ()))
    stored["checks"] = tuple(Check(**check) for check in stored["checks"])
    stored["elsewhere"] = tuple(CopyElsewhere(**one) for one in stored.get("elsewhere", ()))
    return Receipt(**stored)
