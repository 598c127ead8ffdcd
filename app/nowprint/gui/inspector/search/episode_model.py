"""The rows of the memory list: one for each episode that matches, loaded only where the user looks.

The view knows how many rows there are, so that its scroll bar is right. The model asks the core for a page
when one of its rows is painted for the first time. Pages that the user scrolls past quickly are never
loaded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    Qt,
    QTimer,
    Signal,
)

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.rows import Index
from nowprint.gui.widgets.time_words import ago, count
from nowprint.records import INFLUENTIAL_NATS

if TYPE_CHECKING:
    from nowprint.errors import UserError
    from nowprint.gui.inspector.search.query import Query
    from nowprint.records import Episode, EpisodePage, Influence

_ROOT = QModelIndex()
INFLUENCE = Qt.ItemDataRole.UserRole + 1
"""The role of the influence in nats: NaN where none is measured, None unless the rows are of an answer."""
MUCH_NATS = 5.0
"""An influence of so many nats mattered much."""
PAGE = 100
WAIT = 25
"""ms in which the model gathers the pages that the user scrolls past; then it asks for the last ones."""
AT_ONCE = 3
"""Requests for pages that may be open at a time."""
MOST = 20_000
"""Rows that are held; if there are more, those far from the newest page are dropped."""


class EpisodeModel(QAbstractListModel):
    listed = Signal(int)
    """What was asked for is there; with the number of episodes that match."""
    loaded = Signal(int, int)
    """The rows from this first to this last one are loaded."""

    def __init__(self, bridge: Bridge, query: Query, parent: QObject) -> None:
        super().__init__(parent)
        self.total = 0
        self.answer: int | None = None
        """Id of the answer whose memories the rows are; None if they are no answer's."""
        self.influences: dict[int, float] = {}
        """By episode id, its influence on that answer in nats, where it is measured."""
        self.seen: Callable[[], tuple[int, int]] = lambda: (0, 0)
        """Returns the first and the last row on the screen."""
        self._bridge = bridge
        self._query = query
        self._here: dict[int, Episode] = {}  # by row
        self._row: dict[int, int] = {}  # by id
        self._asked = 0  # counts requests: replies to older ones are dropped
        self._wanted: dict[int, None] = {}  # pages, the one wanted last at the end
        self._open: set[int] = set()
        self._gather = QTimer(self, singleShot=True, interval=WAIT)
        self._gather.timeout.connect(self._ask_wanted)

    @property
    def rows(self) -> list[Episode]:
        """The episodes of the loaded rows, in their order."""
        return [self._here[row] for row in sorted(self._here)]

    def episode(self, row: int) -> Episode | None:
        """The episode in a row; None while it isn't loaded."""
        return self._here.get(row)

    def row_of(self, episode_id: int) -> int:
        """The row of an episode; -1 if that isn't loaded (it may be in the list all the same)."""
        return self._row.get(episode_id, -1)

    def rows_of(self, episode_ids: tuple[int, ...]) -> list[int]:
        """The loaded rows of these episodes, in their order; takes longer the more rows are loaded."""
        ids = set(episode_ids)
        return sorted(row for id, row in self._row.items() if id in ids)

    def update_row(self, episode: Episode) -> None:
        row = self.row_of(episode.id)
        if row >= 0 and self._here[row] != episode:
            self._here[row] = episode
            self.dataChanged.emit(self.index(row), self.index(row))

    # --- Qt's side -------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.total

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        episode = self._here.get(index.row())
        if episode is None:
            return self._absent(index.row(), role)
        if role == Qt.ItemDataRole.DisplayRole:
            return words_of(episode)
        if role == Qt.ItemDataRole.UserRole:
            return episode
        if role == INFLUENCE:
            return None if self.answer is None else self.influences.get(episode.id, math.nan)
        if role == Qt.ItemDataRole.ToolTipRole:
            if self.answer is None:
                return f"Salience {episode.salience:.2f}: how much it stood out when it was kept"
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(episode, self.influences.get(episode.id))
        return None

    def _absent(self, row: int, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.UserRole):
            page = row // PAGE
            self._wanted.pop(page, None)
            self._wanted[page] = None
            if not self._gather.isActive():
                self._gather.start()
        return "Not loaded yet" if role == Qt.ItemDataRole.AccessibleTextRole else None

    # --- asking ----------------------------------------------------------------------------

    def query(self) -> None:
        """The query has changed: load the list from its top."""
        self._load(0, PAGE, self._begin)

    def refresh(self) -> None:
        """Load the same query again; what is on the screen stays where it is."""
        first, last = self.seen()
        offset = first // PAGE * PAGE
        limit = (last // PAGE + 1) * PAGE - offset
        self._load(offset, limit, self._renew)

    def _load(
        self, offset: int, limit: int, show: Callable[[int, list[Episode], int], None]
    ) -> None:
        from nowprint.service.requests.memory import FindEpisodes

        query = self._query
        answer, only = query.answer, query.filter.ids if query.aside else None
        if only is not None:  # few, and in the order in which they were given
            offset, limit = 0, len(only)
        nats: dict[int, float] = {}
        self._asked += 1
        asked = self._asked

        def told(influences: tuple[Influence, ...]) -> None:
            nats.update({one.episode_id: one.nats for one in influences})

        def found(page: EpisodePage) -> None:
            if asked != self._asked:
                return
            rows = list(page.episodes)
            if only is not None:
                places = {id: place for place, id in enumerate(only)}
                rows.sort(key=lambda episode: places[episode.id])
            self.answer, self.influences = answer, nats
            self._wanted.clear()
            self._open.clear()
            show(offset, rows, page.total)
            self.listed.emit(self.total)

        if answer is not None:  # replies come in the order of their requests
            self._ask_influence(answer, told)
        self._bridge.call(FindEpisodes(query.filter, query.sort, offset, limit), found)

    def _ask_influence(self, answer: int, told: Callable[[tuple[Influence, ...]], None]) -> None:
        from nowprint.service.protocol import GetInfluence

        self._bridge.call(GetInfluence(answer), told)

    def _begin(self, offset: int, rows: list[Episode], total: int) -> None:
        self.beginResetModel()
        self._here.clear()
        self._row.clear()
        self.total = total
        self._take(offset, rows)
        self.endResetModel()

    def _renew(self, offset: int, rows: list[Episode], total: int) -> None:
        """Add or remove rows at the end, then tell the view that all have changed: nothing jumps."""
        if total > self.total:
            self.beginInsertRows(_ROOT, self.total, total - 1)
            self.total = total
            self.endInsertRows()
        elif total < self.total:
            self.beginRemoveRows(_ROOT, total, self.total - 1)
            self.total = total
            self._here = {row: one for row, one in self._here.items() if row < total}
            self.endRemoveRows()
        self._here.clear()
        self._row.clear()
        self._take(offset, rows)
        if total:
            self.dataChanged.emit(self.index(0), self.index(total - 1))
            self.loaded.emit(0, total - 1)

    def _take(self, offset: int, rows: list[Episode]) -> None:
        if len(self._here) > MOST:
            near = range(offset - MOST // 4, offset + MOST // 4)
            self._here = {row: one for row, one in self._here.items() if row in near}
            self._row = {one.id: row for row, one in self._here.items()}
        for row, episode in enumerate(rows, offset):
            self._here[row] = episode
            self._row[episode.id] = row

    def _ask_wanted(self) -> None:
        """Ask for the pages that were wanted last; drop those that the user only scrolled past."""
        from nowprint.service.requests.memory import FindEpisodes

        asked, query = self._asked, self._query
        pages = [
            page
            for page in reversed(self._wanted)
            if page not in self._open and page * PAGE not in self._here
        ]
        self._wanted.clear()
        free = AT_ONCE - len(self._open)
        for page in pages[:free]:
            self._open.add(page)

            def found(reply: EpisodePage, page: int = page) -> None:
                if asked != self._asked:
                    return
                self._open.discard(page)
                first = page * PAGE
                self._take(first, list(reply.episodes[: self.total - first]))
                last = min(first + PAGE, self.total) - 1
                self.dataChanged.emit(self.index(first), self.index(last))
                self.loaded.emit(first, last)

            def failed(_: UserError, page: int = page) -> None:
                self._open.discard(page)

            self._bridge.call(
                FindEpisodes(query.filter, query.sort, page * PAGE, PAGE), found, failed
            )
        if len(pages) > free:  # pages that are still on the screen are wanted again
            first, last = self.seen()
            self._wanted = dict.fromkeys(range(first // PAGE, last // PAGE + 1))
            self._gather.start()


# --- in words ----------------------------------------------------------------------------------


def words_of(episode: Episode) -> str:
    """The text that stands for an episode; in an imported one invisible characters are made visible."""
    text = episode.gist or episode.text
    return text if episode.origin is None else show_invisible(text)


def spoken(episode: Episode, nats: float | None = None) -> str:
    """An episode as a sentence, for screen readers."""
    more = ", pinned" if episode.pinned else ""
    if change := change_of(episode):
        more += f", {change}"
    if episode.archived:
        more += ", archived"
    if episode.held_back:
        more += f", held back because {episode.held_back}"
    elif not episode.confirmed:
        more += ", imported and not confirmed yet"
    if nats is not None:
        more += f", {in_words(nats)}"
    words = words_of(episode).strip()
    end = "" if words.endswith((".", "!", "?", "…")) else "."
    return (
        f"{words}{end} {episode.kind} {ago(episode.created)}, salience "
        f"{episode.salience:.2f}, recalled {count(episode.recalled, 'time')}{more}"
    )


def in_words(nats: float) -> str:
    """The influence of an episode on an answer, in words."""
    if nats >= MUCH_NATS:
        return f"mattered a lot (+{nats:.1f} nats)"
    if nats >= INFLUENTIAL_NATS:
        return f"mattered (+{nats:.1f} nats)"
    if nats <= -INFLUENTIAL_NATS:
        return f"the answer goes against it (−{-nats:.1f} nats)"
    return "made no difference"


def foot_words(episode: Episode, project: str = "") -> str:
    """The line below an episode's text. The time comes first, so that it is never cut off."""
    kind = "held back" if episode.held_back else episode.kind if episode.confirmed else "imported"
    parts = [ago(episode.created), "archived" if episode.archived else "", project, kind]
    if episode.recalled:
        parts.append(f"recalled {episode.recalled}×")
    return " · ".join(filter(None, parts))


def influence_words(episode: Episode, nats: float) -> str:
    """The line below the text of an answer's memory; ``nats`` as in ``INFLUENCE``."""
    if math.isnan(nats):
        return "always given to the model" if episode.pinned else "not measured yet"
    return in_words(nats)


def change_of(episode: Episode) -> str:
    if episode.replaced_by is not None:
        return "changed since"
    return "updates an earlier memory" if episode.replaces is not None else ""
