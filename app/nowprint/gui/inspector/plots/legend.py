"""Which colour stands for what in a plot."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nowprint.gui.inspector.plots.points import RING
from nowprint.gui.widgets.theme import Theme

Entry = tuple[tuple[str, ...], str]
"""Colours in a row, and the word for them."""


class Legend(QWidget):
    """One colour a word, or a row of them between two words; and what a ring means."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries: list[Entry] = []
        self._ring = ""

    def show_entries(self, entries: list[Entry], ring: str = "") -> None:
        """``ring`` is the word for a ring; empty if there is none."""
        self._entries = entries
        self._ring = ring
        rings = f"; rings: {ring}" if ring else ""
        self.setAccessibleName("Colours: " + ", ".join(word for _, word in entries) + rings)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(0.86))
        metrics = painter.fontMetrics()
        muted = QColor(self._theme.colours.muted)
        x, middle = 0.0, self.height() / 2
        entries = [*self._entries, *([(("",), self._ring)] if self._ring else ())]
        for colours, word in entries:
            for colour in colours:
                painter.setPen(Qt.PenStyle.NoPen if colour else QPen(muted, RING))
                painter.setBrush(QColor(colour) if colour else Qt.BrushStyle.NoBrush)
                side = 9.0 if colour else 9.0 - RING
                painter.drawEllipse(QRectF(x + (9 - side) / 2, middle - side / 2, side, side))
                x += 11
            painter.setPen(muted)
            wide = metrics.horizontalAdvance(word)
            box = QRectF(x + 3, 0, wide + 4, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word)
            x += wide + 14
