"""Paints a row of the memory list."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nowprint.gui.inspector.search.episode_model import (
    INFLUENCE,
    change_of,
    foot_words,
    influence_words,
    words_of,
)
from nowprint.gui.widgets.rows import Index, paint_row
from nowprint.gui.widgets.text_offsets import after_utf16
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nowprint.records import Episode

MOST_NATS = 20.0
"""An influence that fills the bar: without the memory, the answer would have been e^20 times less likely."""
SALIENCE_BAR, INFLUENCE_BAR = 46, 84
"""Widths of the bars in pixels."""
ABSENT = ((0.92, 0.0), (0.64, 1.1), (0.3, 2.3))
"""Grey bars for a row that isn't loaded yet: their widths (shares of the row) and their tops (in lines)."""


class EpisodeDelegate(QStyledItemDelegate):
    """Two lines of text; below them kind and age with a bar for the salience, or the influence on an answer
    with a bar for that; and a pin."""

    def __init__(
        self, theme: Theme, parent: QWidget, projects: Callable[[], Mapping[int, str]]
    ) -> None:
        """``projects`` returns the projects' names by id, as far as they are known."""
        super().__init__(parent)
        self._theme = theme
        self._projects = projects

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line, small = (QFontMetrics(self._theme.font(size)).height() for size in (1.0, 0.86))
        return QSize(200, int(line * 2.15) + small + 26)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        episode: Episode | None = index.data(Qt.ItemDataRole.UserRole)
        colours = self._theme.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row(painter, option, self._theme)
        inner = option.rect.adjusted(14, 9, -14, -9)
        if episode is None:
            self._paint_absent(painter, inner)
            painter.restore()
            return
        painter.setFont(self._theme.font())
        painter.setPen(QColor(colours.muted if episode.archived else colours.text))
        text = " ".join(words_of(episode)[:400].split())
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(text) < inner.width():  # no gap between its line and its foot
            spare = int(metrics.height() * 0.54)
            inner.adjust(0, spare, 0, -spare)
        two_lines(painter, inner, text)
        self._paint_foot(painter, inner, episode, index.data(INFLUENCE))
        painter.restore()

    def _paint_absent(self, painter: QPainter, inner: QRect) -> None:
        line = painter.fontMetrics().height()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colours.line))
        for share, down in ABSENT:
            top = inner.top() + 4 + down * line
            painter.drawRoundedRect(QRectF(inner.left(), top, inner.width() * share, 8), 4, 4)

    def _paint_foot(
        self, painter: QPainter, inner: QRect, episode: Episode, nats: float | None
    ) -> None:
        """``nats`` is None unless the list is of an answer's memories, and NaN where nothing is measured."""
        colours = self._theme.colours
        painter.setFont(self._theme.font(0.86))
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
        for words, ink in self._foot_pieces(episode, nats):
            painter.setPen(QColor(ink))
            elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, foot.width())
            painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, elided)
            foot.setLeft(foot.left() + metrics.horizontalAdvance(elided))

    def _foot_pieces(self, episode: Episode, nats: float | None) -> list[tuple[str, str]]:
        """The words of the foot and their colours: the time, what changed, and the rest."""
        muted, change = self._theme.colours.muted, change_of(episode)
        if nats is not None:
            first, rest = "", influence_words(episode, nats)
        else:
            project = self._projects().get(episode.project or 0, "")
            first, _, rest = foot_words(episode, project).partition(" · ")
        pieces = [(first, muted), (change, self._theme.colours.accent_text), (rest, muted)]
        there = [piece for piece in pieces if piece[0]]
        return [
            (f" · {words}" if place else words, ink) for place, (words, ink) in enumerate(there)
        ]


def two_lines(painter: QPainter, box: QRect, text: str) -> None:
    """Paint a text in two lines, broken at words; what doesn't fit into the second is elided."""
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
    rest = after_utf16(text, first.textLength()).strip()
    if rest:
        second = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, box.width())
        at = box.translated(0, int(metrics.height() * 1.08))
        painter.drawText(at, Qt.AlignmentFlag.AlignTop, second)
