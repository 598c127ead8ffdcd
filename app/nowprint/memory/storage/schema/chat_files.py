"""The migrations "10_chat_files", chats that come from files, and "12_forgotten_marks" (forgotten_marks.py).

``message.thought`` is what the model thought before an answer, in a chat that was brought in; thoughts of the
profile's own models are never stored. ``reading_message.message`` is set for a message that the profile has
already: a replay then reads it where it stands.
"""

from __future__ import annotations

CHAT_FILES = (
    "ALTER TABLE message ADD COLUMN thought TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE reading_message ADD COLUMN message INTEGER REFERENCES message ON DELETE CASCADE",
    "CREATE INDEX reading_message_message ON reading_message (message) WHERE message IS NOT NULL",
    "CREATE INDEX conversation_created ON conversation (created)",
)
FORGOTTEN_MARKS = ("CREATE TABLE forgotten_mark (hash BLOB PRIMARY KEY) WITHOUT ROWID",)
