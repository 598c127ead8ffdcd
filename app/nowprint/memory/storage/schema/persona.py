"""The migration "8_personas": who answers, in a conversation or in all of a project.

``conversation.persona`` is NULL where the project's persona answers, and 0 where nobody does. A persona with
a time in ``deleted`` is hidden until the purge: undo brings it back to the conversations that name it.

A message has the name of the persona that answered, as it has the model's, so that it stays when the persona
is renamed or deleted. ``message.project`` is the project in which a message is kept that was told to a
persona with memories of one project; else it is NULL, and the conversation's counts.
"""

from __future__ import annotations

PERSONAS = (
    """CREATE TABLE persona (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        system TEXT NOT NULL,
        model TEXT NOT NULL,
        sampling TEXT NOT NULL,
        memories TEXT NOT NULL,
        project INTEGER REFERENCES project ON DELETE SET NULL,
        deleted REAL)""",
    "ALTER TABLE conversation ADD COLUMN persona INTEGER",
    "ALTER TABLE message ADD COLUMN persona TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE message ADD COLUMN project INTEGER REFERENCES project ON DELETE SET NULL",
    "ALTER TABLE project ADD COLUMN persona INTEGER REFERENCES persona ON DELETE SET NULL",
    "ALTER TABLE project ADD COLUMN instructions TEXT NOT NULL DEFAULT ''",
    """CREATE TRIGGER persona_gone AFTER DELETE ON persona BEGIN
        UPDATE conversation SET persona = 0 WHERE persona = OLD.id;
    END""",
)
