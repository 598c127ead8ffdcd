"""Salience over time: a dot for each episode, a band for each conversation. The wheel zooms."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPixmap

from nowprint.gui.inspector.plots.canvas import Canvas, Ground
from nowprint.gui.inspector.plots.density import Floats
from nowprint.gui.inspector.plots.plot_view import Laid, PlotView, numbers, whole_numbers
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nowprint.gui.core.bridge import Bridge
    from nowprint.gui.inspector.search.query import Query
    from nowprint.gui.inspector.search.selection import Selection
    from nowprint.inspection import EpisodePlot

MOST_BANDS = 160
"""More bands than this in view can't be told apart."""
LEAST = 5.0
"""Pixels by which a band extends beyond its first and its last memory."""
MOST_LOW = 0.45
"""The highest salience at which the plot may begin, however salient all episodes are."""
NAMED = 56.0
"""Width in pixels from which on a band shows its title."""
HINT = "Point at a memory, or press the arrow keys. Scroll to zoom, drag to move, Shift+drag to select."


@dataclass(frozen=True)
class Stripes:
    """C conversations in the order of their first memories: the times of the ``first`` and the ``last``, in
    seconds since the epoch, shape (C,), and the titles."""

    first: Floats
    last: Floats
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class LaidInTime(Laid):
    stripes: Stripes


