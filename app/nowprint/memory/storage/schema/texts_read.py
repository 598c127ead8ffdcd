"""The migration "18_texts_read": what reading each episode's text found (storage/reading.py)."""

from __future__ import annotations

TEXTS_READ = (
    """CREATE TABLE spoken_day (
        episode INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        first INTEGER NOT NULL,
        after INTEGER NOT NULL,
        lasts INTEGER NOT NULL,
        PRIMARY KEY (episode, first, after)) WITHOUT ROWID""",
    "CREATE INDEX spoken_day_first ON spoken_day (first, after)",
    "CREATE INDEX spoken_day_lasts ON spoken_day (episode, after) WHERE lasts",
    """CREATE TABLE plain_fact (
        episode INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        of TEXT NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        who TEXT NOT NULL,
        named TEXT NOT NULL,
        PRIMARY KEY (episode, kind, of, value, start)) WITHOUT ROWID""",
    "CREATE INDEX plain_fact_of ON plain_fact (of, kind)",
    "CREATE INDEX plain_fact_named ON plain_fact (named) WHERE named != ''",
    """CREATE TABLE unread (
        episode INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE)""",
    """CREATE TRIGGER episode_told AFTER INSERT ON episode BEGIN
        INSERT OR IGNORE INTO unread VALUES (new.id);
    END""",
    """CREATE TRIGGER episode_retold AFTER UPDATE OF text, created ON episode BEGIN
        INSERT OR IGNORE INTO unread VALUES (new.id);
    END""",
)
