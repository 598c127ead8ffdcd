"""The migration "7_branches": messages become a tree, and each conversation shows one branch of it.

Triggers keep the tree whole wherever rows come from and go to: an import adds messages without naming what
they follow, and forgetting deletes any of them.
"""

from __future__ import annotations

BRANCHES = (
    "ALTER TABLE message ADD COLUMN parent INTEGER NOT NULL DEFAULT -1",
    "ALTER TABLE conversation ADD COLUMN leaf INTEGER NOT NULL DEFAULT 0",
    """UPDATE message SET parent = f.parent FROM (
        SELECT id, coalesce(max(CASE WHEN NOT EXISTS
            (SELECT 1 FROM message r WHERE r.replaces = m.id) THEN id END) OVER
            (PARTITION BY conversation_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING
            AND 1 PRECEDING), 0) AS parent FROM message m) f WHERE f.id = message.id""",
    """UPDATE conversation SET leaf = coalesce((SELECT max(id) FROM message
        WHERE conversation_id = conversation.id), 0)""",
    "CREATE INDEX message_parent ON message (parent)",
    """CREATE TRIGGER message_follows AFTER INSERT ON message WHEN NEW.parent = -1 BEGIN
        UPDATE message SET parent = (SELECT leaf FROM conversation WHERE id = NEW.conversation_id)
        WHERE id = NEW.id;
        UPDATE conversation SET leaf = NEW.id WHERE id = NEW.conversation_id;
    END""",
    """CREATE TRIGGER message_leads AFTER INSERT ON message WHEN NEW.parent >= 0 BEGIN
        UPDATE conversation SET leaf = NEW.id WHERE id = NEW.conversation_id;
    END""",
    """CREATE TRIGGER message_gone BEFORE DELETE ON message BEGIN
        UPDATE message SET parent = OLD.parent WHERE parent = OLD.id;
        UPDATE conversation SET leaf = OLD.parent WHERE leaf = OLD.id;
    END""",
)
