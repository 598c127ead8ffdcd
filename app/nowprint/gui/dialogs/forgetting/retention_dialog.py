"""Rules by which memories are forgotten without being named, with what they would forget now.

Nothing is saved or forgotten before the core has told what these very rules would take.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.core.memory_requests import MemoryRequests
from nowprint.gui.dialogs.forgetting.choice import Sample, TextBox
from nowprint.gui.widgets.buttons import Check, button, leave_wheel_to_page
from nowprint.gui.widgets.dialog import DialogBase, bullets, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, shortened

if TYPE_CHECKING:
    from nowprint.forgetting_plan import RetentionPlan, RetentionRules
    from nowprint.inspection import Project

OLDER, UNRECALLED = 24, 12
"""Months that are suggested where there is no such rule yet."""
MOST_MONTHS = 240
PAUSE = 250
"""ms after the last change before the dialog asks the core what would go."""
LISTED = 30
LIST_HEIGHT = 200
LONGEST_NAME = 40
ALONG = (
    ("messages", "And the &messages that they came from or that repeat them"),
    ("answers", "And the &answers that repeat them"),
    ("chats", "And &chats that are then empty"),
)


class Rule:
    """A rule that can be ticked, with its months."""

    def __init__(self, theme: Theme, name: str, text: str, usual: int) -> None:
        self.tick = Check(theme, text)
        self.tick.setObjectName(f"retention.{name}")
        self.months = QSpinBox()
        self.months.setObjectName(f"retention.{name}.months")
        self.months.setAccessibleName(f"{text.replace('&', '')}: months")
        self.months.setRange(1, MOST_MONTHS)
        self.months.lineEdit().setTextMargins(8, 0, 8, 0)
        leave_wheel_to_page(self.months)
        self.months.valueChanged.connect(self._name)
        self.months.setValue(usual)
        self.months.setEnabled(False)
        self.tick.toggled.connect(self.months.setEnabled)

    def _name(self, many: int) -> None:
        self.months.setSuffix(" month" if many == 1 else " months")

    @property
    def value(self) -> int:
        return self.months.value() if self.tick.isChecked() else 0

    @value.setter
    def value(self, months: int) -> None:
        if months:
            self.months.setValue(months)
        self.tick.setChecked(bool(months))


class RetentionDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        changes: MemoryRequests,
        projects: tuple[Project, ...],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "Forget by rule", "retention.dialog", parent)
        self._bridge, self._changes = bridge, changes
        self._seen: RetentionPlan | None = None
        self._asked = 0  # counts requests: replies to older ones are dropped
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask)
        self.add_heading("Forget by rule")
        self.column.addWidget(
            words("What is old enough is forgotten. Pinned memories always stay.", "quiet")
        )
        self._build_rules(projects)
        self.along = {name: self._check(name, text) for name, text in ALONG}
        column = self.add_card("What goes along")
        for tick in self.along.values():
            tick.toggled.connect(lambda _: self._tell())
            column.addWidget(tick)
        self._build_preview()
        self.daily = self._check("daily", "Apply these rules once a &day")
        self.column.addWidget(self.daily)
        note = words(
            "For the first time when you save, then while Nowprint is idle. You can undo it for one "
            "minute each time. Receipts say what your rules removed.",
            "quiet",
        )
        note.setContentsMargins(27, 0, 0, 0)
        self.column.addWidget(note)
        self.daily.setAccessibleDescription(note.text())
        self.column.addStretch()
        self.now = button("Forget now", "destroy", self._forget, name="retention.now")
        self.save = button("&Save", "primary", self._save, name="retention.save")
        self.add_buttons(self.now)
        self.add_close()
        self.add_buttons(self.save)
        self.inner.setEnabled(False)
        self._wait()
        self.busy("Reading the rules")
        self.fit(least=520)
        self._read()

    # --- building --------------------------------------------------------------------------

    def _check(self, name: str, text: str) -> Check:
        made = Check(self.theme, text)
        made.setObjectName(f"retention.{name}")
        made.setAccessibleName(text.replace("&", ""))
        return made

    def _build_rules(self, projects: tuple[Project, ...]) -> None:
        column = self.add_card("Which memories")
        rows = QGridLayout()
        rows.setColumnStretch(0, 1)
        column.addLayout(rows)
        self.older = Rule(self.theme, "older", "&Older than", OLDER)
        self.unrecalled = Rule(self.theme, "unrecalled", "&Not recalled for", UNRECALLED)
        self.projects = {
            one.id: Rule(self.theme, f"project.{one.id}", _of(one), OLDER) for one in projects
        }
        for row, rule in enumerate((self.older, self.unrecalled, *self.projects.values())):
            rows.addWidget(rule.tick, row, 0)
            rows.addWidget(rule.months, row, 1)
            rule.tick.toggled.connect(self._change)
            rule.months.valueChanged.connect(self._change)
        about = (
            "A memory's age counts from when you told, last repeated, edited or imported it, "
            "whichever was last."
        )
        column.addWidget(words(about, "quiet"))

    def _build_preview(self) -> None:
        column = self.add_card("What would go now")
        self.goes = words("", name="retention.goes")
        self.counts = words("", "quiet", name="retention.counts")
        self.box = TextBox("retention.samples", LIST_HEIGHT)
        self.box.setAccessibleName("Memories that would go now")
        for part in (self.goes, self.counts, self.box):
            column.addWidget(part)

    # --- the rules -------------------------------------------------------------------------

    def _read(self) -> None:
        from nowprint.service.requests.retention import GetRetention

        def read(rules: RetentionRules) -> None:
            if self.closed:
                return
            self.inner.setEnabled(True)
            self.older.value, self.unrecalled.value = rules.older, rules.unrecalled
            for id, months in rules.projects:
                if id in self.projects:
                    self.projects[id].value = months
            for name, tick in self.along.items():
                tick.setChecked(getattr(rules, name))
            self.daily.setChecked(rules.on)
            self.older.tick.setFocus()
            self._ask()

        self._bridge.call(GetRetention(), read, self._failed)

    @property
    def rules(self) -> RetentionRules:
        """The rules as they are ticked; ``on`` if they are to be applied once a day."""
        from nowprint.forgetting_plan import RetentionRules

        return RetentionRules(
            self.older.value,
            self.unrecalled.value,
            tuple((id, rule.value) for id, rule in self.projects.items() if rule.value),
            **{name: tick.isChecked() for name, tick in self.along.items()},
            on=self.daily.isChecked(),
        )

    # --- what would go ---------------------------------------------------------------------

    def _change(self) -> None:
        self._wait()
        self._pause.start()

    def _wait(self) -> None:
        """Let nothing be saved or forgotten before the preview is of these rules."""
        self._seen = None
        self.save.setEnabled(False)
        self.now.setEnabled(False)

    def _ask(self) -> None:
        from nowprint.service.requests.retention import PlanRetention

        self._pause.stop()
        self._wait()
        self._asked += 1
        asked = self._asked

        def planned(seen: RetentionPlan) -> None:
            if asked == self._asked and not self.closed and not self._pause.isActive():
                self._show(seen)

        self.say_fault("")
        self.busy("Looking for what would go")
        self._bridge.call(PlanRetention(replace(self.rules, on=False)), planned, self._failed)

    def _show(self, seen: RetentionPlan) -> None:
        self.busy("")
        self._seen = seen
        told = seen.rules.told
        lines = [
            f"{rule}: {count(number, 'memory', 'memories')}"
            for rule, number in zip(told, seen.counts, strict=True)
        ]
        if seen.spared:
            stay = (
                "stays, since it is pinned" if seen.spared == 1 else "stay, since they are pinned"
            )
            lines.append(f"{count(seen.spared, 'memory', 'memories')} {stay}")
        self.counts.setText(bullets(lines))
        self.counts.setVisible(bool(lines))
        samples = seen.plan.samples[:LISTED]
        parts: list[QWidget] = [Sample(self.theme, episode, None) for episode in samples]
        if len(samples) < len(seen.plan.ids):
            parts.append(words(f"… and {len(seen.plan.ids) - len(samples):,} more", "quiet"))
        self.box.setVisible(bool(parts))
        self.box.fill(parts, self.width() - 120)
        self.save.setEnabled(True)
        self._tell()

    def _tell(self) -> None:
        from nowprint.gui.dialogs.forgetting.going import Going
        from nowprint.inspection import Forgetting

        if self._seen is None:
            return
        plan, rules = self._seen.plan, self.rules
        going = Going(Forgetting(plan.ids), plan, rules.messages, rules.answers, rules.chats)
        nothing = "Nothing is that old yet." if self._seen.rules.told else "Tick a rule first."
        self.goes.setText(going.told() or nothing)
        self.now.setEnabled(bool(plan.ids))
        self.now.setText(f"&Forget {going.in_short()} now" if plan.ids else "Forget now")
        self.now.setAccessibleName(self.now.text().replace("&", ""))
        self.fit()

    # --- doing it --------------------------------------------------------------------------

    def _save(self) -> None:
        from nowprint.service.requests.retention import UseRetention

        self._begin("Saving")
        self._bridge.call(UseRetention(self.rules), lambda _: self._finish(), self._failed)

    def _forget(self) -> None:
        from nowprint.service.requests.retention import ForgetByRules

        assert self._seen is not None
        request, ids = ForgetByRules(self.rules), self._seen.plan.ids
        self._begin("Forgetting")
        self._changes.drop(request, self._finish, self._failed, ids)

    def _begin(self, what: str) -> None:
        self.say_fault("")
        self.busy(what)
        self.save.setEnabled(False)
        self.now.setEnabled(False)

    def _finish(self) -> None:
        if not self.closed:
            self.accept()

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))


def _of(project: Project) -> str:
    name = shortened(show_invisible(project.name), LONGEST_NAME).replace("&", "&&")
    return f"Of the project “{name}”, older than"
