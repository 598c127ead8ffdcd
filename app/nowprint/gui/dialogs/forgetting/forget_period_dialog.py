"""Asks which span of time to forget, or everything; the forget dialog then shows what would go."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QButtonGroup, QDateEdit, QHBoxLayout, QLabel, QWidget

from nowprint.gui.widgets.buttons import Radio, button, leave_wheel_to_page
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import day

if TYPE_CHECKING:
    from nowprint.inspection import Forgetting

CHOICES = (
    ("hour", "The last &hour"),
    ("today", "&Today"),
    ("week", "The last &7 days"),
    ("days", "&Between two days:"),
    ("all", "&Everything"),
)


class ForgetPeriodDialog(DialogBase):
    chosen = Signal(object, str)
    """Forgetting, and a title that says what."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "Forget", "forget.span", parent, width=460)
        self.add_heading("What do you want to forget?")
        self.column.addWidget(
            words("Memories kept during a period of time, from any conversation.", "quiet")
        )
        self._group = QButtonGroup(self)
        self.choices: dict[str, Radio] = {}
        for key, text in CHOICES:
            choice = Radio(theme, text)
            choice.setObjectName(f"forget.span.{key}")
            choice.setAccessibleName(text.replace("&", "").rstrip(":"))
            self.choices[key] = choice
            self._group.addButton(choice)
            self.column.addWidget(choice)
            if key == "days":
                self.column.addLayout(self._build_days())
        self.choices["hour"].setChecked(True)
        self.column.addStretch()
        self._look = button(
            "Show what &would be forgotten…", "primary", self._choose, name="forget.span.look"
        )
        self._look.setAccessibleDescription("Nothing is forgotten yet")
        cancel = button("Cancel", "outlined", self.reject, name="forget.span.cancel")
        self.add_buttons(self._look, cancel, default=self._look)
        self.choices["hour"].setFocus()
        self.fit()

    def _build_days(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(27, 0, 0, 0)
        self.first, self.last = (self._date(name) for name in ("first", "last"))
        self.first.setDate(QDate.currentDate().addMonths(-1))
        self.first.setAccessibleName("First day")
        self.last.setAccessibleName("Last day (included)")
        for part in (self.first, QLabel("and"), self.last):
            row.addWidget(part)
        row.addStretch()
        return row

    def _date(self, name: str) -> QDateEdit:
        made = QDateEdit(QDate.currentDate())
        made.setObjectName(f"forget.span.{name}")
        leave_wheel_to_page(made)
        made.setDisplayFormat("d MMM yyyy")
        made.setMaximumDate(QDate.currentDate())
        made.setToolTip("Change it with Up and Down")
        made.lineEdit().setTextMargins(6, 0, 6, 0)
        made.dateChanged.connect(lambda _: self.choices["days"].setChecked(True))
        return made

    def _choose(self) -> None:
        what, title = self.forgetting()
        self.accept()
        self.chosen.emit(what, title)

    def forgetting(self) -> tuple[Forgetting, str]:
        """What the user chose, and a title that says so; days are whole days in local time."""
        from nowprint.inspection import Forgetting

        now = datetime.datetime.now().astimezone()
        if self.choices["all"].isChecked():
            return Forgetting(everything=True), "Forget everything"
        until = now.timestamp()
        if self.choices["hour"].isChecked():
            return Forgetting(span=(until - 3600, until)), "Forget the last hour"
        if self.choices["today"].isChecked():
            return Forgetting(span=(_midnight(now.date()), until)), "Forget today"
        if self.choices["week"].isChecked():
            return Forgetting(span=(until - 7 * 86400, until)), "Forget the last 7 days"
        first, last = sorted(
            datetime.date(d.year(), d.month(), d.day())
            for d in (self.first.date(), self.last.date())
        )
        since = _midnight(first)
        until = _midnight(last + datetime.timedelta(days=1))
        return Forgetting(span=(since, until)), f"Forget {day(since)} to {day(until - 1)}"


def _midnight(date: datetime.date) -> float:
    return datetime.datetime.combine(date, datetime.time()).astimezone().timestamp()
