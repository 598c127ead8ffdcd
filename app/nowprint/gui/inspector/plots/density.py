"""Very many points as a picture of how dense they lie.

It takes numpy some tens of milliseconds: too long for a turn of the event loop, so it is made on
another thread. Nothing here knows a widget.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QTransform

Floats = NDArray[np.float64]
CELL = 2.0
"""Pixels of a picture's cells."""
FAINT = 0.22
"""How much is seen of what isn't selected, while something is."""


class Shades(NamedTuple):
    """Each point's place among ``colours``."""

    of: NDArray[np.uint8]
    colours: tuple[str, ...]


class Points(NamedTuple):
    """Columns of one length; ``selection`` is None while nothing is."""

    x: Floats
    y: Floats
    shades: Shades
    selection: NDArray[np.bool_] | None


class Sight(NamedTuple):
    """What is looked at: how places become pixels, and which pixels (left, top, width, height)."""

    right: float
    down: float
    left: float
    top: float
    frame: tuple[int, int, int, int]

    @classmethod
    def through(cls, to_pixels: QTransform, frame: QRect) -> Sight:
        m = to_pixels
        at = (frame.left(), frame.top(), frame.width(), frame.height())
        return cls(m.m11(), m.m22(), m.dx(), m.dy(), at)

    def pixels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return x * self.right + self.left, y * self.down + self.top

    def box(self, place: QRectF) -> QRectF:
        """A stretch of the plot in pixels."""
        return QTransform(self.right, 0, 0, self.down, self.left, self.top).mapRect(place)

    @property
    def place(self) -> QRectF:
        """What stretch of the plot the frame shows."""
        to_pixels = QTransform(self.right, 0, 0, self.down, self.left, self.top)
        return to_pixels.inverted()[0].mapRect(QRectF(*self.frame))


class Picture(NamedTuple):
    sight: Sight
    version: int
    """Of the points."""
    place: QRectF
    image: QImage


def picture(points: Points, sight: Sight, version: int) -> Picture:
    """Each cell in the mean colour of its points, the more of them (by their logarithm) the less
    transparent."""
    left, top, width, height = sight.frame
    wide, high = max(1, int(width / CELL)), max(1, int(height / CELL))
    x, y = sight.pixels(points.x, points.y)
    across, down = (x - left) * (wide / max(1, width)), (y - top) * (high / max(1, height))
    # Before they are whole numbers: far away is more than those can tell.
    here = np.flatnonzero((across >= 0) & (across < wide) & (down >= 0) & (down < high))
    cell = down[here].astype(np.int32) * wide + across[here].astype(np.int32)
    colours = [QColor(name) for name in points.shades.colours]
    inks = np.array([[one.blue(), one.green(), one.red(), 1.0, 1.0] for one in colours], np.float32)
    worth = inks[points.shades.of[here]]
    if points.selection is not None:
        worth[~points.selection[here], 4] = FAINT
    counted = np.empty((5, high, wide), np.float32)
    for plane in range(5):  # the sums of three colours, how many, and how strong
        counted[plane] = np.bincount(cell, worth[:, plane], high * wide).reshape(high, wide)
    smeared = counted.copy()  # a point is a little larger than a cell
    smeared[:, :, 1:] += 0.6 * counted[:, :, :-1]
    smeared[:, 1:, :] += 0.6 * counted[:, :-1, :]
    smeared[:, 1:, 1:] += 0.4 * counted[:, :-1, :-1]
    filled = np.flatnonzero(smeared[3].ravel() > 0)
    planes = smeared.reshape(5, -1)[:, filled]
    total = planes[3]
    alpha = np.minimum(1.0, total / 0.4) * planes[4] / total
    alpha *= 0.25 + 0.75 * np.log1p(total) / np.log1p(total.max(initial=1e-9))
    drawn = np.zeros((high * wide, 4), np.uint8)
    drawn[filled, :3] = (planes[:3] / total * alpha).T  # with the alpha in it, as Qt paints fastest
    drawn[filled, 3] = 255 * alpha
    premultiplied = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(drawn.tobytes(), wide, high, wide * 4, premultiplied)
    return Picture(sight, version, sight.place, image.copy())  # the bytes are Python's
