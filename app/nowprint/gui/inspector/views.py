"""Four views of the same memories: a list, a timeline, a map, and the chain around one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.episode.chain_view import ChainView
from nowprint.gui.inspector.inspector_header import VIEW_NAMES
from nowprint.gui.inspector.search.episode_delegate import EpisodeDelegate
from nowprint.gui.inspector.search.episode_model import EpisodeModel
from nowprint.gui.inspector.search.episode_table import EpisodeTable
from nowprint.gui.inspector.search.query import Query
from nowprint.gui.inspector.search.query_bar import QueryBar
from nowprint.gui.inspector.search.selection import Selection
from nowprint.gui.widgets.buttons import quiet
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.errors import UserError
    from nowprint.gui.inspector.plots.canvas import Canvas
    from nowprint.gui.inspector.plots.map_view import MapView
    from nowprint.gui.inspector.plots.plot_view import PlotView
    from nowprint.gui.inspector.plots.timeline_view import TimelineView

LIST, TIMELINE, MAP, CHAIN = range(4)
NONE_FOUND = "No memory matches."
PREPARING = "Preparing the plot…"
NOT_LOADED = "This view could not be loaded. Choose it again to try once more."
NONE_YET = "Nothing is remembered yet. What surprises the model while you talk shows up here."


class Views(QWidget):
    opened = Signal(int)
    """An episode is to be shown."""
    chosen = Signal(int)
    """Another view is on the screen."""

    def __init__(self, theme: Theme, bridge: Bridge, query: Query, bar: QueryBar) -> None:
        super().__init__()
        self._theme = theme
        self._bridge = bridge
        self._query = query
        self._bar = bar
        self._open: int | None = None
        self.timeline: TimelineView | None = None
        self.map: MapView | None = None
        self._stale = {TIMELINE: True, MAP: True}  # True: the query has changed, so zoom out
        self._due: set[int] = {TIMELINE, MAP}
        self._loading = self._loaded = False
        self.tabs = QTabBar()
        self.tabs.setObjectName("inspector.views")
        self.tabs.setAccessibleName("Views of the memory")
        self.tabs.setDocumentMode(True)
        self.tabs.setExpanding(True)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        for name in VIEW_NAMES:
            self.tabs.addTab(name)
        self.model = EpisodeModel(bridge, query, self)
        self.selection = Selection(bridge, query, self.model, self)
        self.list = EpisodeTable()
        self.list.setModel(self.model)
        self.list.setSelectionModel(self.selection.selection)
        self.list.setItemDelegate(EpisodeDelegate(theme, self.list, lambda: bar.names.projects))
        theme.changed.connect(self.list.fit_rows)
        self.model.seen = self.list.seen
        self.list.clicked.connect(self._on_clicked)
        self.list.opened.connect(self._open_current)
        self.list.everything.connect(self.selection.all)
        bar.field.down.connect(self._enter_list)
        self.chain = ChainView(theme, bridge)
        self.chain.opened.connect(self.opened)
        self._empty = quiet("", "inspector.empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(24, 24, 24, 24)
        self._wait = quiet(PREPARING, "inspector.preparing")
        self._wait.setWordWrap(True)
        self._wait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        for page in (self.list, self._empty, self._wait, self.chain):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(self.tabs)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
        self.tabs.currentChanged.connect(self._on_tab)
        self.model.listed.connect(self._on_listed)
        self.model.loaded.connect(self._name_projects)
        query.changed.connect(self._on_query)

    @property
    def view(self) -> int:
        return self.tabs.currentIndex()

    @property
    def plot(self) -> PlotView | None:
        """The plot that is on the screen."""
        return {TIMELINE: self.timeline, MAP: self.map}.get(self.view)

    def choose(self, view: int) -> None:
        self.tabs.setCurrentIndex(view)

    # --- what is looked for ----------------------------------------------------------------

    def _on_query(self) -> None:
        self.selection.set(())
        self.model.query()
        self.list.scrollToTop()
        self._stale = {TIMELINE: True, MAP: True}
        self._due = {TIMELINE, MAP}
        self._ask_plot()

    def refresh(self) -> None:
        """Load the same query again."""
        self.model.refresh()
        self._due = {TIMELINE, MAP}
        self._ask_plot()
        if self.view == CHAIN:
            self.chain.refresh()

    def lay_out_map(self) -> None:
        """Episodes have other places on the map: load it, and show all of it."""
        self._stale[MAP] = True
        self._due.add(MAP)
        self._ask_plot()

    def _on_listed(self, total: int) -> None:
        self._empty.setText(NONE_FOUND if self._query.narrowed else NONE_YET)
        if self.view == LIST:
            self._stack.setCurrentWidget(self.list if total else self._empty)

    def _name_projects(self) -> None:
        """Learn what the projects of the loaded rows are called, if one isn't known yet."""
        ids = {episode.project for episode in self.model.rows if episode.project}
        if ids - self._bar.names.projects.keys():
            self._bar.ask_names(self.list.viewport().update)

    # --- which view ------------------------------------------------------------------------

    def _on_tab(self, view: int) -> None:
        if view == LIST:
            self._stack.setCurrentWidget(self.list if self.model.total else self._empty)
            if self._open is not None:
                self.select(self._open)
        elif view == CHAIN:
            self.chain.show_episode(self._open)
            self._stack.setCurrentWidget(self.chain)
        elif self.plot is None or self._stack.indexOf(self.plot) < 0:
            self._stack.setCurrentWidget(self._wait)
            self._load_plots()
        else:
            self._stack.setCurrentWidget(self.plot)
            self._ask_plot()
        self.chosen.emit(view)

    def _load_plots(self) -> None:
        """Import numpy and pyqtgraph, which takes a second, on another thread, when they are first needed."""
        if self._loaded:
            self._next(self._build_plot)
        elif not self._loading:
            self._loading = True
            self._wait.setText(PREPARING)
            self._bridge.load(
                ("gui.inspector.plots.timeline_view", "gui.inspector.plots.map_view"),
                self._on_loaded,
                self._on_not_loaded,
            )

    def _on_loaded(self) -> None:
        self._loaded = True
        self._build_plot()

    def _on_not_loaded(self, error: UserError) -> None:
        self._loading = False
        self._wait.setText(NOT_LOADED)
        self._bridge.fault.emit(error)

    def _build_plot(self) -> None:
        """Build the plot of the current tab: its canvas, the plot itself, its place on the screen and its
        points, each in its own turn of the event loop."""
        if self.view == TIMELINE and self.timeline is None:
            from nowprint.gui.inspector.plots.timeline_view import canvas

            drawn_on = canvas()
            self._next(lambda: self._build_timeline(drawn_on))
        elif self.view == MAP and self.map is None:
            from nowprint.gui.inspector.plots.map_view import canvas

            drawn_on = canvas()
            self._next(lambda: self._build_map(drawn_on))

    def _build_timeline(self, canvas: Canvas) -> None:
        from nowprint.gui.inspector.plots.timeline_view import TimelineView

        if self.timeline is None:
            self.timeline = TimelineView(
                self._theme, self._bridge, self._query, self.selection, canvas,
                lambda: self._bar.names.conversations,
            )  # fmt: skip
            self._add_plot(self.timeline)

    def _build_map(self, canvas: Canvas) -> None:
        from nowprint.gui.inspector.plots.map_view import MapView

        if self.map is None:
            self.map = MapView(self._theme, self._bridge, self._query, self.selection, canvas)
            self._add_plot(self.map)

    def _add_plot(self, plot: PlotView) -> None:
        plot.opened.connect(self.opened)
        self._next(lambda: self._place_plot(plot))

    def _place_plot(self, plot: PlotView) -> None:
        self._stack.addWidget(plot)
        if self.plot is plot:
            self._stack.setCurrentWidget(plot)
            self._next(self._ask_plot)

    def _next(self, step: Callable[[], object]) -> None:
        """Run a step in another turn of the event loop: a timer of 0 ms may still fire in this one."""
        QTimer.singleShot(1, self, step)

    def _ask_plot(self) -> None:
        """Load the plot that is on the screen, if it is out of date."""
        view, plot = self.view, self.plot
        if plot is not None and view in self._due:
            self._due.discard(view)
            whole, self._stale[view] = self._stale[view], False
            if view == TIMELINE:  # its bands bear the conversations' titles
                self._bar.ask_names(lambda: plot.ask(whole=whole))
            else:
                plot.ask(whole=whole)
        if plot is not None and self._open is not None:
            plot.show_episode(self._open)

    # --- one episode -----------------------------------------------------------------------

    def show_open(self, episode_id: int | None) -> None:
        """This episode is open beside the view; None if none is."""
        if episode_id == self._open:
            return
        self._open = episode_id
        if episode_id is not None:
            self.select(episode_id)
            if self.plot is not None:
                self.plot.show_episode(episode_id)
        if self.view == CHAIN and episode_id is not None:
            self.chain.show_episode(episode_id)

    def select(self, episode_id: int) -> None:
        """Select the episode in the list, if its row is loaded and not selected yet."""
        row = self.model.row_of(episode_id)
        if row >= 0 and episode_id not in self.selection.ids and self.view in (LIST, CHAIN):
            self.list.selectionModel().setCurrentIndex(
                self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def scroll_to_current(self) -> None:
        self.list.scrollTo(self.list.currentIndex())

    def _on_clicked(self, index: QModelIndex) -> None:
        episode = self.model.episode(index.row())
        if episode and len(self.selection.ids) == 1:
            self.opened.emit(episode.id)

    def _enter_list(self) -> None:
        self.list.setFocus()
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0, 0))

    def _open_current(self) -> None:
        if self.selection.ids:
            self.opened.emit(self.selection.ids[0])
