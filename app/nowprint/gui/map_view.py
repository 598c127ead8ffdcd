"""Episodes laid out by meaning: what is alike stands together. Dragging draws a lasso."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from nowprint.gui.ages import count, day
from nowprint.gui.buttons import Choice, quiet
from nowprint.gui.plot_view import Canvas, Ground, PlotView
from nowprint.gui.points import Shades, steps
from nowprint.gui.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import EpisodePlot

HINT = "Point at a memory, or press the arrow keys. Drag around some to select them; Shift and drag moves."
COLOURS = (("kind", "Kind"), ("age", "Age"), ("salience", "Salience"))
NO_VECTORS = (
    "The map needs the embedder, which isn't ready: it lays out memories by their meaning. "
    "The list and the timeline work without."
)


class Swatches(QWidget):
    """Which colour stands for what: one a word, or a row of them between two words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._font = theme.font(0.86)
        self._entries: list[tuple[tuple[str, ...], str]] = []

    def show_entries(self, entries: list[tuple[tuple[str, ...], str]]) -> None:
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
        painter.setFont(self._font)
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


class MapView(PlotView):
    def __init__(self, theme: Theme, bridge, finding, picked) -> None:
        canvas = Canvas(Ground(outlines=True))
        for axis in ("left", "bottom"):
            canvas.hideAxis(axis)
        canvas.getViewBox().setAspectLocked(True)
        self.colour = Choice(theme)
        self.swatches = Swatches(theme)
        super().__init__(
            theme,
            bridge,
            finding,
            picked,
            name="Map of memories by meaning",
            hint=HINT,
            canvas=canvas,
        )
        self.colour.setObjectName("map.colour")
        self.colour.setAccessibleName("Colour by")
        for value, words in COLOURS:
            self.colour.addItem(words, value)
        self.colour.currentIndexChanged.connect(lambda _: self.restyle())
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(quiet("Colour"))
        row.addWidget(self.colour)
        row.addSpacing(4)
        row.addWidget(self.swatches, 1)
        self.top.addLayout(row)

    def places(self, plot: EpisodePlot) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not plot.x:
            return np.empty(0), np.empty(0)
        return np.frombuffer(plot.x), np.frombuffer(plot.y)

    def missing(self) -> str:
        return NO_VECTORS if len(self.ids) else super().missing()

    def shades(self) -> Shades:
        colours, plot = self._theme.colours, self.plot
        assert plot is not None
        chosen = self.colour.currentData()
        if chosen == "age":
            created = np.frombuffer(plot.created)
            first, last = float(created.min()), float(created.max())
            ends = [((colours.cool[0],), day(first)), (colours.cool[1:], day(last))]
            self.swatches.show_entries(ends)
            return steps(created, first, last, colours.cool)
        if chosen == "salience":
            self.swatches.show_entries([((colours.warm[0],), "0"), (colours.warm[1:], "1")])
            return steps(np.frombuffer(plot.salience), 0.0, 1.0, colours.warm)
        pair = (colours.accent, colours.second)
        self.swatches.show_entries([((pair[0],), "captured"), ((pair[1],), "remembered")])
        return Shades(np.frombuffer(plot.kind, np.uint8), pair)

    def summed_up(self) -> str:
        assert self.plot is not None
        remembered = int(np.frombuffer(self.plot.kind, np.uint8).sum())
        number = len(self.points.x)
        return (
            f"{count(number, 'memory', 'memories')}, {number - remembered:,} captured and "
            f"{remembered:,} remembered. What is near in meaning stands together; the axes mean "
            "nothing by themselves."
        )

    def show_all(self) -> None:
        self.ground.setLimits(
            xMin=-4.0, xMax=4.0, yMin=-4.0, yMax=4.0, minXRange=0.002, minYRange=0.002
        )
        x, y = self.points.x, self.points.y
        room = 0.06 * max(float(np.ptp(x)), float(np.ptp(y)), 0.2)
        self.ground.setRange(
            xRange=(x.min() - room, x.max() + room),
            yRange=(y.min() - room, y.max() + room),
            padding=0,
        )

    def first_place(self) -> int:
        middle = self.ground.viewRect().center()
        return self.points.nearest(self.ground.mapFromView(middle), float("inf"))
