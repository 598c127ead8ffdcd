"""The memory at a glance: its size, what was kept and recalled each week, how many answers leaned on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button, quiet, set_icon
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, file_size

if TYPE_CHECKING:
    from nowprint.gui.inspector.search.query import Query
    from nowprint.inspection import Dashboard

WIDE = 700
"""Width in pixels from which on everything stands in one line."""
CHART = 46.0
"""Height of a chart's bars, in pixels."""
SIDE = 40
"""Pixels at the card's right, for the button that closes it."""
FIGURES = ("episodes", "bytes", "never", "share")


class WeekBars(QWidget):
    """One bar for each week, the oldest on the left; a tooltip shows the week's count."""

    def __init__(self, theme: Theme, name: str, colour: str) -> None:
        super().__init__()
        self.setObjectName(f"weeks.{name}")
        self._theme = theme
        self._name = name
        self._colour = colour
        self._weeks: list[tuple[float, int]] = []
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(150, int(CHART) + self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(90, self.sizeHint().height())

    def show_weeks(self, weeks: list[tuple[float, int]]) -> None:
        """Show the weeks, each given by its start (in seconds since the epoch) and its count."""
        self._weeks = weeks
        said = ", ".join(f"{number:,}" for _, number in weeks)
        self.setAccessibleName(
            f"{self._name.capitalize()} per week, the last {len(weeks)} weeks, the oldest first: {said}"
        )
        self.update()

    def _column(self) -> float:
        return self.width() / max(1, len(self._weeks))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        most = max((number for _, number in self._weeks), default=0)
        wide = self._column()
        painter.setPen(Qt.PenStyle.NoPen)
        for place, (_, number) in enumerate(self._weeks):
            tall = number / most * (CHART - 4) if most else 0.0
            painter.setBrush(
                QColor(getattr(colours, self._colour) if number else colours.line_strong)
            )
            tall = max(2.0, tall)
            bar = QRectF(place * wide + wide * 0.12, CHART - tall, wide * 0.76, tall)
            painter.drawRoundedRect(bar, min(2.5, tall / 2), min(2.5, tall / 2))
        painter.setFont(self._theme.font(0.8))
        painter.setPen(QColor(colours.muted))
        foot = QRectF(0, CHART + 1, self.width(), self.height() - CHART)
        if self._weeks:
            first = time.localtime(self._weeks[0][0])
            painter.drawText(
                foot, Qt.AlignmentFlag.AlignLeft, f"{first.tm_mday} {time.strftime('%b', first)}"
            )
            painter.drawText(foot, Qt.AlignmentFlag.AlignRight, "this week")

    def event(self, event: QHelpEvent) -> bool:
        if event.type() == QHelpEvent.Type.ToolTip and self._weeks:
            place = min(int(event.pos().x() / self._column()), len(self._weeks) - 1)
            start, number = self._weeks[place]
            local = time.localtime(start)
            self.setToolTip(
                f"Week of {local.tm_mday} {time.strftime('%b %Y', local)}: {number:,} {self._name}"
            )
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.ignore()


class DashboardView(QWidget):
    """One line, which opens into a card with figures and bars."""

    def __init__(self, theme: Theme, bridge: Bridge, query: Query, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dashboard")
        self._theme = theme
        self._bridge = bridge
        self._asked = 0
        self.line = button("", "strip", name="dashboard.line", about="Show or hide the overview")
        self.line.setCheckable(True)
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.line.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # arrow after the words
        self.line.toggled.connect(self._open)
        self._words = ["", ""]  # long and short
        self._card = QFrame()
        self._card.setObjectName("card")
        self._grid = QGridLayout(self._card)
        self._grid.setContentsMargins(14, 10, SIDE, 10)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(10)
        self._cells = {name: self._cell(name) for name in FIGURES}
        self.kept = WeekBars(theme, "kept", "accent")
        self.recalled = WeekBars(theme, "recalled", "second")
        self._charts = [self._titled("Kept per week", self.kept),
                        self._titled("Recalled per week", self.recalled)]  # fmt: skip
        self._arranged = 0
        self._less = button(
            "",
            "plain",
            self._close,
            name="dashboard.less",
            label="Hide the overview",
            about="Hide the overview",
        )
        self._less.setProperty("dense", True)
        self._less.setParent(self._card)
        self.held_back = button(
            "",
            "chip",
            lambda: query.only(held_back=True),
            name="dashboard.held_back",
            about="Imported memories that aren't recalled until you confirm them",
        )
        self.held_back.hide()
        self.missed = quiet("", "dashboard.missed")
        self.missed.setWordWrap(True)
        self.missed.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.line)
        column.addWidget(self._card)
        column.addWidget(self.missed)
        column.addWidget(self.held_back, alignment=Qt.AlignmentFlag.AlignLeft)
        self._card.hide()
        self.decorate()

    def _cell(self, name: str) -> tuple[QWidget, QLabel, QLabel]:
        cell = QWidget()
        figure, word = QLabel("–"), quiet()
        figure.setObjectName(f"dashboard.{name}")
        figure.setProperty("figure", True)
        word.setWordWrap(True)
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (figure, word):
            column.addWidget(part)
        column.addStretch()
        return cell, figure, word

    @staticmethod
    def _titled(title: str, chart: QWidget) -> QWidget:
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(quiet(title))
        column.addWidget(chart)
        return both

    # --- showing ---------------------------------------------------------------------------

    def refresh(self) -> None:
        from nowprint.service.requests.memory import GetDashboard

        self._asked += 1
        asked = self._asked

        def show(told: Dashboard) -> None:
            if asked == self._asked:
                self._show(told)

        self._bridge.call(GetDashboard(), show)

    def _show(self, told: Dashboard) -> None:
        known = told.answers > 0 and (told.measured > 0 or not told.recalling)
        share = f"{told.influenced / told.answers:.0%}" if known else "–"
        were, have = (
            "was" if told.recalling == 1 else "were",
            "has" if told.measured == 1 else "have",
        )
        about = (
            f"{told.influenced:,} of {count(told.answers, 'answer')} relied on a memory. "
            f"{told.recalling:,} {were} given memories; {told.measured:,} of these {have} been measured."
        )
        never = f"{told.recalled_never:,}"
        for name, figure, words, tip in (
            ("episodes", f"{told.episodes:,}", "memories", "Everything that is kept"),
            (
                "bytes",
                file_size(told.bytes),
                "on disk",
                "Including what is needed to find and explain them",
            ),
            ("never", never, "never recalled", "Kept, but not recalled so far"),
            ("share", share, "of answers relied on memory", about),
        ):
            cell, number, word = self._cells[name]
            number.setText(figure)
            word.setText(words)
            cell.setToolTip(tip)
            cell.setAccessibleName(f"{figure} {words}")
        self.kept.show_weeks([(week.start, week.kept) for week in told.weeks])
        self.recalled.show_weeks([(week.start, week.recalled) for week in told.weeks])
        this = told.weeks[-1].kept if told.weeks else 0
        parts = [
            file_size(told.bytes),
            f"{this:,} kept this week",
            *([f"{share} of answers relied on memory"] if known else []),
        ]
        short = [file_size(told.bytes), f"{this:,} this week"]
        short += [f"in {share} of answers"] if known else []
        self.held_back.setText(f"Show {told.held_back:,} held back")
        self.held_back.setAccessibleName(self.held_back.text())
        self.held_back.setVisible(bool(told.held_back))
        self.missed.setText(_missed(told))
        self._show_missed()
        self._words = [" · ".join(parts), " · ".join(short)]
        spoken = f"{count(told.episodes, 'memory', 'memories')}, {', '.join(parts)}, {never} never recalled"
        self.line.setAccessibleName(f"Overview: {spoken}")
        self._fit()

    def open(self, opened: bool) -> None:
        self.line.setChecked(opened)

    def _open(self, opened: bool) -> None:
        focused = self.line.hasFocus()
        self._card.setVisible(opened)
        self._show_missed()
        self.line.setVisible(not opened)
        self._fit()
        if focused:
            self._less.setFocus()

    def _show_missed(self) -> None:
        self.missed.setVisible(self.line.isChecked() and bool(self.missed.text()))

    def _close(self) -> None:
        self.line.setChecked(False)
        self.line.setFocus()

    def decorate(self) -> None:
        set_icon(self.line, self._theme, "down", "muted")
        set_icon(self._less, self._theme, "up", "muted")

    def _fit(self) -> None:
        long, short = self._words
        room = max(40, self.width() - 52)
        metrics = self.line.fontMetrics()
        words = long if metrics.horizontalAdvance(long) <= room else short
        self.line.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, room))

    def _arrange(self) -> None:
        """Two columns in a narrow panel, one line in a wide one."""
        columns = 6 if self.width() >= WIDE else 2
        if columns == self._arranged:
            return
        self._arranged = columns
        parts = [*(self._cells[name][0] for name in FIGURES), *self._charts]
        for place, part in enumerate(parts):
            self._grid.addWidget(part, place // columns, place % columns)
        for place in range(6):
            chart = columns == 6 and place >= 4
            self._grid.setColumnStretch(place, 0 if place >= columns else 3 if chart else 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._fit()
        self._less.adjustSize()
        self._less.move(self.width() - self._less.width() - 4, 4)


def _missed(told: Dashboard) -> str:
    """What recall didn't find, and what it needn't have found."""
    found = []
    if told.in_vain:
        found.append(f"{count(told.in_vain, 'question')} about you found no memory.")
    if told.unneeded:
        were = "wasn't" if told.unneeded == 1 else "weren't"
        found.append(f"You said that {count(told.unneeded, 'memory', 'memories')} {were} needed.")
    return " ".join(found)
