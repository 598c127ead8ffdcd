"""The right panel, in which the user finds, examines, corrects and forgets memories.

The views and the open episode share the panel: side by side if it is wide, else one above the other. If
it is low as well, what isn't needed makes room for two rows of the list; if it is very low, the episode
takes the place of the views until the user closes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from nowprint.errors import CoreDied, NotFound, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.core.memory_requests import MemoryRequests
from nowprint.gui.inspector.episode.lookup import look_up
from nowprint.gui.inspector.inspector_header import Entry, InspectorHeader
from nowprint.gui.inspector.search.query_bar import QueryBar
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.notices import UndoBar
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import Forgotten
    from nowprint.records import Episode, EpisodeDetail, Kept, Message

LOWEST, LOW = 480, 640
SIDE_BY_SIDE = 760
"""Pixels: from these heights on the views have some, or good room above the episode, from this width on
beside it."""


class Inspector(QWidget):
    listed = Signal(int)
    """The list shows what was asked for; with the number of episodes that match."""
    shown = Signal(object)
    """An episode's EpisodeDetail is on the screen."""
    changed = Signal()
    """A change of memory that was asked for here is done."""
    source = Signal(int, int, int, int)
    said = Signal(str)
    settings = Signal()
    """The memory's settings are wanted."""
    forget_wanted = Signal(object)
    """Forgetting, to be shown to the user first."""
    export_wanted = Signal(object)
    """EpisodeFilter: what is to be written to a file."""
    import_wanted = Signal()
    full_width_wanted = Signal(bool)
    """The panel is to take the chat's place, or to give it back."""

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("rightPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._bridge = bridge
        self._built = False
        self.requests = MemoryRequests(bridge, self)
        self.requests.done.connect(self._on_changed)
        self.requests.said.connect(self.said)
        self.requests.forgotten.connect(self._on_forgotten)
        self.requests.edited.connect(self._on_edited)
        self.requests.remembered.connect(self._on_remembered)
        self.requests.made.connect(self._on_made)
        self.requests.look_first.connect(self.forget_wanted)
        self._wanted: int | None = None  # id of the episode that is to be shown
        self._edit = False  # that episode is to be edited as soon as it is shown
        self._open_first = False
        self.head = InspectorHeader(theme, self)
        self.head.remember.connect(self.begin_remember)
        self.head.full_width_wanted.connect(self.full_width_wanted)
        self.head.settings.connect(self.settings)
        self.count = self.head.count
        self.undo = UndoBar(self)
        self.undo.undone.connect(self.requests.undo_forget)
        self.requests.archived.connect(self.undo.offer_archived)
        self.bar = QueryBar(theme, bridge, self)
        self.search = self.bar.field
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 12, 0, 0)
        self._column.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.setContentsMargins(16, 0, 16, 4)
        self._top.setSpacing(8)
        self._top.addWidget(self.head)
        self._top.addWidget(self.bar)
        self._column.addLayout(self._top)
        self._column.addStretch()

    # --- building, after the first paint ---------------------------------------------------

    def build_query(self) -> None:
        from nowprint.gui.inspector.dashboard import DashboardView
        from nowprint.gui.inspector.search.influence_legend import InfluenceLegend
        from nowprint.gui.inspector.search.query import Query

        self.query = Query(self)
        self.query.changed.connect(self._on_query)
        self.bar.build(self.query)
        self.sort = self.bar.sort
        self.dashboard = DashboardView(self._theme, self._bridge, self.query, self)
        self._top.insertWidget(1, self.dashboard)
        self.head.build(self._menu)
        self._aside = button(
            "Show all memories",
            "chip",
            self.query.look_at_all,
            name="inspector.all",
            about="Only a few memories are shown: those of one message, or of one answer",
        )
        self._aside.hide()
        self._top.addWidget(self._aside, alignment=Qt.AlignmentFlag.AlignLeft)
        self._legend = InfluenceLegend()
        self._top.addWidget(self._legend)

    def build_views(self) -> None:
        from nowprint.gui.inspector.search.row_menu import RowMenu
        from nowprint.gui.inspector.views import Views

        self.views = views = Views(self._theme, self._bridge, self.query, self.bar)
        self.model, self.list, self.selection = views.model, views.list, views.selection
        self.model.listed.connect(self._on_listed)
        self.views.opened.connect(self.show_episode)
        self.selection.changed.connect(self._on_selection)
        self.menu = RowMenu(self.list, self.model, self.requests, self._bridge)
        self.menu.opened.connect(self.show_episode)
        self.menu.edited.connect(lambda id: self.show_episode(id, edit=True))
        self.list.forgotten.connect(lambda: self.requests.forget(self.selected_ids()))

    def place_views(self) -> None:
        from nowprint.gui.inspector.search.bulk_actions import BulkActions

        self.bulk = BulkActions(self._bridge, self.requests, self.selection, self.query)
        self.bulk.export.connect(self._export_ids)
        self.bulk.only.connect(lambda ids: self.query.set(ids=ids))
        self._list_area = QWidget()
        column = QVBoxLayout(self._list_area)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.views, 1)
        column.addWidget(self.bulk)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        # The splitter takes the height that is left: what stands above it is never squeezed.
        self._split.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._split.addWidget(self._list_area)
        self._column.takeAt(self._column.count() - 1)
        self._column.addWidget(self._split, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 8)
        foot.addWidget(self.undo)
        self._column.addLayout(foot)
        self._built = True

    def build_detail(self) -> None:
        from nowprint.gui.inspector.episode.episode_view import EpisodeView

        self.episode = EpisodeView(self._theme, self._bridge, self.requests)
        self.episode.hide()
        self.episode.settled.connect(self._on_changed)
        self.episode.open.connect(self.show_episode)
        self.episode.closed.connect(self.close_episode)
        self.episode.source.connect(self.source)

    def place_detail(self) -> None:
        self._split.addWidget(self.episode)
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 3)

    def decorate_detail(self) -> None:
        self.episode.decorate()

    def build_editors(self) -> None:
        from nowprint.gui.widgets.text_editor import TextEditor

        self.remember_editor = TextEditor("remember")
        self.remember_editor.field.setPlaceholderText("What should be remembered?")
        self.remember_editor.field.setAccessibleName("What should be remembered")
        self.remember_editor.hide()
        self.remember_editor.saved.connect(self.requests.remember)
        self.remember_editor.cancelled.connect(self.remember_editor.hide)
        self._top.insertWidget(1, self.remember_editor)

    def decorate(self) -> None:
        self.head.decorate()
        self.bar.decorate()
        if self._built:
            self.dashboard.decorate()

    # --- the list --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Load all that is shown again, as it is in the store now."""
        if self._built:
            self.views.refresh()
            self.dashboard.refresh()
            if self.episode_open and self.episode.episode_id is not None:
                self._ask(self.episode.episode_id)

    def map_laid_out(self) -> None:
        if self._built:
            self.views.lay_out_map()

    def show_only(self, ids: tuple[int, ...], answer_id: int | None = None) -> None:
        """List only these episodes, with their influence on an answer if there is one; open the first."""
        from nowprint.gui.inspector.views import LIST

        self._open_first = True
        self.views.choose(LIST)
        self.query.show_only(ids, answer_id)

    def influence_measured(self, ids: tuple[int, ...]) -> None:
        """These episodes' influence was measured: load an answer's list and the open episode again."""
        if self.model.answer is not None:
            self.model.refresh()
        if self._wanted is not None and self._wanted in ids:
            self._ask(self._wanted)

    def selected_ids(self) -> tuple[int, ...]:
        return self.selection.ids

    def _menu(self) -> tuple[Entry, ...]:
        from nowprint.inspection import Forgetting

        wanted, total = self.query.filter, self.model.total
        some, these = total > 0, "this memory" if total == 1 else f"these {total:,} memories"
        what = Forgetting(filter=wanted)
        if not self.query.narrowed:
            these, what = "all", Forgetting(everything=True)
        return (
            ("Select all that match", self.selection.all, some),
            (f"Export {these}…", lambda: self.export_wanted.emit(wanted), some),
            ("Import…", self.import_wanted.emit, True),
            (f"Forget {these}…", lambda: self.forget_wanted.emit(what), some),
        )

    def _export_ids(self, ids: tuple[int, ...]) -> None:
        from nowprint.inspection import EpisodeFilter

        held_back = self.query.filter.held_back
        self.export_wanted.emit(EpisodeFilter(ids=ids, held_back=held_back))

    def _on_query(self) -> None:
        if not self.query.aside:
            self._open_first = False

    def _on_listed(self, total: int) -> None:
        aside = self.query.aside
        of = "shown" if aside else "found" if self.query.narrowed else ""
        self.head.show_count(total, of)
        self._aside.setVisible(aside)
        self._legend.tell(measured=bool(self.model.influences))
        self._arrange()
        self._on_selection()
        if self._open_first and (first := self.model.episode(0)):
            self.show_episode(first.id)
        self._open_first = False
        if self._wanted is not None:
            self.views.select(self._wanted)
        self.listed.emit(total)

    def _on_selection(self) -> None:
        wanted, ids = self.query.filter, self.selection.ids
        foreign = wanted.held_back or wanted.origin is not None
        self.bulk.show_selection(self.model.total, foreign=foreign)
        self.list.keep_room(2 if len(ids) < 2 else 3)
        if len(ids) == 1 and self.episode_open and ids[0] != self._wanted:
            self.show_episode(ids[0])

    # --- one episode -----------------------------------------------------------------------

    @property
    def episode_open(self) -> bool:
        return self._wanted is not None

    def show_episode(self, episode_id: int, *, edit: bool = False) -> None:
        self._wanted, self._edit = episode_id, edit
        self._ask(episode_id)

    def _ask(self, episode_id: int) -> None:
        def show(detail: EpisodeDetail, *linked: Episode | None) -> None:
            if self._wanted == episode_id:
                self.episode.show_detail(detail, *linked)
                self._arrange()
                self.views.show_open(episode_id)
                if self._edit:
                    self.episode.begin_edit()
                self._edit = False
                self.model.update_row(detail.episode)
                self.shown.emit(detail)

        def gone(error: UserError) -> None:
            if isinstance(error, NotFound):
                self.close_episode()
            elif not isinstance(error, CoreDied):
                self.said.emit(str(error))

        look_up(self._bridge, episode_id, show, gone)

    def close_episode(self) -> None:
        self._wanted = None
        self.episode.end_edit()
        self._arrange()
        self.views.show_open(None)
        (self.views.plot.canvas if self.views.plot else self.list).setFocus()

    # --- its place -------------------------------------------------------------------------

    def show_full_width(self, wide: bool) -> None:
        """The panel has the chat's place now, or has given it back."""
        self.head.show_full_width(wide)
        self.dashboard.open(wide and self.height() >= LOW)

    def hold(self, notice: QWidget) -> None:
        """Take in the window's notice bar, which has no place while the chat is hidden."""
        self._top.insertWidget(0, notice)

    def choose_view(self, view: int) -> None:
        """The list, the timeline, the map or the chain."""
        if self._built:
            self.show()
            self.views.choose(view)

    def _arrange(self) -> None:
        if not self._built or not hasattr(self, "episode"):
            return
        beside = self.width() >= SIDE_BY_SIDE
        turned = beside != (self._split.orientation() == Qt.Orientation.Horizontal)
        self._split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
        first = self.episode_open and (self.episode.isHidden() or turned)
        self.episode.setVisible(self.episode_open and self.episode.episode_id is not None)
        above = not self.episode_open or beside or self.height() >= LOWEST
        self._list_area.setVisible(above)
        roomy = not self.episode_open or beside or self.height() >= LOW
        self.dashboard.setVisible(roomy)
        self._legend.setVisible(roomy and self.model.answer is not None)
        if first:
            length = self._split.width() if beside else self._split.height()
            share = 0.58 if beside else 0.4
            self._split.setSizes([int(length * share), int(length * (1 - share))])
            QTimer.singleShot(0, self, self.views.scroll_to_current)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    # --- changes ---------------------------------------------------------------------------

    def toggle_pin(self) -> None:
        ids = self.selected_ids() or ((self._wanted,) if self._wanted is not None else ())
        known = [self.model.episode(self.model.row_of(id)) for id in ids]
        if ids:
            self.requests.pin(ids, not all(episode and episode.pinned for episode in known))

    def begin_remember(self) -> None:
        self.show()
        if self.remember_editor.isHidden():
            self.remember_editor.begin("")
        self.remember_editor.field.setFocus()

    def remember_from(self, message: Message, text: str) -> None:
        """Keep what is selected in a message."""
        self.requests.remember(text, message)

    def _on_forgotten(self, what: Forgotten, ids: tuple[int, ...]) -> None:
        self.selection.set(())
        if self._wanted in ids:
            self.close_episode()
        self.undo.offer(what)

    def _on_edited(self, episode_id: int) -> None:
        if self.episode.episode_id == episode_id:
            self.episode.end_edit()

    def _on_made(self, ids: tuple[int, ...]) -> None:
        """Open the first episode that a merge or a split made; if it made several, select them."""
        self.selection.set(ids if len(ids) > 1 else ())
        self.show_episode(ids[0])

    def _on_remembered(self, kept: Kept, text: str) -> None:
        if self.remember_editor.field.toPlainText().strip() == text:  # else it is a new text
            self.remember_editor.hide()
        self.query.clear()
        self.show_episode(kept.episode.id)

    def _on_changed(self) -> None:
        self.refresh()
        self.changed.emit()
