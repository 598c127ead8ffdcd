"""All filters of the memory, in a box under their button. Changes take effect at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QDate, QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QDateEdit,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.inspector.search.query import DAY, Names, Query
from nowprint.gui.widgets.buttons import Check, Choice, button, leave_wheel_to_page, quiet
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import since_days

PAUSE = 250
"""ms after the last change of a number or a day before the filter is applied."""
BETWEEN = -1
"""Instead of a number of days in ``SINCE``: the user names the first and the last day."""
SINCE = ((None, "Any time"), (0, "Today"), (6, "The last 7 days"), (29, "The last 30 days"),
         (364, "The last 12 months"), (BETWEEN, "Between two days…"))  # fmt: skip
RECALLS = (
    ("any", "Recalled or not"),
    ("never", "Never recalled"),
    ("ever", "Recalled at least once"),
)
MARGINS = (8, 0, 8, 0)
"""Margins of a field's text in pixels: a style sheet's padding doesn't change them."""
WIDE = 210
"""Pixels that a choice takes at least."""


class FilterPopup(QFrame):
    def __init__(self, theme: Theme, query: Query, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Filters")
        self._theme = theme
        self._query = query
        self._filling = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._apply)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self.since = self._choice("Kept", "filter.since", SINCE)
        self._days = QWidget()
        days = QHBoxLayout(self._days)
        days.setContentsMargins(0, 0, 0, 0)
        self.first, self.last = (
            self._date("filter.first", "First day"),
            self._date("filter.last", "Last day (included)"),
        )
        for part in (self.first, QLabel("–"), self.last):
            days.addWidget(part)
        self._grid.addWidget(self._days, self._grid.rowCount(), 1)
        self.recalls = self._choice("Recall", "filter.recalls", RECALLS)
        self._add_salience()
        self.conversation = self._choice("Conversation", "filter.conversation", ())
        self.project = self._choice("Project", "filter.project", ())
        self.origin = self._choice("Imported", "filter.origin", ())
        self.pinned = self._check("Only pinned ones", "filter.pinned")
        self.held_back = self._check("Only those held back", "filter.held_back")
        self.archived = self._check("Only those in the archive", "filter.archived")
        foot = QHBoxLayout()
        foot.addWidget(
            button(
                "Clear all", "outlined", self._clear, name="filter.clear", about="Show everything"
            )
        )
        foot.addStretch()
        foot.addWidget(button("Close", "outlined", self.close, name="filter.close"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addLayout(self._grid)
        for check in (self.pinned, self.held_back, self.archived):
            column.addWidget(check)
        column.addLayout(foot)

    # --- building --------------------------------------------------------------------------

    def _row(self, words: str, part: QWidget) -> None:
        label = quiet(words)
        label.setBuddy(part)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(part, row, 1)

    def _choice(self, words: str, name: str, entries: Sequence[tuple[Any, str]]) -> Choice:
        made = Choice(self._theme)
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setMinimumWidth(WIDE)
        made.setMaximumWidth(2 * WIDE)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for value, text in entries:
            made.addItem(text, value)
        made.currentIndexChanged.connect(lambda _: self._apply())
        self._row(words, made)
        return made

    def _check(self, words: str, name: str) -> Check:
        made = Check(self._theme, words)
        made.setObjectName(name)
        made.toggled.connect(lambda _: self._apply())
        return made

    def _date(self, name: str, words: str) -> QDateEdit:
        made = QDateEdit()
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setDisplayFormat("d MMM yyyy")
        made.lineEdit().setTextMargins(*MARGINS)
        leave_wheel_to_page(made)
        made.dateChanged.connect(lambda _: self._pause.start())
        return made

    def _add_salience(self) -> None:
        self.lowest, self.highest = QDoubleSpinBox(), QDoubleSpinBox()
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        for part, name, words in (
            (self.lowest, "filter.lowest", "The lowest salience"),
            (self.highest, "filter.highest", "The highest salience"),
        ):
            part.setObjectName(name)
            part.setAccessibleName(words)
            part.setToolTip("Change it with Up and Down")
            part.setRange(0.0, 1.0)
            part.setSingleStep(0.05)
            part.lineEdit().setTextMargins(*MARGINS)
            leave_wheel_to_page(part)
            part.valueChanged.connect(lambda _: self._pause.start())
            row.addWidget(part, 1)
            if part is self.lowest:
                row.addWidget(QLabel("–"))
        self._row("Salience", both)

    # --- opening ---------------------------------------------------------------------------

    def open_under(self, under: QWidget, names: Names) -> None:
        self.fill(names)
        self.adjustSize()
        below = under.mapToGlobal(QPoint(0, under.height() + 4))
        room = self.screen().availableGeometry()
        self.move(
            max(room.left() + 4, min(below.x(), room.right() - self.width() - 4)),
            max(room.top() + 4, min(below.y(), room.bottom() - self.height() - 4)),
        )
        self.show()
        self.since.setFocus()

    def fill(self, names: Names) -> None:
        """Show the filter as it is; the choices are the conversations, projects and imports in ``names``."""
        wanted = self._query.main
        self._filling = True
        _offer(self.conversation, [(None, "Any conversation"), *names.conversations.items()])
        _offer(
            self.project,
            [(None, "Any project or none"), (0, "No project"), *names.projects.items()],
        )
        _offer(self.origin, [(None, "Imported or not"), (0, "Any import"), *names.imports.items()])
        for choice, value in (
            (self.conversation, wanted.conversation),
            (self.project, wanted.project),
            (self.origin, wanted.origin),
            (self.recalls, wanted.recalls),
        ):
            choice.setCurrentIndex(max(0, choice.findData(value)))
        self._show_span(wanted.kept_since, wanted.kept_until)
        self.lowest.setValue(wanted.salience_from)
        self.highest.setValue(wanted.salience_to)
        self.pinned.setChecked(wanted.pinned_only)
        self.held_back.setChecked(wanted.held_back)
        self.archived.setChecked(wanted.archived)
        self._filling = False
        self._pause.stop()

    def _show_span(self, since: float | None, until: float | None) -> None:
        found = BETWEEN
        if until is None:
            found = next(
                (days for days, _ in SINCE
                 if (since is None and days is None)
                 or (since is not None and days is not None and days >= 0 and since_days(days) == since)),
                BETWEEN,
            )  # fmt: skip
        row = next(n for n, (days, _) in enumerate(SINCE) if days == found)
        self.since.setCurrentIndex(row)
        now = time.time()
        self.first.setDate(_date(now - 30 * DAY if since is None else since))
        self.last.setDate(_date(now if until is None else until - 1))
        self._days.setVisible(found == BETWEEN)

    # --- what is chosen --------------------------------------------------------------------

    def _span(self) -> tuple[float | None, float | None]:
        days = self.since.currentData()
        if days is None:
            return None, None
        if days != BETWEEN:
            return since_days(days), None
        first, last = sorted(
            (self.first.date(), self.last.date()), key=lambda day: day.toJulianDay()
        )
        return _midnight(first), _midnight(last.addDays(1))

    def _apply(self) -> None:
        if self._filling:
            return
        self._pause.stop()
        between = self.since.currentData() == BETWEEN
        if between == self._days.isHidden():
            self._days.setVisible(between)
            self.adjustSize()
        since, until = self._span()
        low, high = sorted((round(self.lowest.value(), 2), round(self.highest.value(), 2)))
        self._query.set(
            kept_since=since,
            kept_until=until,
            recalls=self.recalls.currentData(),
            salience_from=low,
            salience_to=high,
            pinned_only=self.pinned.isChecked(),
            conversation=self.conversation.currentData(),
            project=self.project.currentData(),
            origin=self.origin.currentData(),
            held_back=self.held_back.isChecked(),
            archived=self.archived.isChecked(),
        )

    def _clear(self) -> None:
        self._query.clear()
        self.close()


def _offer(choice: Choice, entries: Sequence[tuple[int | None, str]]) -> None:
    choice.clear()
    for value, text in entries:
        choice.addItem(text, value)


def _date(at: float) -> QDate:
    local = time.localtime(at)
    return QDate(local.tm_year, local.tm_mon, local.tm_mday)


def _midnight(date: QDate) -> float:
    return time.mktime((date.year(), date.month(), date.day(), 0, 0, 0, 0, 0, -1))
