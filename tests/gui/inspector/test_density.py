"""The picture of how dense points lie: where they are, in whose colour, and how strong."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QTransform

from nowprint.gui.inspector.plots.density import CELL, Picture, Points, Shades, Sight, picture

RED, BLUE = "#ff0000", "#0000ff"
SIGHT = Sight.through(QTransform(10, 0, 0, -10, 0, 100), QRect(0, 0, 200, 100))
"""From 0 to 20 to the right, from 0 to 10 upwards."""


def drawn(
    x: list[float], y: list[float], of: list[int], *, selection: list[bool] | None = None
) -> Picture:
    shades = Shades(np.array(of, np.uint8), (RED, BLUE))
    chosen = None if selection is None else np.array(selection)
    return picture(Points(np.array(x), np.array(y), shades, chosen), SIGHT, 3)


def at(made: Picture, x: float, y: float) -> QColor:
    pixel = SIGHT.pixels(np.array([x]), np.array([y]))
    return made.image.pixelColor(int(pixel[0][0] / CELL), int(pixel[1][0] / CELL))


def test_points_are_where_they_lie_in_their_colours() -> None:
    made = drawn([5.0, 15.0], [2.0, 8.0], [0, 1])
    assert (made.image.width(), made.image.height()) == (100, 50)
    assert at(made, 5.0, 2.0).name() == RED
    assert at(made, 15.0, 8.0).name() == BLUE
    assert at(made, 5.0, 8.0).alpha() == 0
    assert made.version == 3
    assert (made.place.left(), made.place.right()) == pytest.approx((0.0, 20.0))
    assert (made.place.top(), made.place.bottom()) == pytest.approx((0.0, 10.0))


def test_colours_mix_and_many_are_stronger_than_one() -> None:
    made = drawn([5.0] * 40 + [15.0], [5.0] * 41, [0, 1] * 20 + [0])
    crowd, lonely = at(made, 5.0, 5.0), at(made, 15.0, 5.0)
    assert abs(crowd.red() - crowd.blue()) <= 4
    assert crowd.alpha() > lonely.alpha() > 0


def test_what_is_not_picked_is_faint() -> None:
    made = drawn([5.0, 15.0], [5.0, 5.0], [0, 0], selection=[True, False])
    assert at(made, 5.0, 5.0).alpha() > 3 * at(made, 15.0, 5.0).alpha() > 0


def test_points_out_of_sight_leave_no_trace() -> None:
    far = [-0.05, 20.05, 5.0, 5.0, 1e12, -1e12], [5.0, 5.0, 10.05, -0.05, 5.0, 5.0]
    made = drawn(*far, [0] * 6)
    alphas = [made.image.pixelColor(x, y).alpha() for x in range(100) for y in range(50)]
    assert sum(alphas) == 0
