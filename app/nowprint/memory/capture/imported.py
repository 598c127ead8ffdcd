"""Marks episodes that were kept from imported messages as imported, and holds back suspicious ones.

An imported episode gets the time of its message, names its import for ever, and ranks below the user's own
episodes until the user confirms it. It never replaces an episode of the user's own: what an old conversation
says may be long out of date.

Any episode that is captured is held back for the same reasons as one of a memory file: what gives the model
orders, or holds special tokens, enters no prompt until the user has looked at it.
"""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.language.prompt_injection import suspicion
from nowprint.memory.storage.database import Database
from nowprint.records import EpisodeDraft


@dataclass(frozen=True, slots=True)
class Imported:
    """The import that brought a message, and the time at which the message was sent."""

    id: int
    at: float


def of(database: Database, draft: EpisodeDraft) -> Imported | None:
    """The import of the draft's last source message; None if no import brought it, or there is none."""
    if not draft.sources:
        return None
    with database.reading() as connection:
        row = connection.execute(
            "SELECT import, created FROM message WHERE id = ?", [draft.sources[-1].message_id]
        ).fetchone()
    return Imported(row[0], row[1]) if row and row[0] is not None else None


def older(database: Database, told: Imported, id: int) -> int | None:
    """``id`` if an episode imported as ``told`` may replace that one, otherwise None. It may if that one is
    older and of the same import."""
    same = "SELECT 1 FROM episode WHERE id = ? AND origin = ? AND created <= ?"
    return id if database.value(same, [id, told.id, told.at]) else None


def mark(database: Database, id: int, told: Imported) -> None:
    """Mark episode ``id`` as imported. The caller holds the transaction that made it."""
    with database.writing() as connection:
        connection.execute(
            "UPDATE episode SET origin = ?, created = ?, updated = ?, confirmed = 0 WHERE id = ?",
            [told.id, told.at, told.at, id],
        )


def hold_back(database: Database, id: int, text: str) -> None:
    """Hold episode ``id`` back if its text is suspicious. The caller holds the transaction that made it."""
    if reason := suspicion(text):
        with database.writing() as connection:
            connection.execute("UPDATE episode SET held_back = ? WHERE id = ?", [reason, id])
