"""Episodes laid out by meaning: what is alike stands together. Dragging draws a lasso."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout

from nowprint.gui.inspector.plots.canvas import Canvas, Ground
from nowprint.gui.inspector.plots.density import Shades
from nowprint.gui.inspector.plots.plot_view import Laid, PlotView, numbers, whole_numbers
from nowprint.gui.inspector.plots.points import steps
from nowprint.gui.widgets.buttons import Choice, quiet
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, day

if TYPE_CHECKING:
    from nowprint.gui.core.bridge import Bridge
    from nowprint.gui.inspector.search.query import Query
    from nowprint.gui.inspector.search.selection import Selection
    from nowprint.inspection import EpisodePlot

HINT = (
    "Point at a memory, or press the arrow keys. Drag around memories to select them; "
    "Shift+drag moves the map."
)
BESIDE = 340
"""Width in pixels, at the usual text size, from which on the legend stands beside the choice of colours."""
COLOURS = (("kind", "Kind"), ("age", "Age"), ("salience", "Salience"))
NO_PLACES = (
    "The map isn't ready yet: arranging many memories by meaning takes a while and needs the "
    "embedder. It will appear here when it is ready."
)


def canvas() -> Canvas:
    """The canvas that a map is drawn on."""
    made = Canvas(Ground(outlines=True))
    for axis in ("left", "bottom"):
        made.hideAxis(axis)
    return made


class MapView(PlotView):
    def __init__(
        self, theme: Theme, bridge: Bridge, query: Query, selection: Selection, canvas: Canvas
    ) -> None:
        self.colour = Choice(theme)
        super().__init__(
            theme,
            bridge,
            query,
            selection,
            name="Map of memories by meaning",
            hint=HINT,
            canvas=canvas,
        )
        self.colour.setObjectName("map.colour")
        self.colour.setAccessibleName("Colour by")
        for value, words in COLOURS:
            self.colour.addItem(words, value)
        self.colour.currentIndexChanged.connect(lambda _: self.show_shades())
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(quiet("Colour"))
        choice.addWidget(self.colour)
        choice.addStretch()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(8)
        self._row.addLayout(choice)
        self._row.addWidget(self.swatches, 1)
        self.top.addLayout(self._row)
        self.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow map the legend stands below the choice of colours."""
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wide = event.size().width() >= BESIDE * self._theme.text_size
        self._row.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def lay_out(self, plot: EpisodePlot) -> Laid:
        ids, x, y = whole_numbers(plot.ids), numbers(plot.x), numbers(plot.y)
        if not len(x):
            return Laid(plot, ids, x, y, "")
        remembered = int(np.frombuffer(plot.kind, np.uint8).sum())
        summary = (
            f"{count(len(x), 'memory', 'memories')}, {len(x) - remembered:,} captured and "
            f"{remembered:,} remembered. Memories of similar meaning lie close together; the axes "
            "have no meaning."
        )
        return Laid(plot, ids, x, y, summary)

    def missing(self) -> str:
        return NO_PLACES if len(self.ids) else super().missing()

    def shades(self) -> Shades:
        colours, plot = self._theme.colours, self.plot
        assert plot is not None
        chosen = self.colour.currentData()
        if chosen == "age":
            created = np.frombuffer(plot.created)
            first, last = float(created.min()), float(created.max())
            ends = [((colours.cool[0],), day(first)), (colours.cool[1:], day(last))]
            self.show_legend(ends)
            return steps(created, first, last, colours.cool)
        if chosen == "salience":
            self.show_legend([((colours.warm[0],), "0"), (colours.warm[1:], "1")])
            return steps(np.frombuffer(plot.salience), 0.0, 1.0, colours.warm)
        return self.kinds()

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
