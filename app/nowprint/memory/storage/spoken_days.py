"""The days that each episode's text speaks of ("tomorrow", told the day before); reading.py stores them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nowprint.language.dates import Period, SpokenDays, day_of
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Scope, id_array, within

SHARE = 0.5
"""An episode speaks of a period if at least this share of some of its days lies in it."""
_MOST = 2000
"""Of how many days in a period, the last ones, the most salient episodes are looked for."""


class DaysSpoken:
    """Reads the table ``spoken_day``. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, ids: Iterable[int]) -> dict[int, list[SpokenDays]]:
        """The days of those of the episodes that speak of any."""
        found: dict[int, list[SpokenDays]] = {}
        with self._database.reading() as connection:
            for id, *days in connection.execute(
                f"SELECT episode, first, after, lasts FROM spoken_day WHERE episode {THESE}",
                [id_array(ids)],
            ):
                found.setdefault(id, []).append(SpokenDays(*days))
        return found

    def speaking(
        self, periods: Sequence[Period], scope: Scope, most: int, view: str = "active"
    ) -> set[int]:
        """For each period the at most ``most`` most salient episodes of ``view`` that speak of it."""
        found: set[int] = set()
        with self._database.reading() as connection:
            for start, end in periods:
                first, after = day_of(start).toordinal(), day_of(end).toordinal()
                rows = connection.execute(
                    f"""SELECT DISTINCT e.id, e.salience FROM (SELECT episode FROM spoken_day
                        WHERE first >= ? AND first < ?
                        AND min(after, ?) - max(first, ?) >= {SHARE} * (after - first)
                        ORDER BY first DESC LIMIT {_MOST}) JOIN {view} e ON e.id = episode
                    WHERE {within(scope)} ORDER BY e.salience DESC, e.id DESC LIMIT ?""",
                    # days that begin earlier are too many for half of them to lie in the period
                    [first - (after - first), after, after, first, most],
                )
                found |= {row[0] for row in rows}
        return found

    def over(self, now: float) -> set[int]:
        """The episodes of which all that was said to last did so until a time that is over."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT episode FROM spoken_day WHERE lasts GROUP BY episode HAVING max(after) <= ?",
                [day_of(now).toordinal()],
            )
            return {row[0] for row in rows}
