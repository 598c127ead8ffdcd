"""The migration "19_encoding": the encoder's vector of each episode's text (embedding/encoded.py)."""

from __future__ import annotations

ENCODING = (
    """CREATE TABLE encoding (
        episode_id INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE,
        embedder INTEGER NOT NULL REFERENCES name,
        data BLOB NOT NULL)""",
    """CREATE TABLE encoding_unread (
        episode INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE)""",
    """CREATE TRIGGER episode_uttered AFTER INSERT ON episode BEGIN
        INSERT OR IGNORE INTO encoding_unread VALUES (new.id);
    END""",
    """CREATE TRIGGER episode_reworded AFTER UPDATE OF text ON episode BEGIN
        DELETE FROM encoding WHERE episode_id = new.id;
        INSERT OR IGNORE INTO encoding_unread VALUES (new.id);
    END""",
)
