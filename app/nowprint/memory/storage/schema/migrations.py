"""The schema of a profile's database, as named migrations that count from 1.

sqlite-utils applies a migration and records it in one transaction. A migration that has been released is
never changed; changes of the schema are added as new migrations.

- Every id but those of ``name`` is AUTOINCREMENT: SQLite never uses one again, so that an audit line, a
  link in an exported file or a label in the index can't come to mean something else.
- ``episode.conversation`` has no foreign key on purpose: it only orders the episodes of a conversation
  (previous, next), and stays true when the conversation itself is deleted.
- ``episode.forgotten`` is the time at which the user forgot it. Such a row is a tombstone: it is hidden
  from everything, and it survives a kill, so that the next start can finish the purge.
- ``episode.pinned`` is the time of the pin, because the prompt lists pinned episodes in that order.
- ``episode_search`` and ``message_search`` are FTS5 indexes without a second copy of the text: each reads it
  from a view. The SQL function ``spaced`` (language/finding.py) sets apart the characters of scripts that put
  no spaces between words; whoever changes it has to rebuild both indexes. An answer that is being written
  enters the index when it ends.
- ``name`` gives a number to each name that many rows repeat: embedders, models, features.
- ``episode.gist`` is empty when ``gist_start`` and ``gist_end`` say where the gist stands in the text.
- ``message.judged`` is 0 from the moment an answer to the message begins until its spans have been
  judged, so that a message is judged even if a kill came first; it is 2 for a message that won't be
  judged, because the user switched capturing off in between. The table ``judged`` holds the saliences,
  without any text. (Its ``end`` and ``kept`` are for people who inspect the file; nothing reads them.)
- ``provenance.influence`` is NULL until it is measured; ``episode.measured``, ``influential`` and
  ``influence`` sum it up, and stay when the answers are deleted. Where the user said that the memory was
  ``unneeded``, it counts as none. ``in_vain`` holds the answers for which no memory was found (needs.py).
- ``live`` is the view of episodes that are listed, ``active`` of those that are recalled, too. Each index
  that lists them in an order also holds the columns of the filters and those that make an episode live or
  active (SQLite 3.40 checks them again), so that counting reads no rows.
- ``episode.merged`` is 1 for an episode that was merged or split into others (``made_from``): it stays
  behind those, and is never listed or recalled. ``old_text`` holds what an edited episode said before.
- ``episode.held_back`` says why an imported episode is not recalled; it is empty for all others. Imported
  episodes rank below the user's own until ``confirmed``.
- ``forgetting`` of an episode, message or conversation names the batch that hides it. In the table
  ``forgetting``, ``undo`` holds what else was taken away and may come back (titles, saved filters), and
  is emptied by the purge; ``receipt`` is JSON without any content, and is empty until then.
- ``message.import`` names the import that brought the message: episodes kept from it are imported, too.
- ``conversation.titled_from`` is the user's message that the title was made from, by its first words or by a
  model; NULL for a title that the user wrote or a file brought. Forgetting that message changes the title.
- ``reading_message`` holds the messages that a replay still has to read; a row is deleted when its
  message was read. Its ``conversation`` is negative until that conversation has a row of its own.
- ``doubt`` holds pairs of episodes of which it is unclear whether the newer changes the older (doubts.py).
- ``held_message`` holds the messages that the user holds before the model in a long chat.
- ``name_choice`` holds what the user chose for the pages of people (names.py): ``key`` is told of on the page
  of the name ``page``, and that one is shown as ``shown``. Purges delete what no episode tells of any more.
- ``episode.archived`` is the time since which it is no longer recalled, and still found by a search; its
  words are in ``archive_search`` instead of ``episode_search``. ``night`` and ``night_change`` say what the
  memory did with itself (sleep_records.py), ``slept`` when it last looked at an episode, whether the
  replay found it, and whether the encoder was missing when it was to be linked. All of it goes with the
  episode.
- ``spoken_day`` holds the days that an episode's text speaks of, as Python's ordinals; ``plain_fact`` what
  it plainly says, with the sentence's place: ``of`` is the key of a person, and ``named`` that of the name
  itself where the fact is how somebody is called. ``unread`` holds the episodes whose text was not read yet
  for these (reading.py).
- ``encoding`` holds the encoder's vectors in the form in which ``embedding`` holds the embedder's,
  ``encoding_unread`` the episodes whose text it has not yet read (encoded.py).
- ``meta`` holds ``generation`` (increased by every change of the set of episodes or embeddings),
  ``identity`` (a random name, by which an index file of another database is recognised) and ``wipe``
  (1 while bytes of deleted rows may still be in the file; see database.py), what the episodic head has
  learned, for each measured model the name of its wording, by which ``READER`` the texts were read, and
  by which encoder the vectors were made.
"""

from __future__ import annotations

import uuid

