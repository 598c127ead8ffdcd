"""The migrations "16_sleep" and "20_unlinked": the archive, and what a night looked at and changed."""

from __future__ import annotations

SLEEP = (
    "ALTER TABLE episode ADD COLUMN archived REAL",
    "CREATE INDEX episode_archived ON episode (archived) WHERE archived IS NOT NULL",
    """CREATE TABLE night (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        begun REAL NOT NULL,
        ended REAL NOT NULL,
        looked_at INTEGER NOT NULL DEFAULT 0,
        replayed INTEGER NOT NULL DEFAULT 0,
        found INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE night_change (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        night INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
        kind TEXT NOT NULL,
        episode INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        other INTEGER REFERENCES episode ON DELETE CASCADE,
        detail TEXT NOT NULL DEFAULT '',
        undone INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX night_change_night ON night_change (night)",
    "CREATE INDEX night_change_episode ON night_change (episode)",
    "CREATE INDEX night_change_other ON night_change (other) WHERE other IS NOT NULL",
    """CREATE TABLE slept (
        episode INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE,
        at REAL NOT NULL,
        found INTEGER)""",
)
UNLINKED = (
    "ALTER TABLE slept ADD COLUMN unlinked INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX slept_unlinked ON slept (episode) WHERE unlinked",
)
