"""The migration "17_archive": what recall reads holds no archived episode, however many there are.

The view ``active`` lists what is recalled: the live episodes that aren't archived. An archived episode's
words move from ``episode_search`` to ``archive_search``, so that a word costs recall no more for them. The
indexes that list live episodes also hold whether they are archived.
"""

from __future__ import annotations

from nowprint.memory.storage.schema.covering_indexes import LISTED, LIVE
from nowprint.memory.storage.schema.message import STEMS, searched

ARCHIVE = (
    f"CREATE VIEW active AS SELECT * FROM episode WHERE {LIVE} AND archived IS NULL",
    *(
        statement
        for column, others in LISTED.items()
        for statement in (
            f"DROP INDEX episode_{column}",
            f"""CREATE INDEX episode_{column} ON episode
            ({column}, {others}, archived, forgotten, merged, held_back) WHERE {LIVE}""",
        )
    ),
    *(f"DROP TRIGGER episode_{change}" for change in ("added", "removed", "changed")),
    "DROP TABLE episode_search",
    "DROP VIEW episode_words",
    *searched("episode", "archived IS NULL", "text, archived", STEMS),
    *searched("episode", "archived IS NOT NULL", "text, archived", STEMS, name="archive"),
)
