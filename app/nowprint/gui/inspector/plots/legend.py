"""Which colour stands for what in a plot."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nowprint.gui.inspector.plots.points import RING
from nowprint.gui.widgets.theme import Theme

Entry = tuple[tuple[str, ...], str]
"""Colours in a row, and the word for them."""
SIZE = 0.86
"""Of the words, as a share of the usual text size."""
DOT, AIR, APART = 11, 3, 14
"""Pixels: from one dot to the next, from the last one to its word, and from there to the next entry."""


class Legend(QWidget):
    """One colour a word, or a row of them between two words; what a ring means; and a ``note`` on the rest.
    It wraps where it is too narrow, so that nothing is cut off."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.note = ""
        self._theme = theme
        self._entries: list[Entry] = []
        self._ring = ""
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_entries(self, entries: list[Entry], ring: str = "") -> None:
        """``ring`` is the word for a ring; empty if there is none."""
        self._entries = entries
        self._ring = ring
        rings = f"; rings: {ring}" if ring else ""
        note = f"; {self.note}" if self.note else ""
        self.setAccessibleName("Colours: " + ", ".join(word for _, word in entries) + rings + note)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, self._line)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self._line)

    def heightForWidth(self, width: int) -> int:
        return (max((line for *_, line in self._laid(width)), default=0) + 1) * self._line

    @property
    def _line(self) -> int:
        """The height of a line in pixels."""
        return QFontMetrics(self._theme.font(SIZE)).height() + 4

    def _laid(self, width: int) -> list[tuple[Entry, float, int]]:
        """Each entry with the pixel at which it begins, and the number of its line."""
        metrics = QFontMetrics(self._theme.font(SIZE))
        ring: list[Entry] = [(("",), self._ring)] if self._ring else []
        note: list[Entry] = [((), self.note)] if self.note else []
        x, line = 0.0, 0
        laid = []
        for entry in (*self._entries, *ring, *note):
            colours, word = entry
            wide = DOT * len(colours) + AIR + metrics.horizontalAdvance(word)
            if x and x + wide > width:
                x, line = 0.0, line + 1
            laid.append((entry, x, line))
            x += wide + APART
        return laid

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(SIZE))
        metrics = painter.fontMetrics()
        muted = QColor(self._theme.colours.muted)
        laid = self._laid(self.width())
        high = self.height() / (max((line for *_, line in laid), default=0) + 1)
        for (colours, word), left, line in laid:
            x, middle = left, (line + 0.5) * high
            for colour in colours:
                painter.setPen(Qt.PenStyle.NoPen if colour else QPen(muted, RING))
                painter.setBrush(QColor(colour) if colour else Qt.BrushStyle.NoBrush)
                side = 9.0 if colour else 9.0 - RING
                painter.drawEllipse(QRectF(x + (9 - side) / 2, middle - side / 2, side, side))
                x += DOT
            painter.setPen(muted)
            x += AIR if colours else 0
            box = QRectF(x, line * high, metrics.horizontalAdvance(word) + 4, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word)
