"""What is kept of a message that an import brought is imported itself.

It was told when the message was, it carries the import for ever, and ranks below one's own until it is
confirmed; what would be held back in a memory file is held back here too. It never stands in the place
of one's own episode: what an old conversation tells may be long out of date.
"""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.language.suspicion import suspicion
from nowprint.memory.storage.database import Database
from nowprint.records import EpisodeDraft


@dataclass(frozen=True, slots=True)
class Imported:
    """The import, and when the message was sent."""

    id: int
    at: float


def of(database: Database, draft: EpisodeDraft) -> Imported | None:
    """None for what was read from a message of one's own, or from none."""
    if not draft.sources:
        return None
    with database.reading() as connection:
        row = connection.execute(
            "SELECT import, created FROM message WHERE id = ?", [draft.sources[-1].message_id]
        ).fetchone()
    return Imported(row[0], row[1]) if row and row[0] is not None else None


def older(database: Database, told: Imported, id: int) -> int | None:
    """The episode that this one may stand in the place of: an older one of the same import."""
    same = "SELECT 1 FROM episode WHERE id = ? AND origin = ? AND created <= ?"
    return id if database.value(same, [id, told.id, told.at]) else None


def mark(database: Database, id: int, told: Imported, text: str) -> None:
    """The caller holds the transaction that made the episode."""
    with database.writing() as connection:
        connection.execute(
            """UPDATE episode SET origin = ?, created = ?, updated = ?, confirmed = 0, held_back = ?
            WHERE id = ?""",
            [told.id, told.at, told.at, suspicion(text), id],
        )
