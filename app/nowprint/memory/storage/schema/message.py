"""The migrations "6_message_search", "7_branches" and "9_arrangement": messages are found by their words, and
become a tree of which each conversation shows one branch; conversations are pinned and archived, and know
what their titles were made from.

``message.parent`` is the message that it follows, 0 for the first of a conversation; messages with the same
parent begin branches. ``conversation.leaf`` is the last message of the branch that is shown, and a new
message follows that one unless it names another. What followed a deleted row follows its parent.

Triggers keep index and tree whole wherever rows come from and go to: an import adds messages without naming
what they follow, and forgetting deletes any of them.
"""

from __future__ import annotations

STEMS = "tokenize='porter unicode61 remove_diacritics 2'"


def searched(
    table: str, condition: str, columns: str, options: str, *, name: str = ""
) -> tuple[str, ...]:
    """The statements that make the full-text index ``NAME_search``, fill it, and keep it as the table is.
    It holds the rows for which ``condition`` is true; ``columns`` are those that it depends on. ``name`` is
    the table's unless it has several."""
    name = name or table
    search = f"{name}_search"
    remove, add = (
        f"INSERT INTO {search} ({command}rowid, text) SELECT {value}{row}.id, spaced({row}.text)"
        f" WHERE {row}.{condition};"
        for command, value, row in ((f"{search}, ", "'delete', ", "old"), ("", "", "new"))
    )
    return (
        f"""CREATE VIEW {name}_words AS
        SELECT id, spaced(text) AS text FROM {table} WHERE {condition}""",
        f"""CREATE VIRTUAL TABLE {search} USING fts5 (
        text, content='{name}_words', content_rowid='id', {options})""",
        f"INSERT INTO {search} ({search}) VALUES ('rebuild')",
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {name}_removed AFTER DELETE ON {table} BEGIN {remove} END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {columns} ON {table} BEGIN {remove} {add} END",
    )


MESSAGE_SEARCH = (
    *(f"DROP TRIGGER episode_{change}" for change in ("added", "removed", "changed")),
    "DROP TABLE episode_search",
    *searched("episode", "id > 0", "text", STEMS),
    # Vowel signs belong to a word. No stems: what is being typed is found by its beginning, also by two
    # letters, which without an index of their own would take as long as all words that begin so.
    *searched(
        "message",
        "state != 'writing'",
        "text, state",
        """prefix=2, tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'" """,
    ),
    "CREATE INDEX message_model ON message (model) WHERE role = 'assistant'",
)

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

ARRANGEMENT = (
    "ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversation ADD COLUMN titled_from INTEGER",
)

NEEDS = (
    "ALTER TABLE provenance ADD COLUMN unneeded INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX provenance_unneeded ON provenance (episode_id) WHERE unneeded",
    """CREATE TABLE in_vain (
        answer_id INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE)""",
)

HELD = (
    """CREATE TABLE held_message (
        message_id INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE)""",
)
