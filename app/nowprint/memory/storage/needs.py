"""What the user's chats say of how much recall should bring back.

**Not needed**: what the user said of the memories under an answer. The floor of recall rises with each, and
sinks with each memory that mattered, since both show how often what is brought back is of use. A memory that
wasn't needed is also brought back less easily itself.

**In vain**: an answer to a question about the user's life for which no memory was found. It is only counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, id_array
from nowprint.records import INFLUENTIAL_NATS

USUAL = 10
"""How many memories that mattered the first judgement is weighed against."""
OF_ONE = 2
"""The same for one memory by itself."""


class Needs:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bars(self, ids: Iterable[int]) -> Mapping[int, float]:
        """How many nats more evidence each of these episodes needs by what the user said, as far as it is
        more; empty as long as nothing was said."""
        if not (unneeded := self.unneeded()):
            return {}
        with self._database.reading() as connection:
            (mattered,) = connection.execute(
                "SELECT count(*) FROM provenance WHERE influence >= ? AND NOT unneeded",
                [INFLUENTIAL_NATS],
            ).fetchone()
            rows = connection.execute(
                f"""SELECT p.episode_id, count(*), e.influential FROM provenance p
                JOIN episode e ON e.id = p.episode_id
                WHERE p.unneeded AND p.episode_id {THESE} GROUP BY p.episode_id""",
                [id_array(ids)],
            ).fetchall()
        bar = math.log1p(unneeded / (mattered + USUAL))
        own = {id: math.log1p(count / (influential + OF_ONE)) for id, count, influential in rows}
        return {id: bar + own.get(id, 0.0) for id in ids}

    def unneeded(self) -> int:
        """How often the user said of a memory that it wasn't needed."""
        return int(self._database.value("SELECT count(*) FROM provenance WHERE unneeded"))

    def note_in_vain(self, answer_id: int) -> None:
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO in_vain VALUES (?)", [answer_id])

    def in_vain(self) -> int:
        """How many questions found nothing."""
        return int(self._database.value("SELECT count(*) FROM in_vain"))
