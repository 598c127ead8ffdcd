"""The memory list: a model that holds only the pages one has scrolled to, and how a row looks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nowprint.gui.ages import ago, count
from nowprint.gui.bridge import Bridge
from nowprint.gui.conversations import paint_row
from nowprint.gui.theme import Theme
from nowprint.gui.units import after_units
from nowprint.records import INFLUENTIAL_NATS

if TYPE_CHECKING:
    from nowprint.records import Episode, EpisodeDetail, EpisodePage, Influence
    from nowprint.service.protocol import ListEpisodes

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
INFLUENCE = Qt.ItemDataRole.UserRole + 1
"""Nats, not a number where nothing is measured; None where no answer is looked at."""
MUCH_NATS = 5.0
MOST_NATS = 20.0
"""An influence that fills the bar: the answer would have been e^20 times less likely."""
SALIENCE_BAR, INFLUENCE_BAR = 46, 84
"""Pixels."""
PAGE = 100
MOST_KEPT = 500
"""Rows that a refresh loads again at most."""


class EpisodeModel(QAbstractListModel):
    listed = Signal(int)
    """What was asked for is there; how many match in all."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Episode] = []
        self.total = 0
        self._bridge = bridge
        self._query: tuple[str, str, bool] = ("", "newest", False)
        self._only: tuple[int, ...] | None = None
        self._only_answer: int | None = None
        self.answer: int | None = None
        """The answer whose memories the rows are."""
        self.influences: dict[int, float] = {}
        """What each changed in that answer, in nats, as far as it is measured."""
        self._asked = 0  # replies to older questions are dropped
        self._fetching = False

    @property
    def only(self) -> tuple[int, ...] | None:
        return self._only

    def query(self, text: str, sort: str, pinned_only: bool) -> None:
        self._query = (text, sort, pinned_only)
        self._only = None
        self._load(PAGE)

    def show_only(self, ids: tuple[int, ...], answer_id: int | None = None) -> None:
        """Just these, whatever the search field says; with their influence on that answer."""
        self._only, self._only_answer = ids, answer_id
        self.refresh()

    def refresh(self) -> None:
        if self._only is None:
            self._load(min(MOST_KEPT, max(PAGE, len(self.rows))))
        else:
            self._load_only(self._only)

    def row_of(self, episode_id: int) -> int:
        return next((n for n, row in enumerate(self.rows) if row.id == episode_id), -1)

    def update_row(self, episode: Episode) -> None:
        row = self.row_of(episode.id)
        if row >= 0:
            self.rows[row] = episode
            self.dataChanged.emit(self.index(row), self.index(row))

    def drop(self, ids: tuple[int, ...]) -> None:
        """Take forgotten episodes out at once; the next refresh says the same."""
        for row in range(len(self.rows) - 1, -1, -1):
            if self.rows[row].id in ids:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self.rows[row]
                self.endRemoveRows()
                self.total -= 1

    # --- Qt's side -------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def canFetchMore(self, parent: Index) -> bool:
        return self._only is None and not self._fetching and len(self.rows) < self.total

    def fetchMore(self, parent: Index) -> None:
        self._fetching = True
        asked = self._asked

        def more(page: EpisodePage) -> None:
            self._fetching = False
            if asked == self._asked and page.episodes:
                have = {row.id for row in self.rows}
                new = [episode for episode in page.episodes if episode.id not in have]
                self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(new) - 1)
                self.rows += new
                self.endInsertRows()
                self.listed.emit(self.total)

        self._bridge.call(self._request(len(self.rows), PAGE), more)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        episode = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return episode.gist or episode.text
        if role == Qt.ItemDataRole.UserRole:
            return episode
        if role == INFLUENCE:
            return None if self.answer is None else self.influences.get(episode.id, math.nan)
        if role == Qt.ItemDataRole.ToolTipRole:
            if self.answer is None:
                return f"Salience {episode.salience:.2f}: how much it stood out when it was kept"
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            more = ", pinned" if episode.pinned else ""
            if change := _change(episode):
                more += f", {change}"
            if (nats := self.influences.get(episode.id)) is not None:
                more += f", {in_words(nats)}"
            return (
                f"{episode.gist or episode.text}. {episode.kind} {ago(episode.created)}, salience "
                f"{episode.salience:.2f}, recalled {count(episode.recalled, 'time')}{more}"
            )
        return None

    # --- asking ----------------------------------------------------------------------------

    def _request(self, offset: int, limit: int) -> ListEpisodes:
        from nowprint.service.protocol import ListEpisodes

        text, sort, pinned_only = self._query
        return ListEpisodes(text, sort, pinned_only, offset, limit)  # type: ignore[arg-type]

    def _load(self, limit: int) -> None:
        self._asked += 1
        asked = self._asked

        def listed(page: EpisodePage) -> None:
            if asked == self._asked:
                self.answer, self.influences = None, {}
                self._show(list(page.episodes), page.total)

        self._bridge.call(self._request(0, limit), listed)

    def _load_only(self, ids: tuple[int, ...]) -> None:
        """Them, and what each changed in the answer, all at once: nothing jumps."""
        from nowprint.service.protocol import GetInfluence, ShowEpisode

        self._asked += 1
        asked, answer = self._asked, self._only_answer
        found: dict[int, Episode | None] = {}
        nats: dict[int, float] = {}

        def one(id: int, episode: Episode | None) -> None:
            found[id] = episode
            if len(found) == len(ids) and asked == self._asked:
                self.answer, self.influences = answer, nats
                rows = [found[id] for id in ids]
                there = [row for row in rows if row]
                self._show(there, len(there))

        def told(influences: tuple[Influence, ...]) -> None:
            nats.update({one.episode_id: one.nats for one in influences})

        if answer is not None:  # replies come in the order of their requests
            self._bridge.call(GetInfluence(answer), told)

        def ask(id: int) -> None:
            def shown(detail: EpisodeDetail) -> None:
                one(id, detail.episode)

            # An episode that was forgotten meanwhile is simply not among them.
            self._bridge.call(ShowEpisode(id), shown, lambda _: one(id, None))

        for id in ids:
            ask(id)

    def _show(self, rows: list[Episode], total: int) -> None:
        self.total = total
        if [row.id for row in rows] == [row.id for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        self._fetching = False
        self.listed.emit(total)


class EpisodeDelegate(QStyledItemDelegate):
    """Two lines of text; under them kind and age and the salience as a bar, or what it changed in
    an answer; and a pin."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._small = theme.font(0.86)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        small = QFontMetrics(self._small).height()
        return QSize(200, int(option.fontMetrics.height() * 2.15) + small + 26)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        episode: Episode = index.data(Qt.ItemDataRole.UserRole)
        colours = self._theme.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row(painter, option, self._theme)
        inner = option.rect.adjusted(14, 9, -14, -9)
        painter.setFont(self._theme.font())
        painter.setPen(QColor(colours.text))
        _two_lines(painter, inner, episode.gist or episode.text)
        self._paint_foot(painter, inner, episode, index.data(INFLUENCE))
        painter.restore()

    def _paint_foot(
        self, painter: QPainter, inner: QRect, episode: Episode, nats: float | None
    ) -> None:
        """``nats`` is None in the list of all, and no number where nothing is measured."""
        colours = self._theme.colours
        painter.setFont(self._small)
        metrics = painter.fontMetrics()
        foot = QRect(
            inner.left(), inner.bottom() - metrics.height() + 1, inner.width(), metrics.height()
        )
        if episode.pinned:
            icon = self._theme.icon("pinned", "accent_text")
            icon.paint(painter, QRect(foot.right() - 15, foot.center().y() - 7, 15, 15))
        foot.setRight(foot.right() - 22)
        share = episode.salience if nats is None else nats / MOST_NATS
        if not math.isnan(share):
            width = SALIENCE_BAR if nats is None else INFLUENCE_BAR
            bar = QRectF(foot.right() - width, foot.center().y() - 2, width, 5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.line_strong))
            painter.drawRoundedRect(bar, 2.5, 2.5)
            bar.setWidth(bar.width() * min(1.0, share))
            painter.setBrush(QColor(colours.accent))
            if bar.width() >= 1:
                painter.drawRoundedRect(bar, 2.5, 2.5)
            foot.setRight(int(bar.left()) - 8)
        change, words = _change(episode), _foot_words(episode, nats)
        if change:
            painter.setPen(QColor(colours.accent_text))
            painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, change)
            foot.setLeft(foot.left() + metrics.horizontalAdvance(change))
            words = f" · {words}"
        painter.setPen(QColor(colours.muted))
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, foot.width())
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, elided)


def in_words(nats: float) -> str:
    """What an episode changed in an answer, for people."""
    if nats >= MUCH_NATS:
        return f"mattered much (+{nats:.1f} nats)"
    if nats >= INFLUENTIAL_NATS:
        return f"mattered (+{nats:.1f} nats)"
    if nats <= -INFLUENTIAL_NATS:
        return f"the answer goes against it (−{-nats:.1f} nats)"
    return "made no difference"


def _foot_words(episode: Episode, nats: float | None) -> str:
    if nats is not None:
        if math.isnan(nats):
            return "always before the model" if episode.pinned else "not measured yet"
        return in_words(nats)
    words = f"{episode.kind} · {ago(episode.created)}"
    return f"{words} · recalled {episode.recalled}×" if episode.recalled else words


def _change(episode: Episode) -> str:
    if episode.replaced_by is not None:
        return "changed since"
    return "a change" if episode.replaces is not None else ""


def _two_lines(painter: QPainter, box: QRect, text: str) -> None:
    """Break the text at words; what doesn't fit into the second line is elided."""
    text = " ".join(text[:400].split())
    metrics = painter.fontMetrics()
    layout = QTextLayout(text, painter.font())
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    first = layout.createLine()
    if first.isValid():
        first.setLineWidth(box.width())
    layout.endLayout()
    if not first.isValid():
        return
    first.draw(painter, QPointF(box.topLeft()))
    rest = after_units(text, first.textLength()).strip()
    if rest:
        second = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, box.width())
        at = box.translated(0, int(metrics.height() * 1.08))
        painter.drawText(at, Qt.AlignmentFlag.AlignTop, second)
