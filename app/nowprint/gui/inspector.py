"""The right panel: every memory, found, looked into, corrected and forgotten.

List and episode share the panel's height; where it is low, the episode takes the list's place
until it is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from nowprint.errors import CoreDied, NotFound, UserError
from nowprint.gui.ages import count
from nowprint.gui.bridge import Bridge
from nowprint.gui.buttons import Choice, button, quiet, set_icon
from nowprint.gui.changes import Changes
from nowprint.gui.lookup import look_up
from nowprint.gui.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import Forgotten
    from nowprint.records import Episode, EpisodeDetail, Kept, Message

PAUSE = 150
"""ms without a key before a search is asked for."""
LOW = 640
SORTS = (
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
    ("salience", "Most salient"),
    ("recalled", "Most recalled"),
)


class Inspector(QWidget):
    listed = Signal(int)
    """The list shows what was asked for; how many match."""
    shown = Signal(object)
    """An episode's EpisodeDetail is on the screen."""
    changed = Signal()
    """A change of memory that was asked for here is done."""
    source = Signal(int, int, int, int)
    said = Signal(str)
    settings = Signal()
    """The memory's settings are wanted."""
    forget_wanted = Signal(object)
    """Forgetting, to be looked at first."""

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("rightPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(300)
        self._theme = theme
        self._bridge = bridge
        self._built = False
        self.changes = Changes(bridge, self)
        self.changes.done.connect(self._on_changed)
        self.changes.forgotten.connect(self._on_forgotten)
        self.changes.edited.connect(self._on_edited)
        self.changes.remembered.connect(self._on_remembered)
        self.changes.look_first.connect(self.forget_wanted)
        self._wanted: int | None = None  # the episode that is to be shown
        self._open_first = False
        title = QLabel("Memory")
        title.setObjectName("panelTitle")
        self.count = quiet("", "inspector.count")
        self._add = button(
            "Remember…",
            "plain",
            self.begin_remember,
            name="inspector.remember",
            about="Write something that is to be remembered (Ctrl+Alt+M)",
        )
        self.search = QLineEdit()
        self.search.setObjectName("inspector.search")
        self.search.setPlaceholderText("Search the memory")
        self.search.setAccessibleName("Search the memory")
        self.search.setClearButtonEnabled(False)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._query)
        self.search.textChanged.connect(lambda _: self._pause.start())
        head = QHBoxLayout()
        head.addWidget(title)
        head.addSpacing(4)
        head.addWidget(self.count)
        head.addStretch()
        head.addWidget(self._add)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 12, 0, 0)
        self._column.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.setContentsMargins(16, 0, 16, 6)
        self._top.setSpacing(10)
        self._top.addLayout(head)
        self._top.addWidget(self.search)
        self._column.addLayout(self._top)
        self._column.addStretch()

    # --- building, after the first paint ---------------------------------------------------

    def build_list(self) -> None:
        from nowprint.gui.episode_list import EpisodeDelegate, EpisodeModel
        from nowprint.gui.memory_list import ManyBar, MemoryList
        from nowprint.gui.notices import UndoBar

        self.model = EpisodeModel(self._bridge, self)
        self.model.listed.connect(self._on_listed)
        self.sort = Choice(self._theme)
        self.sort.setObjectName("inspector.sort")
        self.sort.setAccessibleName("Order")
        for key, words in SORTS:
            self.sort.addItem(words, key)
        self.sort.currentIndexChanged.connect(lambda _: self._query())
        self.pinned_only = button("Pinned", "outlined", name="inspector.pinned")
        self.pinned_only.setToolTip("Show only pinned memories")
        self.pinned_only.setCheckable(True)
        self.pinned_only.toggled.connect(lambda _: self._query())
        self._filter = button(
            "Show all memories",
            "chip",
            self._query,
            name="inspector.all",
            about="The list shows only the memories of one message",
        )
        self._filter.hide()
        row = QHBoxLayout()
        row.addWidget(self.sort)
        row.addWidget(self.pinned_only)
        row.addStretch()
        self._settings = button(
            "",
            "plain",
            self.settings.emit,
            name="inspector.settings",
            label="Memory settings",
            about="How much is kept, how it is recalled, what it has learned (Ctrl+,)",
        )
        self._settings.setProperty("dense", True)
        row.addWidget(self._settings)
        self._top.addLayout(row)
        self._top.addWidget(self._filter, alignment=Qt.AlignmentFlag.AlignLeft)
        self._legend = quiet("", "inspector.legend")
        self._legend.setWordWrap(True)
        self._legend.hide()
        self._top.addWidget(self._legend)
        self.list = MemoryList()
        self.list.setModel(self.model)
        self.list.setItemDelegate(EpisodeDelegate(self._theme, self.list))
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._on_selected())
        self.list.clicked.connect(self._on_clicked)
        self.list.opened.connect(self._open_current)
        self.list.forgotten.connect(lambda: self.changes.forget(self.selected_ids()))
        self._empty = quiet("", "inspector.empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(24, 24, 24, 24)
        self._many = ManyBar(self.changes, self.selected_ids)
        self._list_area = QWidget()
        column = QVBoxLayout(self._list_area)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(4)
        for part, stretch in ((self.list, 1), (self._empty, 0), (self._many, 0)):
            column.addWidget(part, stretch)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._list_area)
        self.undo = UndoBar(self)
        self.undo.undone.connect(self.changes.undo_forget)
        self._column.takeAt(self._column.count() - 1)
        self._column.addWidget(self._split, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 8)
        foot.addWidget(self.undo)
        self._column.addLayout(foot)
        self._built = True

    def build_detail(self) -> None:
        from nowprint.gui.episode_view import EpisodeView

        self.episode = EpisodeView(self._theme)
        self.episode.decorate()
        self.episode.hide()
        self.episode.pin.connect(lambda id, pinned: self.changes.pin((id,), pinned))
        self.episode.edit.connect(self.changes.edit)
        self.episode.forget.connect(lambda id: self.changes.forget((id,)))
        self.episode.not_worth.connect(lambda id: self.changes.not_worth((id,)))
        self.episode.open.connect(self.show_episode)
        self.episode.closed.connect(self.close_episode)
        self.episode.source.connect(self.source)
        self._split.addWidget(self.episode)
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 3)

    def build_editors(self) -> None:
        from nowprint.gui.episode_view import Editor

        self.remember_editor = Editor("remember")
        self.remember_editor.field.setPlaceholderText("What is to be remembered?")
        self.remember_editor.field.setAccessibleName("What is to be remembered")
        self.remember_editor.hide()
        self.remember_editor.saved.connect(self.changes.remember)
        self.remember_editor.cancelled.connect(self.remember_editor.hide)
        self._top.insertWidget(1, self.remember_editor)

    def decorate(self) -> None:
        set_icon(self._add, self._theme, "plus", "text")
        set_icon(self._settings, self._theme, "settings", "text")
        for old in self.search.actions():
            self.search.removeAction(old)
        self.search.addAction(
            self._theme.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition
        )

    # --- the list --------------------------------------------------------------------------

    def refresh(self) -> None:
        if self._built:
            self.model.refresh()
            if self.episode_open and self.episode.episode_id is not None:
                self._ask(self.episode.episode_id)

    def show_only(self, ids: tuple[int, ...], answer_id: int | None = None) -> None:
        """The episodes of one answer, with what each changed in it; the first of them opened."""
        self._open_first = True
        self.model.show_only(ids, answer_id)

    def influence_measured(self, ids: tuple[int, ...]) -> None:
        """The list of an answer's memories, and the one that is open, may have more to tell."""
        if self.model.answer is not None:
            self.model.refresh()
        if self._wanted is not None and self._wanted in ids:
            self._ask(self._wanted)

    def selected_ids(self) -> tuple[int, ...]:
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return tuple(self.model.rows[row].id for row in rows if row < len(self.model.rows))

    def _query(self) -> None:
        if self._built:
            self._pause.stop()
            self.model.query(
                self.search.text().strip(), self.sort.currentData(), self.pinned_only.isChecked()
            )

    def _on_listed(self, total: int) -> None:
        only = self.model.only is not None
        narrowed = only or bool(self.search.text().strip()) or self.pinned_only.isChecked()
        self.count.setText(f"{total:,} found" if narrowed and not only else f"{total:,}")
        if only:
            of = "of this answer" if self.model.answer is not None else "shown"
            self.count.setText(f"{total:,} {of}")
        self.count.setAccessibleName(count(total, "memory", "memories"))
        self._filter.setVisible(only)
        self._tell_influence()
        self.list.setVisible(total > 0)
        self._empty.setVisible(total == 0)
        self._empty.setText(
            "Nothing in the memory matches."
            if narrowed
            else "Nothing is remembered yet. What surprises the model while you talk shows up here."
        )
        if self._open_first and self.model.rows:
            self._select(self.model.rows[0].id)
            self.show_episode(self.model.rows[0].id)
        self._open_first = False
        if self._wanted is not None:
            self._select(self._wanted)
        self.listed.emit(total)

    def _tell_influence(self) -> None:
        """What the list of one answer's memories shows."""
        measured = bool(self.model.influences)
        self._legend.setVisible(self.model.answer is not None)
        self._legend.setText(
            "The model had these before it when it answered. The longer the bar, the less likely "
            "the answer would have been without."
            if measured
            else "The model had these before it when it answered. What each changed is measured "
            "when nothing else waits."
        )

    def _select(self, episode_id: int) -> None:
        row = self.model.row_of(episode_id)
        if row >= 0 and episode_id not in self.selected_ids():
            self.list.selectionModel().setCurrentIndex(
                self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def _on_selected(self) -> None:
        ids = self.selected_ids()
        self._many.show_count(len(ids))
        if len(ids) == 1 and self.episode_open and ids[0] != self._wanted:
            self.show_episode(ids[0])

    def _on_clicked(self, index: QModelIndex) -> None:
        if len(self.selected_ids()) == 1:
            self.show_episode(self.model.rows[index.row()].id)

    def _open_current(self) -> None:
        ids = self.selected_ids()
        if ids:
            self.show_episode(ids[0])

    # --- one episode -----------------------------------------------------------------------

    @property
    def episode_open(self) -> bool:
        return self._wanted is not None

    def show_episode(self, episode_id: int) -> None:
        self._wanted = episode_id
        self._ask(episode_id)

    def _ask(self, episode_id: int) -> None:
        def show(detail: EpisodeDetail, older: Episode | None, newer: Episode | None) -> None:
            if self._wanted == episode_id:
                self.episode.show_detail(detail, older, newer)
                self._arrange()
                self._select(episode_id)
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
        self.list.setFocus()

    def _arrange(self) -> None:
        if self._built and hasattr(self, "episode"):
            first = self.episode_open and self.episode.isHidden()
            self.episode.setVisible(self.episode_open)
            self._list_area.setVisible(not self.episode_open or self.height() >= LOW)
            if first:
                height = self._split.height()
                self._split.setSizes([int(height * 0.36), int(height * 0.64)])
                QTimer.singleShot(0, self, self._scroll_to_current)

    def _scroll_to_current(self) -> None:
        self.list.scrollTo(self.list.currentIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    # --- changes ---------------------------------------------------------------------------

    def toggle_pin(self) -> None:
        ids = self.selected_ids()
        if ids:
            pinned = all(self.model.rows[self.model.row_of(id)].pinned for id in ids)
            self.changes.pin(ids, not pinned)

    def begin_remember(self) -> None:
        self.show()
        if self.remember_editor.isHidden():
            self.remember_editor.begin("")
        self.remember_editor.field.setFocus()

    def remember_from(self, message: Message, text: str) -> None:
        """Keep what is selected in a message."""
        self.changes.remember(text, message)

    def _on_forgotten(self, what: Forgotten, ids: tuple[int, ...]) -> None:
        self.model.drop(ids)
        if self._wanted in ids:
            self.close_episode()
        self.undo.offer(what)

    def _on_edited(self, episode_id: int) -> None:
        if self.episode.episode_id == episode_id:
            self.episode.end_edit()

    def _on_remembered(self, kept: Kept, text: str) -> None:
        if self.remember_editor.field.toPlainText().strip() == text:  # else another is written
            self.remember_editor.hide()
        self.search.clear()
        self._query()
        self.show_episode(kept.episode.id)

    def _on_changed(self) -> None:
        self.refresh()
        self.changed.emit()
