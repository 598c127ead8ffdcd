"""The bar with which the user finds memories: words or a meaning, an order, filters, and saved filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import Choice, button, set_icon
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.gui.inspector.search.filter_popup import FilterPopup
    from nowprint.gui.inspector.search.query import Names, Query
    from nowprint.inspection import EpisodeFilter, FoundSort, SavedFilter

QWIDGETSIZE_MAX = (1 << 24) - 1
WIDE = 700
"""Width in pixels from which on everything stands in one line."""
PAUSE = 150
"""ms after the last key before the search begins."""
WORDS, MEANING = "Search memories", "What is it about? (my health, the trip to Lisbon)"
SORTS = (
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
    ("salience", "Most salient"),
    ("recalled", "Most recalled"),
)


class SearchField(QLineEdit):
    down = Signal()
    """The user wants to go on to what was found."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.down.emit()
        else:
            super().keyPressEvent(event)


class QueryBar(QWidget):
    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        """Create the field alone; ``build`` creates the rest after the first paint."""
        super().__init__(parent)
        self._theme = theme
        self._bridge = bridge
        self._query: Query | None = None
        self._named: EpisodeFilter | None = None
        self.field = SearchField()
        self.field.setObjectName("inspector.search")
        self.field.setPlaceholderText(WORDS)
        self.field.setAccessibleName(WORDS)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self.search)
        self.field.textChanged.connect(lambda _: self._pause.start())
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._row.addWidget(self.field, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addLayout(self._row)

    def build(self, query: Query) -> None:
        from nowprint.gui.inspector.search.query import Names

        self._query = query
        self.names: Names = Names()
        query.changed.connect(self._show)
        self.meaning = button(
            "Meaning",
            "outlined",
            name="inspector.meaning",
            label="Search by meaning",
            about="Find memories of similar meaning, whatever their wording",
        )
        self.meaning.setCheckable(True)
        self.meaning.toggled.connect(self._on_meaning)
        self._row.addWidget(self.meaning)
        self.sort = Choice(self._theme)
        self.sort.setObjectName("inspector.sort")
        self.sort.setAccessibleName("Order")
        for key, words in SORTS:
            self.sort.addItem(words, key)
        self.sort.currentIndexChanged.connect(self._on_sort)
        self.filters = button(
            "Filters",
            "outlined",
            self.open_filters,
            name="inspector.filters",
            about="Filter by time, recall, salience, conversation, project, import",
        )
        self.saved = button(
            "",
            "outlined",
            self.open_saved,
            name="inspector.saved",
            label="Saved filters",
            about="Your saved filters",
        )
        self._line = QWidget()
        row = FlowLayout(self._line)
        for part in (self.sort, self.filters, self.saved):
            row.addWidget(part)
        self._column.addWidget(self._line)
        self._build_name()
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, across=4, down=4)
        self._chips.hide()
        self._column.addWidget(self._chips)
        self.popup: FilterPopup | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put everything in one line if there is room for it."""
        super().resizeEvent(event)
        beside = event.size().width() >= WIDE
        if self._query and beside != (self._row.indexOf(self._line) >= 0):
            if beside:
                self._row.addWidget(self._line)
                self._fit_line()
            else:
                self._column.insertWidget(1, self._line)
                self._line.setMinimumWidth(0)
                self._line.setMaximumWidth(QWIDGETSIZE_MAX)

    def _fit_line(self) -> None:
        """Beside the field, give order and filters the width of one line, whatever they say now."""
        if self._row.indexOf(self._line) >= 0:
            self._line.setFixedWidth(self._line.sizeHint().width())

    def _build_name(self) -> None:
        """The line in which the user names a filter to save it."""
        self.name_row = QWidget()
        row = QHBoxLayout(self.name_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.name = QLineEdit()
        self.name.setObjectName("inspector.filter.name")
        self.name.setPlaceholderText("A name for these filters")
        self.name.setAccessibleName("A name for these filters")
        self.name.returnPressed.connect(self._save)
        row.addWidget(self.name, 1)
        row.addWidget(button("Save", "primary", self._save, name="inspector.filter.save"))
        row.addWidget(
            button("Cancel", "outlined", self.name_row.hide, name="inspector.filter.cancel")
        )
        self.name_row.hide()
        self._column.addWidget(self.name_row)

    def decorate(self) -> None:
        for old in self.field.actions():
            self.field.removeAction(old)
        self.field.addAction(
            self._theme.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition
        )
        if self._query:
            set_icon(self.meaning, self._theme, "memory", "accent_text")
            set_icon(self.filters, self._theme, "filter", "text")
            set_icon(self.saved, self._theme, "bookmark", "text")

    # --- searching -------------------------------------------------------------------------

    def search(self) -> None:
        """Search for what stands in the field."""
        self._pause.stop()
        if self._query is None:
            return
        words = self.field.text().strip()
        if self.meaning.isChecked():
            self._query.set("nearest" if words else self._plain_sort(), text="", meaning=words)
        else:
            self._query.set(self._plain_sort(), text=words, meaning="")

    def _plain_sort(self) -> FoundSort:
        chosen: FoundSort = self.sort.currentData()
        return "newest" if chosen == "nearest" else chosen

    def _on_meaning(self, on: bool) -> None:
        words = MEANING if on else WORDS
        self.field.setPlaceholderText(words)
        self.field.setAccessibleName(words)
        self.field.setFocus()
        if self.field.text().strip():
            self.search()

    def _on_sort(self, row: int) -> None:
        if row >= 0:
            self._query.set(self.sort.itemData(row))

    # --- filters ---------------------------------------------------------------------------

    def open_filters(self) -> None:
        from nowprint.gui.inspector.search.filter_popup import FilterPopup

        if self.popup is None:
            self.popup = FilterPopup(self._theme, self._query, self)
        self.ask_names(lambda: self.popup.open_under(self.filters, self.names))

    def ask_names(self, then: Callable[[], object]) -> None:
        """Ask the core what conversations, projects and imports are called now, then call ``then``."""
        from nowprint.gui.inspector.search.query import Names
        from nowprint.service.protocol import ListConversations
        from nowprint.service.requests.memory import ListImports, ListProjects

        got: list[tuple] = []

        def one(named: tuple) -> None:
            got.append(named)
            if len(got) == 3:
                talks, projects, imports = got
                self.names = Names(
                    {talk.id: talk.title or "New chat" for talk in talks},
                    {project.id: project.name for project in projects},
                    {one.id: one.name for one in imports if not one.undone},
                )
                then()

        self._bridge.call(ListConversations(), one)
        self._bridge.call(ListProjects(), one)
        self._bridge.call(ListImports(), one)

    def open_saved(self) -> None:
        from nowprint.service.requests.memory import ListFilters

        self._bridge.call(ListFilters(), self._show_saved)

    def _show_saved(self, saved: tuple[SavedFilter, ...]) -> None:
        from nowprint.service.requests.memory import DeleteFilter

        menu = QMenu(self)
        menu.setObjectName("inspector.saved.menu")
        for one in saved:
            action = menu.addAction(one.name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, one=one: self._query.apply(one))
        if saved:
            menu.addSeparator()
        keep = menu.addAction("Save these filters…")
        keep.setEnabled(self._query.narrowed)
        keep.triggered.connect(self._begin_name)
        if saved:
            away = menu.addMenu("Delete")
            for one in saved:
                action = away.addAction(one.name.replace("&", "&&"))
                action.triggered.connect(
                    lambda _=False, one=one: self._bridge.call(DeleteFilter(one.name))
                )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.saved.mapToGlobal(QPoint(0, self.saved.height() + 2)))

    def _begin_name(self) -> None:
        self.name.clear()
        self.name_row.show()
        self.name.setFocus()

    def _save(self) -> None:
        from nowprint.service.requests.memory import SaveFilter

        name = self.name.text().strip()
        if name:
            self._bridge.call(
                SaveFilter(name, self._query.main, self._query.sort),
                lambda _: self.name_row.hide(),
            )

    # --- showing ---------------------------------------------------------------------------

    def _show(self) -> None:
        """Show the query as it is, whoever changed it."""
        from nowprint.gui.inspector.search.query import told

        wanted, sort = self._query.main, self._query.sort
        by_meaning = bool(wanted.meaning)
        words = wanted.meaning or wanted.text
        if self.field.text().strip() != words and not self._pause.isActive():
            self.field.blockSignals(True)
            self.field.setText(words)
            self.field.blockSignals(False)
        if words and self.meaning.isChecked() != by_meaning:
            self.meaning.blockSignals(True)
            self.meaning.setChecked(by_meaning)
            self.meaning.blockSignals(False)
        self.sort.blockSignals(True)
        near = self.sort.findData("nearest")
        if by_meaning and near < 0:
            self.sort.insertItem(0, "Closest in meaning", "nearest")
        elif not by_meaning and near >= 0:
            self.sort.removeItem(near)
        self.sort.setCurrentIndex(self.sort.findData(sort))
        self.sort.blockSignals(False)
        if not self.names.know(wanted) and self._named != wanted:
            self._named = wanted  # ask once only: what the filter refers to may be gone
            self.ask_names(self._show)
        parts = told(wanted, self.names)
        self.filters.setText(f"Filters · {len(parts)}" if parts else "Filters")
        self.filters.setAccessibleName(f"Filters, {len(parts)} set" if parts else "Filters")
        self._fit_line()
        self._show_chips(parts)

    def _show_chips(self, parts: list) -> None:
        while item := self._flow.takeAt(0):
            item.widget().hide()
            item.widget().deleteLater()
        for words, fields in parts:
            chip = button(
                f"{words}  ✕",
                "chip",
                name="inspector.chip",
                label=f"Filter: {words}. Remove it",
                about="Remove this filter",
            )
            chip.clicked.connect(lambda _=False, fields=fields: self._query.set(**fields))
            self._flow.addWidget(chip)
            chip.show()
        self._chips.setVisible(bool(parts) and not self._query.aside)
        self._chips.updateGeometry()
