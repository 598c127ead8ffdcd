"""The migration "11_doubts": pairs of episodes of which it is unclear which holds (doubts.py)."""

from __future__ import annotations

DOUBTS = (
    """CREATE TABLE doubt (
        newer INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        older INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        probability REAL NOT NULL,
        settled INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (newer, older)) WITHOUT ROWID""",
    "CREATE INDEX doubt_older ON doubt (older)",
)
