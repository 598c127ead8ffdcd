"""What became of an episode that newer ones replaced."""

from __future__ import annotations

from collections.abc import Iterable

from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Scope, id_array, within


def newest_of(database: Database, ids: Iterable[int], scope: Scope) -> dict[int, int]:
    """For each of ``ids`` that was replaced, the last one of its chain in ``scope``, archived or not. An
    episode that the user merged or split goes on as what it became.

    What is told anew each day (a weight) makes long chains.
    """
    there = f"n.forgotten IS NULL AND n.held_back = '' AND {within(scope, 'n')}"
    with database.reading() as connection:
        steps: dict[int, int] = dict(
            connection.execute(
                f"""WITH RECURSIVE later (old, new) AS (
                    SELECT NULL, value FROM json_each(?)
                    UNION
                    SELECT later.new, n.id FROM later JOIN episode n ON {there}
                        AND n.id IN (SELECT id FROM episode WHERE replaces = later.new
                            UNION ALL SELECT child FROM made_from WHERE parent = later.new))
                SELECT old, max(new) FROM later WHERE old IS NOT NULL GROUP BY old""",
                [id_array(ids)],
            ).fetchall()
        )
    for old, new in steps.items():
        passed, at = {old}, new
        while at in steps and at not in passed:  # an imported file may link episodes in a ring
            passed.add(at)
            at = steps[at]
        steps |= dict.fromkeys(passed, at)  # so that the others of the chain are there at once
    return steps
