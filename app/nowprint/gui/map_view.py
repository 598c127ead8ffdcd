"""Episodes laid out by meaning: what is alike stands together. Dragging draws a lasso."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QHBoxLayout

from nowprint.gui.ages import count, day
from nowprint.gui.buttons import Choice, quiet
from nowprint.gui.canvas import Canvas, Ground
from nowprint.gui.plot_view import PlotView
from nowprint.gui.points import Floats, Shades, steps
from nowprint.gui.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import EpisodePlot

HINT = "Point at a memory, or press the arrow keys. Drag around some to select them; Shift and drag moves."
COLOURS = (("kind", "Kind"), ("age", "Age"), ("salience", "Salience"))
NO_PLACES = (
    "The map isn't laid out yet: memories are laid out by their meaning, which takes a while for "
    "many of them and needs the embedder. It is shown here as soon as it is ready."
)


class MapView(PlotView):
    def __init__(self, theme: Theme, bridge, finding, picked) -> None:
        canvas = Canvas(Ground(outlines=True))
        for axis in ("left", "bottom"):
            canvas.hideAxis(axis)
        self.colour = Choice(theme)
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
        self.restyle()

    def places(self, plot: EpisodePlot) -> tuple[Floats, Floats]:
        if not plot.x:
            return np.empty(0), np.empty(0)
        return np.frombuffer(plot.x), np.frombuffer(plot.y)

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
            self.swatches.show_entries(ends)
            return steps(created, first, last, colours.cool)
        if chosen == "salience":
            self.swatches.show_entries([((colours.warm[0],), "0"), (colours.warm[1:], "1")])
            return steps(np.frombuffer(plot.salience), 0.0, 1.0, colours.warm)
        return self.kinds()

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
