"""Small horizontal bars with a word before and a figure behind: probabilities, contributions."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nowprint.gui.widgets.theme import Theme


class Bar(NamedTuple):
    word: str
    value: float
    """Length, as a share of the longest allowed (-1..1)."""
    figure: str


BEGINNING = "starting value"
"""The window's name for the bias, which the salience of every span begins with."""


def signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


class Bars(QWidget):
    """If any value is below zero, a line in the middle stands for zero, and such bars grow to its left."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, least_rows: int = 0) -> None:
        super().__init__(parent)
        self._theme = theme
        self._least = least_rows
        self._bars: list[Bar] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_bars(self, bars: list[Bar], spoken: str) -> None:
        """``spoken`` says the same to a screen reader."""
        self._bars = bars
        self.setAccessibleName(spoken)
        self.setFixedHeight(max(self._least, len(bars)) * self._row_height())
        self.update()

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 6

    def sizeHint(self) -> QSize:
        return QSize(200, max(self._least, len(self._bars)) * self._row_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(0.9))
        metrics = painter.fontMetrics()
        colours = self._theme.colours
        height = self._row_height()
        signed = any(bar.value < 0 for bar in self._bars)
        words = max((metrics.horizontalAdvance(bar.word) for bar in self._bars), default=0)
        words = min(words + 12, int(self.width() * 0.56))
        figures = max((metrics.horizontalAdvance(bar.figure) for bar in self._bars), default=0) + 10
        room = max(10.0, self.width() - words - figures)
        zero = words + (room / 2 if signed else 0.0)
        reach = room / 2 if signed else room
        for number, bar in enumerate(self._bars):
            row = QRectF(0, number * height, self.width(), height)
            painter.setPen(QColor(colours.text))
            word = metrics.elidedText(bar.word, Qt.TextElideMode.ElideRight, words - 8)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, word)
            painter.setPen(QColor(colours.muted))
            painter.drawText(
                row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, bar.figure
            )
            length = max(1.5, min(1.0, abs(bar.value)) * reach)
            left = zero - length if bar.value < 0 else zero
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.line_strong if bar.value < 0 else colours.accent))
            painter.drawRoundedRect(QRectF(left, row.center().y() - 4, length, 8), 3, 3)
        if signed:
            painter.setPen(QPen(QColor(colours.line_strong), 1))
            painter.drawLine(int(zero), 0, int(zero), len(self._bars) * height)


class SalienceBar(QWidget):
    """A salience from 0 to 1, with a mark at the threshold from which on spans are kept."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._value = self._threshold = 0.0
        self.setFixedHeight(18)
        theme.changed.connect(self.update)

    def show_values(self, value: float, threshold: float) -> None:
        self._value, self._threshold = value, threshold
        self.setAccessibleName(f"Salience {value:.2f}; kept from {threshold:.2f}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        painter.setPen(Qt.PenStyle.NoPen)
        ground = QRectF(0, 5, self.width(), 8)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(ground, 4, 4)
        ground.setWidth(max(8.0, ground.width() * min(1.0, self._value)))
        painter.setBrush(QColor(colours.accent))
        painter.drawRoundedRect(ground, 4, 4)
        at = int(self.width() * min(1.0, max(0.0, self._threshold)))
        painter.setPen(QPen(QColor(colours.text), 2))
        painter.drawLine(at, 1, at, 17)
