"""Recent nights: what the memory did with itself while nothing else happened, night by night.

The dialog stays open beside the chat. A memory opens in the inspector; what a night changed can be taken
back, one by one or all of it. The core announces how far the work is that the user asked for; while any goes
on, the dialog also asks every second what it has done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from nowprint.errors import NotFound, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.dialogs.nights import night_words as say
from nowprint.gui.dialogs.nights.report_view import ReportView
from nowprint.gui.dialogs.people.name_rows import Row, RowList
from nowprint.gui.dialogs.roomy_dialog import RoomyDialog, bound_list, turn
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.sleep_records import NightReport, SleepState

NIGHTS_WIDE = 290
NIGHTS_LOW = 150
"""The width of the nights beside the report, and their height above it; this and what follows is in pixels at
the usual text size."""
LEAST_HIGH, REPORT_HIGH = 110, 200
"""The least heights of the nights and of the report."""
EMPTY, HIGH = 260, 640
"""How high the dialog is at least without a night, and with one."""
EVERY = 1000
"""ms between two questions how far the work is."""
ENOUGH = 2
"""After so many answers that tell nothing new, the work is done."""
NOW, WORKS = "Tidy up now", "Tidying up…"


class NightsDialog(RoomyDialog):
    episode_wanted = Signal(int)
    settings_wanted = Signal()
    changed = Signal()
    """Changes were taken back, or a night has ended: the episodes may be others."""

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(theme, say.TITLE, "nights.dialog", parent)
        self._bridge = bridge
        self._state: SleepState | None = None
        self._asked = 0  # counts requests of reports: the reply to an earlier one is dropped
        self.working = False
        """Whether the user asked for the work, and it isn't done yet."""
        self._taken = False  # the core has taken that request
        self._still = 0  # how often since then nothing was new
        self.add_heading(say.TITLE)
        self.note = words(say.ABOUT, "quiet", name="nights.note")
        self.column.addWidget(self.note)
        self.full = words("", name="nights.full")
        self.held_up = words("", "state", name="nights.held_up")
        self.now = button(
            NOW,
            "outlined",
            self._sleep_now,
            name="nights.now",
            about="Tidy up the memory now, also without power; messages come first",
        )
        self._head = QHBoxLayout()
        self._head.setSpacing(12)
        self._head.addWidget(self.full, 1)
        self._head.addWidget(self.now, alignment=Qt.AlignmentFlag.AlignLeft)
        card = self.add_card()
        card.addLayout(self._head)
        card.addWidget(self.held_up)
        self.held_up.hide()
        self.rows = RowList(theme, "nights.list", "Nights, the newest first")
        self.rows.currentItemChanged.connect(lambda *_: self._ask_report())
        self.report = ReportView()
        self.report.episode_wanted.connect(self.episode_wanted)
        self.report.undo_wanted.connect(self._undo)
        self._both = QHBoxLayout()
        self._both.setSpacing(18)
        self._both.addWidget(self.rows)
        self._both.addWidget(self.report, 1)
        self.column.addLayout(self._both, 1)
        self.foot.insertWidget(
            0, button("Memory settings…", "link", self.settings_wanted.emit, name="nights.settings")
        )
        self.add_close()
        self._every = QTimer(self, interval=EVERY)
        self._every.timeout.connect(self.refresh)
        bridge.announced.connect(self._on_event)
        self.rows.hide()
        self.report.hide()
        self.stand_again()
        self.busy("Looking")
        self.refresh()
        self.now.setFocus()
        self.fit(least=EMPTY)

    def stand(self, size: float, *, wide: bool) -> None:
        """In a narrow dialog the nights stand above the report."""
        turn([self._both, self._head], wide=wide)
        width, low = round(NIGHTS_WIDE * size), round(NIGHTS_LOW * size)
        bound_list(self.rows, wide=wide, width=width, low=low)
        self.rows.setMinimumHeight(round(LEAST_HIGH * size))
        self.report.setMinimumHeight(round(REPORT_HIGH * size))

    # --- how it is -------------------------------------------------------------------------

    def refresh(self) -> None:
        from nowprint.service.requests.sleep import GetSleepState

        if not self.closed:
            self._bridge.call(GetSleepState(), self._show_state, self._failed)

    def look_again(self) -> None:
        """Episodes may have changed elsewhere: ask for all that is shown."""
        self.refresh()
        self._ask_report()

    def _show_state(self, state: SleepState) -> None:
        if self.closed:
            return
        before, self._state = self._state, state
        worked = self._every.isActive()
        if self.working and self._taken:
            self._still = self._still + 1 if state == before else 0
            if state.held_up or (self._still >= ENOUGH and not state.waiting):
                self.working = False
                announce(self, "The memory is tidied up")
        self._show_work(goes_on=self.working or bool(state.waiting and not state.held_up))
        self.full.setText(say.fullness(state))
        self.held_up.setText(state.held_up)
        self.held_up.setVisible(bool(state.held_up))
        if before is None or before.nights != state.nights:
            self._show_nights(state)
        if before is None or _changes(before) != _changes(state):
            self._ask_report()
            if before is not None:
                self.changed.emit()
        elif worked and not self._every.isActive():
            self._ask_report()  # how many it has looked at in the end

    def _show_work(self, *, goes_on: bool) -> None:
        """Show whether it works, and ask again while it does."""
        if goes_on != self.bar.isVisible():
            self.busy("Tidying up the memory" if goes_on else "")
        self.now.setText(WORKS if self.working else NOW)
        self.now.setAccessibleName(self.now.text())
        if goes_on != self._every.isActive():
            self._every.start() if goes_on else self._every.stop()

    def _show_nights(self, state: SleepState) -> None:
        followed = self.rows.currentRow() <= 0  # who looks at the newest sees what is added
        self.note.setText(say.ABOUT if state.nights else say.NOTHING)
        self.rows.show_rows([Row(one.id, say.name(one), say.in_list(one)) for one in state.nights])
        if state.nights and (followed or self.rows.key() is None):
            with QSignalBlocker(self.rows):  # its report is asked for if it has changed
                self.rows.setCurrentRow(0)
        for part in (self.rows, self.report):
            part.setVisible(bool(state.nights))
        if state.nights and self.now.hasFocus() and not self.working:
            self.rows.setFocus()
        self.fit(least=round((HIGH if state.nights else EMPTY) * self.theme.text_size))

    def _sleep_now(self) -> None:
        from nowprint.service.requests.sleep import SleepNow

        if self.working:  # the button isn't disabled, so that it keeps the focus
            return
        self.say_fault("")
        self.working, self._taken, self._still = True, False, 0
        self._show_work(goes_on=True)

        def taken(_: None) -> None:
            self._taken = True
            self.refresh()

        self._bridge.call(SleepNow(), taken, self._failed)

    def _on_event(self, event: object) -> None:
        from nowprint.events import Progress
        from nowprint.sleep_records import TIDYING

        if isinstance(event, Progress) and event.task == TIDYING and self.working:
            if event.fraction == 1.0:  # done, or a message came first
                self._still = ENOUGH
                self.refresh()
            else:
                self.busy(event.task, event.fraction)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.working = False
            self._show_work(goes_on=False)
            self.say_fault(str(error))

    # --- one night -------------------------------------------------------------------------

    def _ask_report(self) -> None:
        from nowprint.service.requests.sleep import GetNight

        self._asked += 1
        asked, night = self._asked, self.rows.key()
        if not isinstance(night, int):  # there is none
            self.report.show_report(None)
            return

        def show(report: NightReport) -> None:
            if asked == self._asked and not self.closed:
                self.report.show_report(report)

        def failed(error: UserError) -> None:
            if asked == self._asked and not isinstance(error, NotFound):  # its week is over
                self._failed(error)

        self._bridge.call(GetNight(night), show, failed)

    def _undo(self, changes: tuple[int, ...]) -> None:
        from nowprint.service.requests.sleep import UndoNightChanges

        if self.report.report is None:
            return
        self._asked += 1
        asked = self._asked

        def done(report: NightReport) -> None:
            if self.closed:
                return
            if asked == self._asked:
                self.report.show_report(report)
            stayed = sum(one.id in changes and say.can_be_undone(one) for one in report.changes)
            self.say_fault(say.not_taken_back(stayed, len(changes)) if stayed else "")
            if stayed < len(changes):
                announce(self, "Taken back")
                self.changed.emit()
                self.refresh()

        self._bridge.call(
            UndoNightChanges(self.report.report.night.id, changes), done, self._failed
        )


def _changes(state: SleepState) -> object:
    """What each night has changed, in numbers; how many episodes it has looked at is no change."""
    return [(one.id, one.changes) for one in state.nights]
