"""What timeline and map have in common: points that the user looks at, goes through, opens and selects.

A screen reader can't read a plot. So a sentence sums the plot up, arrow keys go from point to point, and
each point is announced as in the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.plots.canvas import Canvas, Ground, PointCard
from nowprint.gui.inspector.plots.density import Floats, Shades
from nowprint.gui.inspector.plots.legend import Entry, Legend
from nowprint.gui.inspector.plots.points import PointsItem
from nowprint.gui.inspector.search.episode_model import spoken
from nowprint.gui.widgets.buttons import quiet
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from array import array

    from nowprint.errors import UserError
    from nowprint.gui.inspector.search.query import Query
    from nowprint.gui.inspector.search.selection import Selection
    from nowprint.inspection import EpisodePlot
    from nowprint.records import EpisodePage

LOW = 230
"""Pixels of height below which there is room for the plot alone."""
PAUSE = 70
"""ms on a point before its text is asked for."""
STEP = 1.4
"""The factor by which one press of plus or minus zooms."""
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
KEYS = "Arrow keys go from point to point, Enter opens, Space selects, plus and minus zoom, 0 shows all"


@dataclass(frozen=True)
class Laid:
    """A plot of N episodes, prepared on another thread. ``ids``, ``x`` and ``y`` have the shape (N,); the two
    coordinates are empty if the episodes have no places yet."""

    plot: EpisodePlot
    ids: NDArray[np.int64]
    x: Floats
    y: Floats
    summary: str


class PlotView(QWidget):
    opened = Signal(int)
    plotted = Signal(int)
    """So many points are on the screen."""

    def __init__(
        self, theme: Theme, bridge: Bridge, query: Query, selection: Selection, *, name: str, hint: str,
        canvas: Canvas,
    ) -> None:  # fmt: skip
        super().__init__()
        self._theme, self._bridge, self._query, self._selection = theme, bridge, query, selection
        self.plot: EpisodePlot | None = None
        self.ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._asked = 0
        self._wanted = -1  # id of the episode that is open beside the plot
        self._whole = True  # the next plot is shown from end to end
        self.canvas = canvas
        self.ground: Ground = canvas.getViewBox()
        self.points = PointsItem(bridge.aside)
        canvas.addItem(self.points)
        canvas.setAccessibleName(name)
        canvas.setAccessibleDescription(KEYS)
        self.swatches = Legend(theme)
        self.top = QVBoxLayout()
        self.top.setContentsMargins(16, 6, 16, 4)
        self.card = PointCard(theme, hint)
        self.summary = quiet(name="plot.summary")
        self.summary.setWordWrap(True)
        self.summary.setContentsMargins(16, 2, 16, 8)
        self.nothing = QLabel("Loading the memories…")  # until they are here
        self.nothing.setProperty("quiet", True)
        self.nothing.setObjectName("plot.empty")
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.frame = QWidget()
        self.frame.hide()  # until there are points: without them its axes make no sense
        ring = QFrame()
        ring.setObjectName("plotFrame")
        canvas.focused.connect(lambda on: _ring(ring, on))
        column = QVBoxLayout(ring)
        column.setContentsMargins(5, 5, 5, 5)
        column.addWidget(canvas)
        column = QVBoxLayout(self.frame)
        column.setContentsMargins(16, 0, 16, 0)
        column.addWidget(ring)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.top)
        column.addWidget(self.frame, 1)
        column.addWidget(self.nothing, 1)
        column.addWidget(self.card)
        column.addWidget(self.summary)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask_text)
        self._aloud = False
        self.ground.outlined.connect(self._on_outline)
        canvas.pressed.connect(self._on_key)
        canvas.entered.connect(self._begin_keys)
        canvas.scene().sigMouseMoved.connect(self._on_move)
        canvas.scene().sigMouseClicked.connect(self._on_click)
        selection.changed.connect(self.show_selection)
        theme.changed.connect(self.restyle)

    # --- what a subclass overrides ---------------------------------------------------------

    def shades(self) -> Shades:
        return self.kinds()

    def kinds(self) -> Shades:
        """One colour for captured episodes, another for those that the user asked to be remembered."""
        colours = self._theme.colours
        pair = (colours.accent_text, colours.second)  # on a dark card the accent itself is too dim
        self.show_legend([((pair[0],), "captured"), ((pair[1],), "remembered")])
        return Shades(np.frombuffer(self.plot.kind, np.uint8), pair)

    def show_legend(self, entries: list[Entry]) -> None:
        """Say what the colours mean, and the rings if there are any."""
        self.swatches.show_entries(entries, "archived" if any(self.plot.archived) else "")

    def lay_out(self, plot: EpisodePlot) -> Laid:
        """Prepare a plot. This runs on another thread, and must not touch widgets."""
        x, y = numbers(plot.created), numbers(plot.salience)
        return Laid(plot, whole_numbers(plot.ids), x, y, count(len(x), "memory", "memories"))

    def show_all(self) -> None:
        self.ground.setRange(self.points.boundingRect())

    def missing(self) -> str:
        """Why nothing is shown."""
        return "No memory matches." if self._query.narrowed else "Nothing is remembered yet."

    # --- asking ----------------------------------------------------------------------------

    def ask(self, *, whole: bool) -> None:
        """Load the plot. ``whole``: show all of it and give up the zoom, since the query has changed."""
        from nowprint.service.requests.memory import PlotEpisodes

        self._asked += 1
        asked = self._asked
        self._whole |= whole

        def arrived(plot: EpisodePlot) -> None:
            if asked == self._asked:
                self._bridge.aside(partial(self.lay_out, plot), laid)

        def laid(laid: Laid) -> None:
            if asked == self._asked:
                self.show_laid(laid)

        def failed(error: UserError) -> None:
            self.nothing.clear()  # nothing is loading any more
            self._bridge.fault.emit(error)

        self._bridge.call(PlotEpisodes(self._query.filter), arrived, failed)

    def show_laid(self, laid: Laid) -> None:
        here = self.points.current
        current = int(self.ids[here]) if here >= 0 else self._wanted
        self.plot, self.ids = laid.plot, laid.ids
        x = laid.x
        there = len(x) > 0
        archived = np.frombuffer(laid.plot.archived, np.bool_) if there else None
        self.points.set_points(x, laid.y, archived)
        self.nothing.setVisible(not there)  # first, or the plot begins with half of the room
        self.nothing.setText("" if there else self.missing())
        self.frame.setVisible(there)
        self._make_room()
        self.summary.setText(f"{laid.summary}{_archived(laid.plot)}" if there else "")
        self.canvas.setAccessibleDescription(f"{self.summary.text()} {KEYS}")
        self.show_shades()
        self.show_selection()
        if there and self._whole:
            self.show_all()
            self._whole = False
        self.card.show_episode(None)
        self.show_episode(current)
        self.plotted.emit(len(x))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low panel the plot gets the room of card and summary; the summary stays in the canvas's
        accessible description."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        there, high = len(self.points.x) > 0, self.height() / self._theme.text_size
        self.card.setVisible(there and high >= LOW)
        self.summary.setVisible(there and high >= LOW + 90)

    def restyle(self) -> None:
        colours = self._theme.colours
        self.canvas.setBackground(colours.card)
        self.ground.ink(colours.accent)
        self.show_shades()

    def show_shades(self) -> None:
        if len(self.points.x):
            self.points.set_shades(self.shades(), self._theme.colours.text)

    def show_selection(self) -> None:
        ids = self._selection.ids
        if len(self.points.x):
            several = len(ids) > 1  # a single one is the open episode
            self.points.pick(np.isin(self.ids, np.array(ids, np.int64)) if several else None)

    # --- looking at a point ----------------------------------------------------------------

    def go_to(self, place: int, *, aloud: bool = False) -> None:
        if 0 <= place < len(self.points.x) and place != self.points.current:
            self.points.set_current(place)
            self._aloud = aloud
            self._pause.start()

    def show_episode(self, episode_id: int) -> None:
        """Go to the episode that is open beside the plot."""
        self._wanted = episode_id
        place = np.flatnonzero(self.ids == episode_id)
        if len(place):
            self.go_to(int(place[0]))

    def _ask_text(self) -> None:
        from nowprint.inspection import EpisodeFilter
        from nowprint.service.requests.memory import FindEpisodes

        if not 0 <= self.points.current < len(self.ids):
            return
        id = int(self.ids[self.points.current])
        aloud = self._aloud

        def show(page: EpisodePage) -> None:
            here = self.points.current
            if page.episodes and 0 <= here < len(self.ids) and self.ids[here] == id:
                self.card.show_episode(page.episodes[0])
                if aloud:
                    announce(self.canvas, spoken(page.episodes[0]))

        held_back = self._query.filter.held_back
        wanted = EpisodeFilter(ids=(id,), held_back=held_back)
        self._bridge.call(FindEpisodes(wanted, "newest", 0, 1), show)

    def _on_move(self, at: QPointF) -> None:
        if self.canvas.underMouse():
            self.go_to(self.points.nearest(self.ground.mapFromScene(at)))

    def _on_click(self, event) -> None:
        place = self.points.nearest(self.ground.mapFromScene(event.scenePos()))
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if place >= 0:
            self.go_to(place)
            self.opened.emit(int(self.ids[place]))
        elif self._selection.ids:
            self._selection.set(())

    def _on_outline(self, outline: QPolygonF) -> None:
        found = self.points.within(outline) if len(self.points.x) else np.empty(0, bool)
        self._selection.set(tuple(self.ids[found].tolist()))

    # --- keyboard --------------------------------------------------------------------------

    def _begin_keys(self) -> None:
        if self.points.current < 0 and len(self.points.x):
            self.go_to(self.first_place(), aloud=True)

    def first_place(self) -> int:
        return len(self.points.x) - 1

    def step(self, right: int, down: int) -> int:
        return self.points.towards(self.points.current, right, down)

    def _on_key(self, event: QKeyEvent) -> None:
        if not len(self.points.x):
            return
        key = Qt.Key(event.key())
        here = self.points.current
        if key in ARROWS:
            self._begin_keys() if here < 0 else self.go_to(self.step(*ARROWS[key]), aloud=True)
            self._into_view()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.go_to(0 if key == Qt.Key.Key_Home else len(self.points.x) - 1, aloud=True)
            self._into_view()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and here >= 0:
            self.opened.emit(int(self.ids[here]))
        elif key == Qt.Key.Key_Space and here >= 0:
            id = int(self.ids[here])
            selection = self._selection.ids
            rest = tuple(other for other in selection if other != id)
            self._selection.set(rest if len(rest) < len(selection) else (*selection, id))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(1 / STEP)
        elif key == Qt.Key.Key_Minus:
            self._zoom(STEP)
        elif key == Qt.Key.Key_0:
            self.show_all()
        else:
            return
        event.accept()

    def _zoom(self, by: float) -> None:
        here = self.points.current
        centre = None
        if here >= 0:
            centre = QPointF(self.points.x[here], self.points.y[here])
        x, y = self.ground.state["mouseEnabled"]
        self.ground.scaleBy((by if x else 1.0, by if y else 1.0), center=centre)

    def _into_view(self) -> None:
        here = self.points.current
        if here < 0:
            return
        x, y = self.points.x[here], self.points.y[here]
        seen = self.ground.viewRect()
        if not seen.contains(QPointF(x, y)):
            self.ground.translateBy(x - seen.center().x(), 0.0)
            if self.ground.state["mouseEnabled"][1]:
                self.ground.translateBy(0.0, y - seen.center().y())


def _archived(plot: EpisodePlot) -> str:
    number = sum(plot.archived)
    if number == len(plot.ids) > 1:
        return " All of them are archived."
    return f" {number:,} of them archived." if number else ""


def numbers(column: array[float]) -> Floats:
    return np.frombuffer(column) if column else np.empty(0)


def whole_numbers(column: array[int]) -> NDArray[np.int64]:
    return np.frombuffer(column, np.int64) if column else np.empty(0, np.int64)


def _ring(frame: QFrame, focused: bool) -> None:
    frame.setProperty("focused", focused)
    frame.style().unpolish(frame)
    frame.style().polish(frame)