from sqlite_utils import Database, Migrations

from nowprint.memory.storage.schema.archive import ARCHIVE
from nowprint.memory.storage.schema.chat_files import CHAT_FILES, FORGOTTEN_MARKS
from nowprint.memory.storage.schema.covering_indexes import COVERING
from nowprint.memory.storage.schema.encoding import ENCODING
from nowprint.memory.storage.schema.first import rewrite_episodes
from nowprint.memory.storage.schema.inspector import INSPECTOR
from nowprint.memory.storage.schema.message import (
    ARRANGEMENT,
    BRANCHES,
    HELD,
    MESSAGE_SEARCH,
    NEEDS,
)
from nowprint.memory.storage.schema.persona import PERSONAS
from nowprint.memory.storage.schema.sleep import SLEEP, UNLINKED
from nowprint.memory.storage.schema.texts_read import TEXTS_READ

migrations = Migrations("nowprint")


@migrations(name="1_profile")
def _profile(db: Database) -> None:
    for statement in _PROFILE:
        db.execute(statement)
    db.execute("INSERT INTO meta VALUES ('identity', ?)", [uuid.uuid4().hex])


@migrations(name="2_worth")
def _worth(db: Database) -> None:
    for statement in _WORTH:
        db.execute(statement)
    rewrite_episodes(db)
    for statement in _WORTH_AFTER:
        db.execute(statement)


@migrations(name="3_inspector")
def _inspector(db: Database) -> None:
    for statement in INSPECTOR:
        db.execute(statement)


def _add(name: str, statements: tuple[str, ...]) -> None:
    """The migration that only runs these statements."""

    @migrations(name=name)
    def _run(db: Database) -> None:
        for statement in statements:
            db.execute(statement)


_add("4_covering", COVERING)


@migrations(name="5_thinks")
def _thinks(db: Database) -> None:
    db.execute("ALTER TABLE conversation ADD COLUMN thinks INTEGER NOT NULL DEFAULT 1")


_add("6_message_search", MESSAGE_SEARCH)
_add("7_branches", BRANCHES)
_add("8_personas", PERSONAS)
_add("9_arrangement", ARRANGEMENT)
_add("10_chat_files", CHAT_FILES)
_add(
    "11_doubts",
    (
        """CREATE TABLE doubt (
        newer INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        older INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        probability REAL NOT NULL,
        settled INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (newer, older)) WITHOUT ROWID""",
        "CREATE INDEX doubt_older ON doubt (older)",
    ),
)
_add("12_forgotten_marks", FORGOTTEN_MARKS)
_add("13_needs", NEEDS)
_add("14_held_messages", HELD)
_add(
    "15_names",
    (
        """CREATE TABLE name_choice (
        key TEXT PRIMARY KEY,
        page TEXT NOT NULL,
        shown TEXT NOT NULL DEFAULT '') WITHOUT ROWID""",
    ),
)
_add("16_sleep", SLEEP)
_add("17_archive", ARCHIVE)
_add("18_texts_read", TEXTS_READ)
_add("19_encoding", ENCODING)
_add("20_unlinked", UNLINKED)


def known() -> frozenset[str]:
    """The names of all migrations of this version; a database with another one is of a newer version."""
    with Database(memory=True, execute_plugins=False) as empty:
        return frozenset(step.name for step in migrations.pending(empty))


