"""The migration "3_inspector": projects, imports, filters, forgetting in batches, replays."""

from __future__ import annotations

from nowprint.memory.storage.schema.covering_indexes import LIVE

INSPECTOR = (
    "CREATE TABLE project (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)",
    "ALTER TABLE conversation ADD COLUMN project INTEGER REFERENCES project ON DELETE SET NULL",
    "ALTER TABLE conversation ADD COLUMN recalls INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE conversation ADD COLUMN captures INTEGER NOT NULL DEFAULT 1",
    """CREATE TABLE import (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        name TEXT NOT NULL,
        source TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0)""",
    "ALTER TABLE episode ADD COLUMN project INTEGER REFERENCES project ON DELETE SET NULL",
    "ALTER TABLE episode ADD COLUMN origin INTEGER REFERENCES import",
    "ALTER TABLE episode ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE episode ADD COLUMN held_back TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE episode ADD COLUMN merged INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX episode_project ON episode (project) WHERE project IS NOT NULL",
    "CREATE INDEX episode_origin ON episode (origin) WHERE origin IS NOT NULL",
    "CREATE INDEX episode_held_back ON episode (id) WHERE held_back != ''",
    "CREATE INDEX episode_merged ON episode (id) WHERE merged",
    *(f"DROP INDEX episode_{index}" for index in ("created", "salience", "recalled")),
    *(
        f"CREATE INDEX episode_{column} ON episode ({column}, id, {others}) WHERE {LIVE}"
        for column, others in (
            ("created", "salience, recalled, pinned, project, origin"),
            ("salience", "created, recalled, pinned, project, origin"),
            ("recalled", "created, salience, pinned, project, origin"),
        )
    ),
    "DROP INDEX episode_conversation",
    "CREATE INDEX episode_conversation ON episode (conversation, created, id)",
    f"CREATE VIEW live AS SELECT * FROM episode WHERE {LIVE}",
    "CREATE INDEX audit_recalled ON audit (at) WHERE action = 'recalled'",
    "CREATE INDEX message_answers ON message (state) WHERE role = 'assistant'",
    """CREATE TABLE made_from (
        child INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        parent INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        PRIMARY KEY (child, parent)) WITHOUT ROWID""",
    "CREATE INDEX made_from_parent ON made_from (parent)",
    """CREATE TABLE old_text (
        episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        at REAL NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (episode_id, at)) WITHOUT ROWID""",
    """CREATE TABLE saved_filter (
        name TEXT PRIMARY KEY,
        filter TEXT NOT NULL,
        sort TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE forgetting (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        undo TEXT NOT NULL DEFAULT '',
        receipt TEXT NOT NULL DEFAULT '')""",
    "ALTER TABLE episode ADD COLUMN forgetting INTEGER REFERENCES forgetting",
    "ALTER TABLE message ADD COLUMN forgetting INTEGER REFERENCES forgetting",
    "ALTER TABLE conversation ADD COLUMN forgetting INTEGER REFERENCES forgetting",
    "CREATE INDEX episode_forgetting ON episode (forgetting) WHERE forgetting IS NOT NULL",
    "CREATE INDEX message_forgetting ON message (forgetting) WHERE forgetting IS NOT NULL",
    "ALTER TABLE message ADD COLUMN import INTEGER REFERENCES import",
    "CREATE INDEX message_import ON message (import) WHERE import IS NOT NULL",
    """CREATE TABLE reading (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        import INTEGER NOT NULL REFERENCES import ON DELETE CASCADE,
        name TEXT NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        total INTEGER NOT NULL,
        paused INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE reading_message (
        reading INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
        position INTEGER NOT NULL,
        conversation INTEGER NOT NULL,
        title TEXT NOT NULL,
        role TEXT NOT NULL,
        text TEXT NOT NULL,
        created REAL NOT NULL,
        PRIMARY KEY (reading, position)) WITHOUT ROWID""",
)
