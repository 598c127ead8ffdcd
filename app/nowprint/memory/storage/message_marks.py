"""What is noted of messages: how salient they were, and which the user holds before the model."""

from __future__ import annotations

from nowprint.memory.storage.database import Database


def saliences(database: Database, conversation_id: int) -> dict[int, float]:
    """The salience (0..1) of the most salient span of each message that was judged."""
    with database.reading() as connection:
        rows = connection.execute(
            """SELECT j.message_id, max(j.salience) FROM message m
            JOIN judged j ON j.message_id = m.id
            WHERE m.conversation_id = ? AND m.forgetting IS NULL GROUP BY j.message_id""",
            [conversation_id],
        )
        return {row[0]: row[1] for row in rows}


def held_messages(database: Database, conversation_id: int) -> frozenset[int]:
    with database.reading() as connection:
        rows = connection.execute(
            """SELECT h.message_id FROM held_message h JOIN message m ON m.id = h.message_id
            WHERE m.conversation_id = ?""",
            [conversation_id],
        )
        return frozenset(row[0] for row in rows)


def hold(database: Database, message_id: int, held: bool) -> None:
    """Note that the user holds a message before the model, or no longer does."""
    with database.writing() as connection:
        if held:
            connection.execute("INSERT OR IGNORE INTO held_message VALUES (?)", [message_id])
        else:
            connection.execute("DELETE FROM held_message WHERE message_id = ?", [message_id])
