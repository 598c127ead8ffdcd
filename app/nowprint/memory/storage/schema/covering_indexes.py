"""The migration "4_covering": indexes that list live episodes in an order and hold what the filters ask."""

from __future__ import annotations

LIVE = "forgotten IS NULL AND merged = 0 AND held_back = ''"
LISTED = {
    "conversation": "created, id",
    "created": "id, salience, recalled, pinned, project, origin",
    "salience": "id, created, recalled, pinned, project, origin",
    "recalled": "id, created, salience, pinned, project, origin",
}
COVERING = tuple(
    statement
    for column, others in LISTED.items()
    for statement in (
        f"DROP INDEX episode_{column}",
        f"""CREATE INDEX episode_{column} ON episode
        ({column}, {others}, forgotten, merged, held_back) WHERE {LIVE}""",
    )
)
