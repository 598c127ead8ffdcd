"""A slider with a few named stops, painted in the theme's colours."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from nowprint.gui.widgets.buttons import leave_wheel_to_page
from nowprint.gui.widgets.theme import Theme

KNOB = 9.0
"""Radius of the knob, in pixels."""
DOT = 3.5
RING = 3.0


class StepSlider(QSlider):
    """``names`` stand under the stops; to the keyboard and to screen readers it is an ordinary slider."""

    def __init__(self, theme: Theme, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._names = names
        self.setRange(0, len(names) - 1)
        self.setPageStep(1)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        leave_wheel_to_page(self)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(360, int(2 * (KNOB + RING) + 8 + 1.4 * self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def at(self, stop: int) -> QPointF:
        """The middle of a stop, in pixels. Half a column is left free at both ends, for the names."""
        column = self.width() / len(self._names)
        return QPointF(column * (stop + 0.5), KNOB + RING + 2)

    def _nearest(self, x: float) -> int:
        column = self.width() / len(self._names)
        return min(max(int(x / column), 0), self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setValue(self._nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.setValue(self._nearest(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        here, last = self.value(), self.maximum()
        for begin, end, colour in ((0, last, colours.line_strong), (0, here, colours.accent)):
            painter.setPen(QPen(QColor(colour), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            if end > begin:
                painter.drawLine(self.at(begin), self.at(end))
        painter.setPen(Qt.PenStyle.NoPen)
        for stop in range(last + 1):
            painter.setBrush(QColor(colours.accent if stop <= here else colours.line_strong))
            painter.drawEllipse(self.at(stop), DOT + 1.5, DOT + 1.5)
            self._paint_name(painter, stop)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.at(here), KNOB + RING, KNOB + RING)
        painter.setPen(QPen(QColor(colours.card), 2))
        painter.setBrush(QColor(colours.accent))
        painter.drawEllipse(self.at(here), KNOB, KNOB)

    def _paint_name(self, painter: QPainter, stop: int) -> None:
        painter.save()
        chosen = stop == self.value()
        painter.setFont(self._theme.font(0.86, bold=chosen))
        painter.setPen(QColor(self._theme.colours.text if chosen else self._theme.colours.muted))
        column = self.width() / len(self._names)
        top = 2 * (KNOB + RING) + 6
        box = QRectF(column * stop, top, column, self.height() - top)
        name = painter.fontMetrics().elidedText(
            self._names[stop], Qt.TextElideMode.ElideRight, int(column) - 2
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, name)
        painter.restore()
