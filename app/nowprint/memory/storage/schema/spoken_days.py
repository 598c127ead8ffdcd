"""The migration "18_spoken_days": the days that each episode speaks of (storage/spoken_days.py)."""

from __future__ import annotations

SPOKEN_DAYS = (
    """CREATE TABLE spoken_day (
        episode INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        first INTEGER NOT NULL,
        after INTEGER NOT NULL,
        lasts INTEGER NOT NULL,
        PRIMARY KEY (episode, first, after)) WITHOUT ROWID""",
    "CREATE INDEX spoken_day_first ON spoken_day (first, after)",
    "CREATE INDEX spoken_day_lasts ON spoken_day (episode, after) WHERE lasts",
    """CREATE TABLE spoken_day_unread (
        episode INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE)""",
    """CREATE TRIGGER episode_told AFTER INSERT ON episode BEGIN
        INSERT OR IGNORE INTO spoken_day_unread VALUES (new.id);
    END""",
    """CREATE TRIGGER episode_retold AFTER UPDATE OF text, created ON episode BEGIN
        INSERT OR IGNORE INTO spoken_day_unread VALUES (new.id);
    END""",
)
