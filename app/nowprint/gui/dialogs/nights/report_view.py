"""What one night changed, kind by kind; each change is a card, and can be taken back from there."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nowprint.gui.dialogs.nights import night_words as say
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.time_words import shortened

if TYPE_CHECKING:
    from nowprint.sleep_records import NightChange, NightKind, NightReport

PAGE = 20
"""Changes of a kind that are shown at first, and added with each "Show more": a card takes its time."""
TEXT = 600
"""Characters of a memory that a card shows; opened, it is whole."""


class ReportView(QScrollArea):
    episode_wanted = Signal(int)
    undo_wanted = Signal(tuple)
    """Ids of the changes that the user takes back."""

    def __init__(self) -> None:
        super().__init__()
        self.report: NightReport | None = None
        self._shown: dict[NightKind, int] = {}
        self.setObjectName("nights.report")
        self.setAccessibleName("What this night changed")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow_focus)
        self._build()

    def _build(self) -> None:
        """Begin with an empty page."""
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(8)
        if before := self.takeWidget():
            before.hide()
            before.deleteLater()  # not at once: one of its buttons may have asked for this
        self.setWidget(inner)

    def show_report(self, report: NightReport | None) -> None:
        """None: no night is chosen. Of the night that is shown already, the place stays."""
        same = report and self.report and report.night.id == self.report.night.id
        place, focused = self.verticalScrollBar().value(), self._focused_change()
        if not same:
            self._shown.clear()
        self.report = report
        self._build()
        if report is not None:
            self._fill(report)
        self._column.addStretch()
        self._column.activate()
        self.widget().adjustSize()
        self.verticalScrollBar().setValue(place if same else 0)
        if same and focused is not None:
            self._focus_after(focused)

    def _fill(self, report: NightReport) -> None:
        self._column.addWidget(words(say.name(report.night), "title", name="nights.title"))
        self._column.addWidget(words(say.about(report), "quiet", name="nights.about"))
        open_still = time.time() <= report.until
        ids = tuple(one.id for one in report.changes if say.can_be_undone(one))
        if ids and open_still:
            self._column.addWidget(
                _left(
                    button(
                        "Undo all of this night",
                        "outlined",
                        partial(self.undo_wanted.emit, ids),
                        name="nights.undo.all",
                    )
                )
            )
        for kind, heading, meaning in say.KINDS:
            of_kind = [one for one in report.changes if one.kind == kind]
            if of_kind:
                self._column.addSpacing(6)
                self._column.addWidget(words(f"{heading} ({len(of_kind):,})", "heading"))
                self._column.addWidget(words(meaning, "quiet"))
                shown = self._shown.setdefault(kind, PAGE)
                for change in of_kind[:shown]:
                    self._column.addWidget(self._card(change, report, open_still=open_still))
                if len(of_kind) > shown:
                    more = button(
                        f"Show more ({len(of_kind) - shown:,})",
                        "link",
                        partial(self._show_more, kind),
                        name="nights.more",
                    )
                    self._column.addWidget(_left(more))

    def _show_more(self, kind: NightKind) -> None:
        self._shown[kind] += PAGE
        self.show_report(self.report)

    def _card(self, change: NightChange, report: NightReport, *, open_still: bool) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        card.setProperty("change", change.id)
        column = QVBoxLayout(card)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        text = shortened(show_invisible(change.episode.text), TEXT)
        card.setAccessibleName(text)
        column.addWidget(words(text, "quiet" if change.undone else "", name="nights.text"))
        if change.other is not None:
            older = shortened(show_invisible(change.other.text), TEXT)
            column.addWidget(words(f"Older: {older}", "quiet", name="nights.other"))
        if why := say.why(change, report.night.begun):
            column.addWidget(words(why, "quiet", name="nights.why"))
        acts = QWidget()
        row = FlowLayout(acts, across=10)
        if say.can_be_undone(change) and open_still:
            undo = button(
                "Undo",
                "outlined",
                partial(self.undo_wanted.emit, (change.id,)),
                name=f"nights.undo.{change.id}",
                label=f"Undo: {text}",
            )
            undo.setProperty("dense", True)
            row.addWidget(undo)
        elif change.undone:
            row.addWidget(words("Taken back", "quiet", name="nights.undone"))
        show = button(
            "Open",
            "link",
            partial(self.episode_wanted.emit, change.episode.id),
            name=f"nights.open.{change.id}",
            label=f"Open: {text}",
            about="Open this memory in the inspector",
        )
        row.addWidget(show)
        column.addWidget(acts)
        return card

    # --- the keyboard ----------------------------------------------------------------------

    def _focused_change(self) -> int | None:
        """The change whose card has the focus; 0 for another button of the report."""
        focus = self.window().focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            return None
        while focus is not None and focus is not self:
            if (change := focus.property("change")) is not None:
                return int(change)
            focus = focus.parentWidget()
        return 0

    def _focus_after(self, change: int) -> None:
        """Put the focus on the first button of this card, which was made anew, or else of the report."""
        cards = self.widget().findChildren(QFrame, "card")
        card = next((one for one in cards if one.property("change") == change), self.widget())
        if card.layout() and (first := card.findChild(QPushButton)):
            first.setFocus()

    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isAncestorOf(now):
            self.ensureWidgetVisible(now)


def _left(made: QWidget) -> QWidget:
    """A row with the button at its left: as wide as its text, whatever the page."""
    row = QWidget()
    FlowLayout(row).addWidget(made)
    return row
