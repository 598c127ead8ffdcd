"""Very many points as an image of their density.

An image takes numpy some tens of milliseconds, too long for a turn of the event loop, so another thread
makes it. This module knows no widgets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QTransform

Floats = NDArray[np.float64]
CELL = 2.0
"""Width and height of a cell of the image, in pixels."""
FAINT = 0.22
"""The opacity of points that aren't selected, while others are."""


class Shades(NamedTuple):
    """The points' colours: ``of``, shape (N,), holds indices into ``colours``."""

    of: NDArray[np.uint8]
    colours: tuple[str, ...]


class Points(NamedTuple):
    """N points: coordinates ``x`` and ``y`` in the plot, shape (N,), colours, and ``selection``, a mask of
    shape (N,), None while no point is selected."""

    x: Floats
    y: Floats
    shades: Shades
    selection: NDArray[np.bool_] | None


class Sight(NamedTuple):
    """The part of the plot that is in view: how its coordinates become pixels (``x * right + left``,
    ``y * down + top``), and the ``frame`` of pixels that is shown (left, top, width, height)."""

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
        """A rectangle of the plot, in pixels."""
        return QTransform(self.right, 0, 0, self.down, self.left, self.top).mapRect(place)

    @property
    def place(self) -> QRectF:
        """The rectangle of the plot that the frame shows."""
        to_pixels = QTransform(self.right, 0, 0, self.down, self.left, self.top)
        return to_pixels.inverted()[0].mapRect(QRectF(*self.frame))


class Picture(NamedTuple):
    sight: Sight
    version: int
    """The version of the points that it shows."""
    place: QRectF
    """The rectangle of the plot that it shows."""
    image: QImage


def picture(points: Points, sight: Sight, version: int) -> Picture:
    """Draw the points: each cell in the mean colour of its points, and the more opaque the more points it has
    (on a logarithmic scale)."""
    left, top, width, height = sight.frame
    wide, high = max(1, int(width / CELL)), max(1, int(height / CELL))
    x, y = sight.pixels(points.x, points.y)
    across, down = (x - left) * (wide / max(1, width)), (y - top) * (high / max(1, height))
    # Compare as floats: the cells of far points would overflow an int32.
    here = np.flatnonzero((across >= 0) & (across < wide) & (down >= 0) & (down < high))
    cell = down[here].astype(np.int32) * wide + across[here].astype(np.int32)
    colours = [QColor(name) for name in points.shades.colours]
    inks = np.array([[one.blue(), one.green(), one.red(), 1.0, 1.0] for one in colours], np.float32)
    worth = inks[points.shades.of[here]]
    if points.selection is not None:
        worth[~points.selection[here], 4] = FAINT
    counted = np.empty((5, high, wide), np.float32)
    for plane in range(5):  # sums of blue, green, red, the number of points, and opacity
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
    drawn[filled, :3] = (planes[:3] / total * alpha).T  # premultiplied: Qt paints that fastest
    drawn[filled, 3] = 255 * alpha
    premultiplied = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(drawn.tobytes(), wide, high, wide * 4, premultiplied)
    return Picture(sight, version, sight.place, image.copy())  # a copy: the bytes belong to Python
