"""Many points on a plot, painted fast: few as dots, many as a picture of how dense they lie.

A dot takes Qt microseconds, so that 100,000 of them would hold the window up at every move of the
wheel. Where more are in view than ``FEW``, their places are counted into a raster with numpy, which
takes a few milliseconds; zoomed in, they become dots again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QTransform

Floats = NDArray[np.float64]
FEW = 3000
CELL = 2.0
"""Pixels of the raster's cells."""
SIZE = 8.0
"""Pixels of a dot."""
FAINT = 0.22
"""How much is seen of what isn't picked, while something is."""
REACH = 14.0
"""Pixels within which a point is meant by a click."""


class Shades(NamedTuple):
    """Each point's place among ``colours``."""

    of: NDArray[np.uint8]
    colours: tuple[str, ...]


class PointsItem(pg.GraphicsObject):
    def __init__(self) -> None:
        super().__init__()
        self.x: Floats = np.empty(0)
        self.y: Floats = np.empty(0)
        self._shades = Shades(np.empty(0, np.uint8), ("#000000",))
        self._picked: NDArray[np.bool_] | None = None
        self._ring = QColor("black")
        self._cache: tuple[object, QImage] | None = None
        self._version = 0
        self.current = -1

    def set_points(self, x: Floats, y: Floats) -> None:
        self.prepareGeometryChange()
        self.x, self.y = x, y
        self._picked = None
        self.current = -1
        self._renew()

    def set_shades(self, shades: Shades, ring: str) -> None:
        self._shades, self._ring = shades, QColor(ring)
        self._renew()

    def pick(self, picked: NDArray[np.bool_] | None) -> None:
        """True for each point that is picked; None when none is."""
        self._picked = picked
        self._renew()

    def set_current(self, place: int) -> None:
        self.current = place
        self.update()

    def _renew(self) -> None:
        self._version += 1
        self.update()

    # --- what pyqtgraph asks ---------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        if not len(self.x):
            return QRectF()
        left, bottom = self.x.min(), self.y.min()
        return QRectF(left, bottom, max(np.ptp(self.x), 1e-9), max(np.ptp(self.y), 1e-9))

    def paint(self, painter: QPainter, *_: object) -> None:
        if not len(self.x) or len(self._shades.of) != len(self.x):
            return
        to_pixels = painter.transform()
        box = to_pixels.mapRect(self.viewRect())
        x, y = _mapped(to_pixels, self.x, self.y)
        inside = (x > box.left() - SIZE) & (x < box.right() + SIZE)
        inside &= (y > box.top() - SIZE) & (y < box.bottom() + SIZE)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if np.count_nonzero(inside) <= FEW:
            self._paint_dots(painter, x, y, inside)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, self._raster(to_pixels, box, x, y, inside))
        if 0 <= self.current < len(x):
            at = QPointF(x[self.current], y[self.current])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._shades.colours[self._shades.of[self.current]]))
            painter.drawEllipse(at, SIZE * 0.6, SIZE * 0.6)
            painter.setPen(QPen(self._ring, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, SIZE * 1.15, SIZE * 1.15)
        painter.restore()

    def _paint_dots(
        self, painter: QPainter, x: Floats, y: Floats, inside: NDArray[np.bool_]
    ) -> None:
        for strong in (False, True):
            mine = inside
            if self._picked is not None:
                mine = inside & (self._picked == strong)
            elif not strong:
                continue
            for shade, name in enumerate(self._shades.colours):
                chosen = mine & (self._shades.of == shade)
                if chosen.any():
                    colour = QColor(name)
                    colour.setAlphaF(0.82 if strong else FAINT)
                    pen = QPen(colour, SIZE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
                    painter.setPen(pen)
                    painter.drawPoints(arrayToQPolygonF(x[chosen], y[chosen]))

    def _raster(
        self, to_pixels: QTransform, box: QRectF, x: Floats, y: Floats, inside: NDArray[np.bool_]
    ) -> QImage:
        key = (
            to_pixels.m11(), to_pixels.m22(), to_pixels.dx(), to_pixels.dy(),
            box.width(), box.height(), self._version,
        )  # fmt: skip
        if self._cache is None or self._cache[0] != key:
            self._cache = (key, self._drawn(box, x, y, inside))
        return self._cache[1]

    def _drawn(self, box: QRectF, x: Floats, y: Floats, inside: NDArray[np.bool_]) -> QImage:
        """Each cell in the mean colour of its points, the more of them (by their logarithm) the less
        transparent."""
        wide, high = max(1, int(box.width() / CELL)), max(1, int(box.height() / CELL))
        column = ((x - box.left()) / CELL).astype(np.int64)
        row = ((y - box.top()) / CELL).astype(np.int64)
        here = inside & (column >= 0) & (column < wide) & (row >= 0) & (row < high)
        cell = (self._shades.of[here] * np.int64(high) + row[here]) * wide + column[here]
        weight = None
        if self._picked is not None:
            weight = np.where(self._picked[here], 1.0, FAINT / 4)
        shades = len(self._shades.colours)
        counted = np.bincount(cell, weight, shades * high * wide).astype(np.float32)
        counted = counted.reshape(shades, high, wide)
        smeared = counted.copy()  # a point is a little larger than a cell
        smeared[:, :, 1:] += 0.6 * counted[:, :, :-1]
        smeared[:, 1:, :] += 0.6 * counted[:, :-1, :]
        smeared[:, 1:, 1:] += 0.4 * counted[:, :-1, :-1]
        total = smeared.sum(0)
        filled = total > 0
        part = smeared[:, filled] / total[filled]
        colours = [QColor(name) for name in self._shades.colours]
        blue_green_red = np.array(
            [[one.blue(), one.green(), one.red()] for one in colours], np.float32
        )
        picture = np.zeros((high, wide, 4), np.uint8)
        picture[filled, :3] = part.T @ blue_green_red
        alpha = 0.25 + 0.75 * np.log1p(total[filled]) / np.log1p(total.max())
        picture[filled, 3] = 255 * alpha * np.minimum(1.0, total[filled] / 0.4)
        image = QImage(picture.tobytes(), wide, high, wide * 4, QImage.Format.Format_ARGB32)
        return image.copy()  # the bytes are Python's

    # --- which points ----------------------------------------------------------------------

    def places(self) -> tuple[Floats, Floats]:
        """In pixels of the view box."""
        return _mapped(self.getViewBox().childTransform(), self.x, self.y)

    def nearest(self, at: QPointF, reach: float = REACH) -> int:
        """The point next to a place of the view box; -1 when none is within ``reach`` pixels."""
        if not len(self.x):
            return -1
        x, y = self.places()
        far = (x - at.x()) ** 2 + (y - at.y()) ** 2
        place = int(far.argmin())
        return place if far[place] <= reach * reach else -1

    def towards(self, place: int, right: int, down: int) -> int:
        """The next point in a direction on the screen, at most 45 degrees off it; else the same."""
        x, y = self.places()
        along = (x - x[place]) * right + (y - y[place]) * down
        aside = np.abs((x - x[place]) * down) + np.abs((y - y[place]) * right)
        ahead = (along > 0.5) & (aside <= along)
        if not ahead.any():
            return place
        far = np.where(ahead, along + 2 * aside, np.inf)
        return int(far.argmin())

    def within(self, outline: QPolygonF) -> NDArray[np.bool_]:
        """Which points lie in an outline, in pixels of the view box: looked up in a drawn mask."""
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


def steps(values: Floats, low: float, high: float, colours: tuple[str, ...]) -> Shades:
    """Values from ``low`` to ``high`` as places among colours."""
    share = (values - low) / max(high - low, 1e-9)
    last = len(colours) - 1
    return Shades(np.clip(share * len(colours), 0, last).astype(np.uint8), colours)
