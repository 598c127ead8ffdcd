"""Buttons and labels of the kinds that the style sheet knows, each with a name for screen readers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from nowprint.gui.theme import Theme


def button(
    text: str,
    kind: str,
    clicked: Callable[[], object] | None = None,
    *,
    name: str = "",
    about: str = "",
    label: str = "",
) -> QPushButton:
    """``about`` says what it does (tool tip and accessible description), ``label`` its spoken name."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAccessibleName(label or text.replace("&", ""))
    if about:
        made.setToolTip(about)
        made.setAccessibleDescription(about)
    if name:
        made.setObjectName(name)
    if clicked:
        made.clicked.connect(lambda _=False: clicked())
    return made


def set_icon(made: QPushButton, theme: Theme, icon: str, colour: str = "muted") -> None:
    made.setIcon(theme.icon(icon, colour))
    made.setIconSize(QSize(18, 18))


class Choice(QComboBox):
    """A combo box with an arrow of ours: a style sheet can't colour one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        box = QRect(self.width() - 24, (self.height() - 14) // 2, 14, 14)
        self._theme.icon("down", "muted").paint(painter, box)


def quiet(text: str = "", name: str = "") -> QLabel:
    """Small and grey: what stands beside the matter."""
    made = QLabel(text)
    made.setProperty("quiet", True)
    if name:
        made.setObjectName(name)
    return made


def section(text: str) -> QLabel:
    made = QLabel(text)
    made.setProperty("section", True)
    return made
