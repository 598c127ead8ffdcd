"""Which memories are selected, in whatever view; the bulk actions act on them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QObject,
    QTimer,
    Signal,
)

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.search.episode_model import EpisodeModel
from nowprint.gui.inspector.search.query import Query

PAUSE = 60
"""ms after the last change of a selection with rows that aren't loaded, before the core is asked for ids."""


class Selection(QObject):
    """The list's selection, the plots' lasso and "select all" all end in one tuple of ids.

    The ids of rows that aren't loaded are not known here: the core is asked for them.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge, query: Query, model: EpisodeModel, parent: QObject) -> None:
        super().__init__(parent)
        self.ids: tuple[int, ...] = ()
        self.selection = QItemSelectionModel(model)
        """The selection model of the list."""
        self._bridge = bridge
        self._query = query
        self._model = model
        self._marking = False
        self._asked = 0
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask)
        self.selection.selectionChanged.connect(self._take)
        model.loaded.connect(self._mark)
        model.modelReset.connect(lambda: self._mark(0, model.total - 1))

    def set(self, ids: tuple[int, ...]) -> None:
        self._asked += 1
        self._pause.stop()
        if ids != self.ids:
            self.ids = ids
            self._mark(0, self._model.total - 1, anew=True)
            self.changed.emit()

    def all(self) -> None:
        """Select everything that matches."""
        self._ask_ids(self.set)

    # --- with the list ---------------------------------------------------------------------

    def _rows(self) -> list[range]:
        parts = self.selection.selection()
        return [range(part.top(), part.bottom() + 1) for part in parts.toList()]

    def _take(self) -> None:
        if self._marking:
            return
        self._asked += 1
        ids: list[int] = []
        for rows in self._rows():
            for row in rows:
                episode = self._model.episode(row)
                if episode is None:
                    self._pause.start()
                    return
                ids.append(episode.id)
        self._pause.stop()
        if tuple(ids) != self.ids:
            self.ids = tuple(ids)
            self.changed.emit()

    def _ask(self) -> None:
        rows = self._rows()

        def named(ids: tuple[int, ...]) -> None:
            self.ids = tuple(id for part in rows for id in ids[part.start : part.stop])
            self.changed.emit()

        self._ask_ids(named)

    def _ask_ids(self, then: Callable[[tuple[int, ...]], None]) -> None:
        from nowprint.service.requests.memory import FindIds

        self._asked += 1
        asked = self._asked

        def named(ids: tuple[int, ...]) -> None:
            if asked == self._asked:
                then(ids)

        self._bridge.call(FindIds(self._query.filter, self._query.sort), named)

    def _mark(self, first: int, last: int, *, anew: bool = False) -> None:
        """Select in the list the rows of ``ids`` between ``first`` and ``last``, as far as they are loaded;
        ``anew`` clears the list's selection before."""
        if self._pause.isActive() or not self._model.total:
            return
        flag = QItemSelectionModel.SelectionFlag
        self._marking = True
        if anew or (first == 0 and last == self._model.total - 1):
            self.selection.clearSelection()
        index = self._model.index
        if self.ids and len(self.ids) == self._model.total:
            last = self._model.total - 1
            self.selection.select(QItemSelection(index(0), index(last)), flag.Select)
        elif self.ids:
            rows = self._model.rows_of(self.ids)
            chosen = QItemSelection()
            begin = 0
            for place, row in enumerate(rows):  # adjacent rows are one range
                if place + 1 == len(rows) or rows[place + 1] != row + 1:
                    if rows[begin] <= last and row >= first:
                        chosen.append(QItemSelectionRange(index(rows[begin]), index(row)))
                    begin = place + 1
            self.selection.select(chosen, flag.Select)
        self._marking = False
