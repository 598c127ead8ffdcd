"""The size of the window and of its panels, as one line of the settings."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from nowprint.gui.window.panels import LEFT, RIGHT, Panels


def restore(window: QMainWindow, panels: Panels, stored: str) -> None:
    """Restore the size, the widths of the panels and which are hidden; if ``stored`` isn't valid, use a
    good first size."""
    screen = window.screen().availableGeometry().size()
    window.resize(min(1320, screen.width() - 40), min(860, screen.height() - 40))
    parts = stored.split(",")
    numbers = [int(part) for part in parts if part.lstrip("-").isdigit()]
    left, right = LEFT, None
    if len(numbers) == 6 == len(parts):
        window.resize(min(numbers[0], screen.width()), min(numbers[1], screen.height()))
        left, right = numbers[2], numbers[3]
        panels.conversations.setVisible(bool(numbers[4]))
        panels.inspector.setVisible(bool(numbers[5]))
    panels.set_widths(left, right, window.width())


def geometry(window: QMainWindow, panels: Panels) -> str:
    """The line for ``restore``: width and height of the window, widths of the left and the right panel (in
    pixels), and whether each of the two is shown."""
    sizes = panels.sizes_beside_chat
    shown = not panels.conversations.isHidden() or panels.made_room
    numbers = (
        window.width(),
        window.height(),
        sizes[0] or LEFT,
        sizes[2] or RIGHT,
        shown,
        not panels.inspector.isHidden(),
    )
    return ",".join(str(int(number)) for number in numbers)
