"""Returns the episodes that a filter lets through as columns of numbers, for the timeline and the map."""

from __future__ import annotations

from array import array

import numpy as np

from nowprint.inspection import EpisodeFilter, EpisodePlot
from nowprint.memory.browse.map_layout import MapLayout
from nowprint.memory.browse.query import EpisodeQuery
from nowprint.memory.storage.database import Database

_COLUMNS = """SELECT e.id, coalesce(e.conversation, 0), e.created, e.salience,
    e.kind = 'remembered', e.archived IS NOT NULL"""


class Plots:
    """Reads plots from the rows and the map. Thread-safe."""

    def __init__(self, database: Database, query: EpisodeQuery, layout: MapLayout) -> None:
        self._database = database
        self._query = query
        self._layout = layout

    def plot(self, filter: EpisodeFilter) -> EpisodePlot:
        matching = self._query.matching(filter)
        with self._database.reading() as connection:
            cursor = connection.cursor()
            cursor.row_factory = None
            rows = cursor.execute(
                f"{_COLUMNS} {matching.sql} ORDER BY e.created, e.id", matching.parameters
            ).fetchall()
        columns = list(zip(*rows, strict=True)) or [()] * 6
        ids, conversations, created, salience, kind, archived = columns
        places = self._layout.places(np.array(ids, np.int64))
        x, y = ((), ()) if places is None else (places[:, 0].tolist(), places[:, 1].tolist())
        return EpisodePlot(
            ids=array("q", ids),
            conversations=array("q", conversations),
            created=array("d", created),
            salience=array("d", salience),
            kind=array("b", kind),
            archived=array("b", archived),
            x=array("d", x),
            y=array("d", y),
        )
