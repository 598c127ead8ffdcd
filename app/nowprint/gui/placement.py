"""Where the window and its panels stand, as one line of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowprint.gui.window import MainWindow

LEFT, RIGHT, CENTRE = 236, 380, 330
"""Widths of the panels at first, and the least that the chat gets."""


def place(window: MainWindow, stored: str) -> None:
    """As the front end was left: size, panel widths, hidden panels; or a good first size."""
    screen = window.screen().availableGeometry().size()
    window.resize(min(1320, screen.width() - 40), min(860, screen.height() - 40))
    parts = stored.split(",")
    numbers = [int(part) for part in parts if part.lstrip("-").isdigit()]
    left, right = LEFT, RIGHT
    if len(numbers) == 6 == len(parts):
        window.resize(min(numbers[0], screen.width()), min(numbers[1], screen.height()))
        left, right = numbers[2], numbers[3]
        window.conversations.setVisible(bool(numbers[4]))
        window.inspector.setVisible(bool(numbers[5]))
    window.splitter.setSizes([left, max(CENTRE, window.width() - left - right), right])


def placement(window: MainWindow, *, made_room: bool) -> str:
    sizes = window.wide.sizes
    shown = not window.conversations.isHidden() or made_room
    numbers = (
        window.width(),
        window.height(),
        sizes[0] or LEFT,
        sizes[2] or RIGHT,
        shown,
        not window.inspector.isHidden(),
    )
    return ",".join(str(int(number)) for number in numbers)
