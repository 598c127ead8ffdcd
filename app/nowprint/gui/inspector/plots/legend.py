"""Which colour stands for what in a plot."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nowprint.gui.widgets.theme import Theme

Entry = tuple[tuple[str, ...], str]
"""Colours in a row, and the word for them."""


class Legend(QWidget):
    """One colour a word, or a row of them between two words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries: list[Entry] = []

    def show_entries(self, entries: list[Entry]) -> None:
        self._entries = entries
        self.setAccessibleName("Colours: " + ", ".join(word for _, word in entries))
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
        x, middle = 0.0, self.height() / 2
        for colours, word in self._entries:
            for colour in colours:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colour))
                painter.drawEllipse(QRectF(x, middle - 4.5, 9, 9))
                x += 11
            painter.setPen(QColor(self._theme.colours.muted))
            wide = metrics.horizontalAdvance(word)
            box = QRectF(x + 3, 0, wide + 4, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word)
            x += wide + 14