class Bands(pg.GraphicsObject):
    """Paints a band for each conversation, from its first memory to its last.

    Every band is as high as the plot, so all bands are painted into one line of pixels, which is then
    repeated over the whole height: filling a hundred high boxes would take a hundred times as long.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(-10)
        self.stripes = Stripes(np.empty(0), np.empty(0))
        self._bounds = QRectF()
        self._inks = ("#eeeeee", "#dddddd", "#666666")
        self._font = QFont()

    def set_stripes(self, stripes: Stripes) -> None:
        self.prepareGeometryChange()
        self.stripes = stripes
        first, last = stripes.first, stripes.last
        self._bounds = QRectF()
        if len(first):
            self._bounds = QRectF(first[0], -1.0, max(last.max() - first[0], 1e-9), 3.0)
        self.update()

    def restyle(self, theme: Theme) -> None:
        colours = theme.colours
        self._inks = (colours.accent_soft, colours.hover, colours.muted)
        self._font = theme.font(0.8)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_: object) -> None:
        if not len(self.stripes.first):
            return
        to_pixels = painter.transform()
        box = to_pixels.mapRect(self.viewRect()).toAlignedRect()
        left = self.stripes.first * to_pixels.m11() + to_pixels.dx() - LEAST
        right = self.stripes.last * to_pixels.m11() + to_pixels.dx() + LEAST
        seen = np.flatnonzero((right > box.left()) & (left < box.right()))
        painter.save()
        painter.resetTransform()
        if len(seen) > MOST_BANDS:
            painter.drawTiledPixmap(box, self._crowd(box, left[seen], right[seen]))
        else:
            ratio = painter.device().devicePixelRatioF()
            painter.drawTiledPixmap(box, self._row(box, left, right, seen, ratio))
            self._paint_titles(painter, box, left, right, seen)
        painter.restore()

    def _row(
        self, box: QRect, left: Floats, right: Floats, seen: NDArray[np.int64], ratio: float
    ) -> QPixmap:
        row = QPixmap(max(1, round(box.width() * ratio)), max(1, round(ratio)))
        row.setDevicePixelRatio(ratio)
        row.fill(Qt.GlobalColor.transparent)
        painter = QPainter(row)
        for place in seen.tolist():
            begin, end = max(left[place], box.left()), min(right[place], box.right() + 1)
            ground = QColor(self._inks[place % 2])
            ground.setAlpha(210 if end - begin >= NAMED else 130)
            painter.fillRect(QRectF(begin - box.left(), 0, end - begin, 1), ground)
        painter.end()
        return row

    def _paint_titles(
        self, painter: QPainter, box: QRect, left: Floats, right: Floats, seen: NDArray[np.int64]
    ) -> None:
        painter.setFont(self._font)
        painter.setPen(QColor(self._inks[2]))
        metrics = painter.fontMetrics()
        free = float(box.left())
        for place in seen.tolist():
            begin, end = max(left[place], box.left()), min(right[place], box.right() + 1)
            if end - begin >= NAMED and begin >= free:
                room = int(end - begin - 10)
                title = self.stripes.titles[place]
                title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
                at = QRectF(begin + 5, box.top() + 3, room, metrics.height())
                painter.drawText(at, Qt.AlignmentFlag.AlignLeft, title)
                free = begin + 10 + metrics.horizontalAdvance(title)

    def _crowd(self, box: QRect, left: Floats, right: Floats) -> QPixmap:
        """For more bands than can be told apart: the more of them cover a column, the stronger its colour."""
        wide = max(1, box.width())
        begins = np.clip(left - box.left() + LEAST, 0, wide).astype(np.int64)
        ends = np.clip(right - box.left() - LEAST + 1, 0, wide).astype(np.int64)
        count = np.bincount(begins, minlength=wide + 1) - np.bincount(ends, minlength=wide + 1)
        covered = np.cumsum(count)[:wide]
        line = np.zeros((wide, 4), np.uint8)
        ink = QColor(self._inks[0])
        line[:] = (ink.blue(), ink.green(), ink.red(), 0)
        line[:, 3] = 220 * covered / max(1, covered.max())
        image = QImage(line.tobytes(), wide, 1, wide * 4, QImage.Format.Format_ARGB32)
        return QPixmap.fromImage(image)


def canvas() -> Canvas:
    """The canvas that a timeline is drawn on."""
    ground = Ground(outlines=False)
    ground.setMouseEnabled(y=False)
    return Canvas(ground, axisItems={"bottom": pg.DateAxisItem(orientation="bottom")})


class TimelineView(PlotView):
    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        query: Query,
        selection: Selection,
        canvas: Canvas,
        titles: Callable[[], Mapping[int, str]],
    ) -> None:
        self._titles = titles
        self._bands = Bands()
        super().__init__(
            theme, bridge, query, selection, name="Timeline of memories", hint=HINT, canvas=canvas
        )
        canvas.addItem(self._bands)
        canvas.getAxis("left").setWidth(44)
        canvas.setLabel("left", "Salience")
        canvas.getAxis("left").setTicks([[(n / 10, f"{n / 10:.1f}") for n in range(11)]])
        self.swatches.note = "each stripe is a conversation"
        self.top.addWidget(self.swatches)
        self.restyle()

    def lay_out(self, plot: EpisodePlot) -> LaidInTime:
        ids, created, salience = (
            whole_numbers(plot.ids),
            numbers(plot.created),
            numbers(plot.salience),
        )
        stripes = stripes_of(whole_numbers(plot.conversations), created, self._titles())
        summary = summed_up(created, salience, len(stripes.first)) if len(created) else ""
        return LaidInTime(plot, ids, created, salience, summary, stripes)

    def show_laid(self, laid: Laid) -> None:
        assert isinstance(laid, LaidInTime)
        self._bands.set_stripes(laid.stripes)
        super().show_laid(laid)

    def restyle(self) -> None:
        super().restyle()
        self._bands.restyle(self._theme)
        colours = self._theme.colours
        for name in ("left", "bottom"):
            axis = self.canvas.getAxis(name)
            axis.setPen(pg.mkPen(colours.line_strong))
            axis.setTextPen(pg.mkPen(colours.muted))
            axis.setTickFont(self._theme.font(0.82))
            axis.label.setFont(self._theme.font(0.82))

    def show_all(self) -> None:
        first, last = float(self.points.x[0]), float(self.points.x[-1])
        room = max((last - first) * 0.04, 3600.0)
        self.ground.setLimits(
            xMin=first - 8 * room, xMax=last + 8 * room, minXRange=60.0, yMin=-0.05, yMax=1.12
        )
        low = max(-0.03, min(float(self.points.y.min()) - 0.08, MOST_LOW))
        self.ground.setRange(xRange=(first - room, last + room), yRange=(low, 1.09), padding=0)

    def step(self, right: int, down: int) -> int:
        """Left and Right go through time."""
        if right:
            return min(max(self.points.current + right, 0), len(self.ids) - 1)
        return super().step(right, down)


def stripes_of(
    conversations: NDArray[np.int64], created: Floats, names: Mapping[int, str]
) -> Stripes:
    """``conversations`` holds each memory's conversation (0: none), ``created`` its time, the oldest first;
    both have the shape (N,)."""
    told = conversations > 0
    mine, when = conversations[told], created[told]
    ids, first_at = np.unique(mine, return_index=True)
    last_at = len(mine) - 1 - np.unique(mine[::-1], return_index=True)[1]
    first, last = when[first_at], when[last_at]
    order = np.argsort(first)
    titles = tuple(names.get(id, "") for id in ids[order].tolist())
    return Stripes(first[order], last[order], titles)


def summed_up(created: Floats, salience: Floats, talks: int) -> str:
    """What the plot shows, in a sentence or two."""
    months, number = np.unique(
        created.astype("datetime64[s]").astype("datetime64[M]"), return_counts=True
    )
    fullest = time.strptime(str(months[number.argmax()]), "%Y-%m")
    first, last = day(created[0]), day(created[-1])
    span = first if first == last else f"{first} to {last}"
    if len(created) == 1:
        return f"1 memory from {day(created[0])}, salience {salience[0]:.2f}."
    least, most = f"{salience.min():.2f}", f"{salience.max():.2f}"
    middle = f"{np.median(salience):.2f}"
    spread = f"from {least} to {most}" if least != most else most
    if least < middle < most:
        spread += f", half of them above {middle}"
    return (
        f"{count(len(created), 'memory', 'memories')} from {count(talks, 'conversation')}, {span}, "
        f"most of them in {time.strftime('%B %Y', fullest)} ({number.max():,}). Salience {spread}."
    )
