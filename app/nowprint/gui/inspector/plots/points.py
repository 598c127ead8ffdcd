"""Many points on a plot, painted fast: few as dots, many as an image of their density.

A dot takes Qt microseconds, so that 100,000 of them would hold the window up at every turn of the wheel.
If more than ``FEW`` are in view, another thread makes an image of them (``density``); until that is
ready, the previous image is painted where its points lie now. When the user zooms in, they become dots
again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any, Protocol

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF, QRegion, QTransform

from nowprint.gui.inspector.plots.density import (
    FAINT,
    Floats,
    Picture,
    Points,
    Shades,
    Sight,
    picture,
)

FEW = 2000
SIZE = 8.0
"""Diameter of a dot, in pixels."""
RING = 1.6
"""Width of a ring's line, in pixels."""
REACH = 14.0
"""A click at most so many pixels from a point means that point."""


class Aside(Protocol):
    """Calls ``do`` on a new thread, then ``done`` with its result on the main thread (``Bridge.aside``)."""

    def __call__(self, do: Callable[[], Any], done: Callable[[Any], object]) -> None: ...


class PointsItem(pg.GraphicsObject):
    def __init__(self, aside: Aside) -> None:
        super().__init__()
        self._aside = aside
        self.x: Floats = np.empty(0)
        self.y: Floats = np.empty(0)
        self._shades = Shades(np.empty(0, np.uint8), ("#000000",))
        self._hollow: NDArray[np.bool_] = np.empty(0, bool)
        self._selection: NDArray[np.bool_] | None = None
        self._ring = QColor("black")
        self._bounds = QRectF()
        self._version = 0
        self._making = False
        self.picture: Picture | None = None
        """The newest image; None while there is none."""
        self._whole: Picture | None = None  # an image of all points; shown around the newest
        self.current = -1

    def set_points(self, x: Floats, y: Floats, hollow: NDArray[np.bool_] | None = None) -> None:
        """Show these points, given by their coordinates in the plot, both of shape (N,). ``hollow`` is a mask
        of the same shape: those are rings."""
        self.prepareGeometryChange()
        self.x, self.y = x, y
        self._hollow = np.zeros(len(x), bool) if hollow is None else hollow
        self._bounds = _bounds(x, y)
        self._selection = None
        self.current = -1
        if not len(x):
            self.picture = None
        self._renew()

    def set_shades(self, shades: Shades, ring: str) -> None:
        self._shades, self._ring = shades, QColor(ring)
        self._renew()

    def pick(self, selection: NDArray[np.bool_] | None) -> None:
        """Show which points are selected: a mask of shape (N,), or None if none is."""
        self._selection = selection
        self._renew()

    def set_current(self, place: int) -> None:
        self.current = place
        self.update()

    def _renew(self) -> None:
        self._version += 1
        self._whole = None
        self.update()

    # --- what pyqtgraph asks ---------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_: object) -> None:
        if not len(self.x) or len(self._shades.of) != len(self.x):
            return
        to_pixels = painter.transform()
        box = to_pixels.mapRect(self.viewRect())
        sight = Sight.through(to_pixels, box.toAlignedRect())
        x, y = sight.pixels(self.x, self.y)
        inside = (x > box.left() - SIZE) & (x < box.right() + SIZE)
        inside &= (y > box.top() - SIZE) & (y < box.bottom() + SIZE)
        seen = np.flatnonzero(inside)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(seen) <= FEW:
            self._paint_dots(painter, x[seen], y[seen], seen)
        else:
            self._paint_picture(painter, sight)
        if 0 <= self.current < len(x):
            at = QPointF(x[self.current], y[self.current])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._shades.colours[self._shades.of[self.current]]))
            painter.drawEllipse(at, SIZE * 0.6, SIZE * 0.6)
            painter.setPen(QPen(self._ring, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, SIZE * 1.15, SIZE * 1.15)
        painter.restore()

    def _paint_dots(self, painter: QPainter, x: Floats, y: Floats, seen: NDArray[np.int64]) -> None:
        of = self._shades.of[seen]
        strong = np.ones(len(seen), bool) if self._selection is None else self._selection[seen]
        ratio = painter.device().devicePixelRatioF()
        hollow = self._hollow[seen]
        kinds = product((True, False), enumerate(self._shades.colours), (True, False))
        for faint, (shade, name), ring in kinds:
            chosen = (of == shade) & (strong != faint) & (hollow == ring)
            if chosen.any():
                alpha = FAINT if faint else 1.0 if ring else 0.82
                dot = _dot(name, alpha, ratio, ring=ring)
                corner = dot.deviceIndependentSize().width() / 2
                corners = np.column_stack((x[chosen], y[chosen])) - corner
                for at in corners.tolist():
                    painter.drawPixmap(QPointF(*at), dot)

    def _paint_picture(self, painter: QPainter, sight: Sight) -> None:
        """Paint the newest image. If it is of another part of the plot, ask for a new one, and until that
        comes, paint around it what the image of all points shows."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        newest = self.picture
        if newest is None or (newest.sight, newest.version) != (sight, self._version):
            self._make(sight)
        if newest is None:
            return
        at = sight.box(newest.place)
        if self._whole is not None and newest.sight != sight:
            painter.save()
            around = QRegion(*sight.frame) - QRegion(at.toAlignedRect())
            painter.setClipRegion(around, Qt.ClipOperation.IntersectClip)
            painter.drawImage(sight.box(self._whole.place), self._whole.image)
            painter.restore()
        painter.drawImage(at, newest.image)

    def _make(self, sight: Sight) -> None:
        """Have an image made, one at a time: if the view has moved when it is ready, the next paint asks
        for another."""
        if not self._making:
            self._making = True
            points = Points(self.x, self.y, self._shades, self._selection)
            self._aside(partial(picture, points, sight, self._version), self._show)

    def _show(self, made: Picture) -> None:
        self._making = False
        if not len(self.x):
            return
        self.picture = made
        if made.version == self._version and made.place.contains(self._bounds):
            self._whole = made
        self.update()

    # --- which points ----------------------------------------------------------------------

    def places(self) -> tuple[Floats, Floats]:
        """All points, in pixels of the view box."""
        return _mapped(self.getViewBox().childTransform(), self.x, self.y)

    def nearest(self, at: QPointF, reach: float = REACH) -> int:
        """The index of the point nearest to a place of the view box; -1 if none is in ``reach`` (pixels)."""
        if not len(self.x):
            return -1
        x, y = self.places()
        far = (x - at.x()) ** 2 + (y - at.y()) ** 2
        place = int(far.argmin())
        return place if far[place] <= reach * reach else -1

    def towards(self, place: int, right: int, down: int) -> int:
        """The index of the next point in a direction on the screen, at most 45 degrees off it; ``place`` if
        there is none."""
        x, y = self.places()
        along = (x - x[place]) * right + (y - y[place]) * down
        aside = np.abs((x - x[place]) * down) + np.abs((y - y[place]) * right)
        ahead = (along > 0.5) & (aside <= along)
        if not ahead.any():
            return place
        far = np.where(ahead, along + 2 * aside, np.inf)
        return int(far.argmin())

    def within(self, outline: QPolygonF) -> NDArray[np.bool_]:
        """A mask, shape (N,), of the points inside an outline in pixels of the view box; the outline is drawn
        into an image, and each point looked up there."""
        box = outline.boundingRect()
        wide, high = max(1, int(box.width()) + 1), max(1, int(box.height()) + 1)
        mask = QImage(wide, high, QImage.Format.Format_Grayscale8)
        mask.fill(0)
        painter = QPainter(mask)
        painter.setBrush(Qt.GlobalColor.white)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(outline.translated(-box.topLeft()))
        painter.end()
        lines = np.frombuffer(mask.constBits(), np.uint8).reshape(high, mask.bytesPerLine())
        x, y = self.places()
        column = np.clip(x - box.left(), -1, wide).astype(np.int64)
        row = np.clip(y - box.top(), -1, high).astype(np.int64)
        found = (column >= 0) & (column < wide) & (row >= 0) & (row < high)
        found[found] = lines[row[found], column[found]] > 127
        return found


def _mapped(to_pixels: QTransform, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return x * to_pixels.m11() + to_pixels.dx(), y * to_pixels.m22() + to_pixels.dy()


def _bounds(x: Floats, y: Floats) -> QRectF:
    if not len(x):
        return QRectF()
    wide, high = max(np.ptp(x), 1e-9), max(np.ptp(y), 1e-9)
    return QRectF(x.min(), y.min(), wide, high)


def _dot(colour: str, alpha: float, ratio: float, *, ring: bool) -> QPixmap:
    """A dot or a ring, painted once and then stamped at each point: that takes a fifth of the time of drawing
    with a round pen."""
    pixels = int(np.ceil((SIZE + 2) * ratio))
    dot = QPixmap(pixels, pixels)
    dot.setDevicePixelRatio(ratio)
    dot.fill(Qt.GlobalColor.transparent)
    ink = QColor(colour)
    ink.setAlphaF(alpha)
    painter = QPainter(dot)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, RING) if ring else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if ring else ink)
    middle, radius = pixels / ratio / 2, (SIZE - RING if ring else SIZE) / 2
    painter.drawEllipse(QPointF(middle, middle), radius, radius)
    painter.end()
    return dot


def steps(values: Floats, low: float, high: float, colours: tuple[str, ...]) -> Shades:
    """Shades for values, shape (N,), from ``low`` (the first colour) to ``high`` (the last)."""
    share = (values - low) / max(high - low, 1e-9)
    last = len(colours) - 1
    return Shades(np.clip(share * len(colours), 0, last).astype(np.uint8), colours)