_PROFILE = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
    "INSERT INTO meta VALUES ('generation', 0), ('wipe', 0)",
    """CREATE TABLE conversation (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL)""",
    """CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation_id INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE,
        role TEXT NOT NULL,
        text TEXT NOT NULL,
        created REAL NOT NULL,
        state TEXT NOT NULL,
        model TEXT NOT NULL,
        replaces INTEGER REFERENCES message ON DELETE SET NULL)""",
    "CREATE INDEX message_conversation ON message (conversation_id, id)",
    "CREATE INDEX message_replaces ON message (replaces) WHERE replaces IS NOT NULL",
    "CREATE INDEX message_writing ON message (id) WHERE state = 'writing'",
    """CREATE TABLE trace (
        message_id INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
        tokens INTEGER NOT NULL,
        data BLOB NOT NULL)""",
    """CREATE TABLE baseline (
        model TEXT NOT NULL,
        speaker TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (model, speaker)) WITHOUT ROWID""",
    """CREATE TABLE episode (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL,
        gist TEXT NOT NULL,
        kind TEXT NOT NULL,
        salience REAL NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        pinned REAL,
        edited INTEGER NOT NULL DEFAULT 0,
        recalled INTEGER NOT NULL DEFAULT 0,
        last_recalled REAL,
        reinforced INTEGER NOT NULL DEFAULT 0,
        forgotten REAL,
        conversation INTEGER,
        why_salience REAL NOT NULL,
        threshold REAL NOT NULL,
        bias REAL NOT NULL,
        contributions TEXT NOT NULL)""",
    "CREATE INDEX episode_created ON episode (created, id) WHERE forgotten IS NULL",
    "CREATE INDEX episode_salience ON episode (salience, id) WHERE forgotten IS NULL",
    "CREATE INDEX episode_recalled ON episode (recalled, id) WHERE forgotten IS NULL",
    "CREATE INDEX episode_pinned ON episode (pinned) WHERE pinned IS NOT NULL",
    "CREATE INDEX episode_forgotten ON episode (forgotten) WHERE forgotten IS NOT NULL",
    "CREATE INDEX episode_conversation ON episode (conversation, id)",
    """CREATE TABLE episode_source (
        episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        position INTEGER NOT NULL,
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        PRIMARY KEY (episode_id, position)) WITHOUT ROWID""",
    "CREATE INDEX episode_source_message ON episode_source (message_id)",
    """CREATE TABLE signature (
        episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        position INTEGER NOT NULL,
        message_id INTEGER NOT NULL,
        token_index INTEGER NOT NULL,
        text TEXT NOT NULL,
        triggers TEXT NOT NULL,
        tokens BLOB NOT NULL,
        probabilities BLOB NOT NULL,
        entropy REAL NOT NULL,
        kl REAL NOT NULL,
        context_hash TEXT NOT NULL,
        PRIMARY KEY (episode_id, position)) WITHOUT ROWID""",
    """CREATE TABLE embedding (
        episode_id INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE,
        embedder TEXT NOT NULL,
        dimension INTEGER NOT NULL,
        vector BLOB NOT NULL)""",
    """CREATE TABLE provenance (
        answer_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        rank INTEGER NOT NULL,
        episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        reason TEXT NOT NULL,
        score REAL NOT NULL,
        parts TEXT NOT NULL,
        PRIMARY KEY (answer_id, rank)) WITHOUT ROWID""",
    "CREATE INDEX provenance_episode ON provenance (episode_id)",
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        action TEXT NOT NULL,
        episode_id INTEGER,
        detail TEXT NOT NULL)""",
    "CREATE INDEX audit_episode ON audit (episode_id)",
    """CREATE VIRTUAL TABLE episode_search USING fts5 (
        text, content='episode', content_rowid='id',
        tokenize='porter unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER episode_added AFTER INSERT ON episode BEGIN
        INSERT INTO episode_search (rowid, text) VALUES (new.id, new.text);
    END""",
    """CREATE TRIGGER episode_removed AFTER DELETE ON episode BEGIN
        INSERT INTO episode_search (episode_search, rowid, text) VALUES ('delete', old.id, old.text);
    END""",
    """CREATE TRIGGER episode_changed AFTER UPDATE OF text ON episode BEGIN
        INSERT INTO episode_search (episode_search, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO episode_search (rowid, text) VALUES (new.id, new.text);
    END""",
)

_WORTH = (
    "CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    "ALTER TABLE message ADD COLUMN judged INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE message ADD COLUMN frames BLOB",
    "CREATE INDEX message_unjudged ON message (id) WHERE NOT judged",
    """CREATE TABLE judged (
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        salience REAL NOT NULL,
        kept INTEGER NOT NULL,
        PRIMARY KEY (message_id, start)) WITHOUT ROWID""",
    "ALTER TABLE episode ADD COLUMN gist_start INTEGER",
    "ALTER TABLE episode ADD COLUMN gist_end INTEGER",
    "ALTER TABLE episode ADD COLUMN reasons BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE episode ADD COLUMN replaces INTEGER REFERENCES episode ON DELETE SET NULL",
    "CREATE INDEX episode_replaces ON episode (replaces) WHERE replaces IS NOT NULL",
    "ALTER TABLE episode ADD COLUMN measured INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE episode ADD COLUMN influential INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE episode ADD COLUMN influence REAL NOT NULL DEFAULT 0",
    "ALTER TABLE provenance ADD COLUMN influence REAL",
    """CREATE TABLE likelihood (
        episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
        model INTEGER NOT NULL REFERENCES name,
        nats BLOB NOT NULL,
        PRIMARY KEY (episode_id, model)) WITHOUT ROWID""",
    """CREATE TABLE moment (
        episode_id INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE,
        data BLOB NOT NULL)""",
    """CREATE TABLE vector (
        episode_id INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE,
        embedder INTEGER NOT NULL REFERENCES name,
        data BLOB NOT NULL)""",
)
_WORTH_AFTER = (
    "DROP TABLE signature",
    "DROP TABLE embedding",
    "ALTER TABLE vector RENAME TO embedding",
    "ALTER TABLE episode DROP COLUMN contributions",
    "UPDATE meta SET value = 1 WHERE key = 'wipe'",  # rewriting leaves old bytes in free pages
)
