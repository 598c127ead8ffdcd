"""Shows what exactly would be forgotten before anything is, and asks the user what else is to go.

The dialog asks the core for a plan; nothing changes until the user confirms. The gentler choice is the
default: messages and answers stay unless the user ticks them. Enter confirms what the user picked by hand;
what a filter lets through, a conversation, a span of time or everything it keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from nowprint.errors import CoreDied, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.core.memory_requests import MemoryRequests
from nowprint.gui.widgets.buttons import Check, button, quiet
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, count, listing, shortened

if TYPE_CHECKING:
    from nowprint.inspection import Forgetting, ForgettingPlan
    from nowprint.records import Episode

FEW = 20
"""Up to so many episodes can be ticked one by one."""
PAUSE = 250
"""ms after the last tick before the dialog asks the core for a new plan."""
LIST_HEIGHT = 230
NOTE = (
    "You can undo this for one minute. Then the data is erased from every file in the profile, and a "
    "receipt says what was removed and how that was checked."
)
NAMES = "The names of projects and imports that are then empty go as well."
COPIES = (
    " If a damaged database set aside in the profile contains any of this, it is deleted, too: save "
    "what you need from it first."
)


class ForgetDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        changes: MemoryRequests,
        what: Forgetting,
        title: str,
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "Forget for good", "forget.dialog", parent)
        self._bridge = bridge
        self._changes = changes
        self.what = what
        self._plan: ForgettingPlan | None = None
        self._asked = 0  # counts requests: replies to older ones are dropped
        self.samples: list[Sample] = []
        self.heading = self.add_heading(title)
        self.goes = words("Checking what would be forgotten…", name="forget.goes")
        self.column.addWidget(self.goes)
        self._samples = QVBoxLayout()
        self._samples.setContentsMargins(12, 8, 12, 8)
        self._samples.setSpacing(6)
        self._build_samples()
        self.messages = self._add_choice(
            "forget.messages", "They stay in their conversations unless you tick this."
        )
        self.answers = self._add_choice(
            "forget.answers", "Answers in which the model repeated these memories."
        )
        self.column.addStretch()
        self._note = words(NOTE, "quiet")
        self.column.addWidget(self._note)
        self.confirm = button("Forget", "destroy", self._forget, name="forget.confirm")
        self.confirm.setEnabled(False)
        self.keep = button("Keep", "outlined", self.reject, name="forget.keep")
        self.keep.setAccessibleDescription("Nothing is forgotten")
        self.keep.setAutoDefault(True)  # or Enter would confirm even when this one has the focus
        picked = bool(what.ids or what.messages)
        self._default = self.confirm if picked and what.filter is None else self.keep
        self.add_buttons(self.confirm, self.keep, default=self._default)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask)
        bridge.announced.connect(self._on_event)
        self.busy("Checking what would be forgotten")
        self.fit(least=320)
        self._ask()

    # --- building --------------------------------------------------------------------------

    def _build_samples(self) -> None:
        self._head = words("", "section")
        inner = QWidget()
        inner.setLayout(self._samples)
        self._box = QScrollArea()
        self._box.setObjectName("forget.samples")
        self._box.setProperty("boxed", True)
        self._box.setWidgetResizable(True)
        self._box.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._box.setWidget(inner)
        for part in (self._head, self._box):
            part.hide()
            self.column.addWidget(part)

    def _add_choice(self, name: str, about: str) -> Check:
        made = Check(self.theme, "")
        made.setObjectName(name)
        made.setAccessibleDescription(about)
        made.toggled.connect(lambda _: self._tell())
        note = words(about, "quiet")
        note.setContentsMargins(27, 0, 0, 4)
        card = QWidget()
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(made)
        column.addWidget(note)
        card.hide()
        self.column.addWidget(card)
        return made

    # --- what would go ---------------------------------------------------------------------

    @property
    def wanted(self) -> Forgetting:
        """What the user left ticked of ``what``."""
        from nowprint.inspection import Forgetting

        if not self.samples or all(sample.tick.isChecked() for sample in self.samples):
            return self.what
        return Forgetting(tuple(s.episode.id for s in self.samples if s.tick.isChecked()))

    def _shown(self) -> Forgetting:
        """What the user left ticked, with a search's filter replaced by the ids in the plan: never more than
        the user was told of."""
        if self.wanted.filter is None or self._plan is None:
            return self.wanted
        return replace(self.wanted, ids=self._plan.ids, filter=None)

    def _ask(self) -> None:
        from nowprint.service.requests.memory import PlanForgetting

        self._asked += 1
        asked = self._asked

        def planned(plan: ForgettingPlan) -> None:
            if asked == self._asked and not self.closed:
                self._show(plan)

        self._bridge.call(PlanForgetting(self.wanted), planned, self._failed)

    def _show(self, plan: ForgettingPlan) -> None:
        first = self._plan is None
        self._plan = plan
        self.busy("")
        if first:
            self._show_samples(plan)
        something = bool(plan.ids or plan.conversations or self.what.messages)
        self._offer_choices(plan)
        self._tell()
        self._name(plan)
        self.confirm.setEnabled(something)
        self._note.setText(NOTE + (COPIES if plan.copies else ""))
        self._note.setVisible(something)
        if first:
            (self._default if something else self.keep).setFocus()
            self.keep.setText("Keep" if something else "Close")
            self.fit()

    def _offer_choices(self, plan: ForgettingPlan) -> None:
        one = len(plan.ids) == 1
        it, source = ("it", "it") if one else ("them", "they")
        own = set(self.what.messages)  # they go in any case
        messages, answers = len({*plan.messages} - own), len({*plan.answers} - own)
        if self.what.conversation is None:
            of_messages = (
                f"{count(messages, '&message')} that {source} came from or that "
                f"{_repeat(messages)} {it}"
            )
            of_answers = f"{count(answers, '&answer')} that {_repeat(answers)} {it}"
        else:  # the conversation's own go in any case
            of_messages = "&messages of other conversations that say the same"
            of_answers = "&answers in other conversations that say the same"
        self._offer(self.messages, messages, f"Also the {of_messages}")
        self._offer(self.answers, answers, f"Also the {of_answers}")

    def _tell(self) -> None:
        plan = self._plan
        if plan is None:
            return
        whole = self.what.conversation is not None
        whole = whole or (self.messages.isChecked() and self.answers.isChecked())
        conversations = plan.conversations if whole else 0
        said = len(self.what.messages)
        something = plan.ids or conversations or said
        told = _told(plan, conversations, said) if something else self._nothing()
        names = self.what.everything and self.messages.isChecked()
        self.goes.setText(f"{told} {NAMES}" if names else told)

    def _nothing(self) -> str:
        return "Nothing is ticked." if self.samples else "No memory matches this."

    def _name(self, plan: ForgettingPlan) -> None:
        what = count(len(plan.ids), "memory", "memories") if plan.ids else "it"
        if self.what.messages:
            what = count(len(self.what.messages), "message")
        self.confirm.setText(f"&Forget {what}")
        self.confirm.setAccessibleName(f"Forget {what}")

    def _show_samples(self, plan: ForgettingPlan) -> None:
        whole = len(plan.ids) == len(plan.samples)
        by_one = whole and 1 < len(plan.ids) <= FEW and self.what.conversation is None
        for episode in plan.samples[:FEW]:
            sample = Sample(self.theme, episode, self._tick if by_one else None)
            self._samples.addWidget(sample)
            if by_one:
                self.samples.append(sample)
        self._samples.addStretch()
        these = "This memory" if len(plan.ids) == 1 else "These memories"
        these = these if whole else "Some of these memories"
        self._head.setText("Untick what you want to keep" if by_one else these)
        self._box.setAccessibleName(self._head.text())
        for part in (self._head, self._box):
            part.setVisible(bool(plan.samples))
        inner = self._box.widget()
        high = inner.layout().heightForWidth(self.width() - 80)
        self._box.setFixedHeight(min(LIST_HEIGHT, max(high, 40) + 6))

    def _tick(self) -> None:
        self.confirm.setEnabled(False)
        self._pause.start()

    def _offer(self, choice: Check, number: int, text: str) -> None:
        choice.parentWidget().setVisible(number > 0)
        choice.setText(text)
        choice.setAccessibleName(text.replace("&", ""))
        if not number:
            choice.setChecked(False)

    # --- doing it --------------------------------------------------------------------------

    def _forget(self) -> None:
        from nowprint.service.requests.memory import Forget

        self.say_fault("")
        self.busy("Forgetting")
        self.confirm.setEnabled(False)
        request = Forget(self._shown(), self.messages.isChecked(), self.answers.isChecked())
        self._changes.drop(request, self._forgotten, self._failed)

    def _forgotten(self) -> None:
        if not self.closed:
            self.accept()

    def _failed(self, error: UserError) -> None:
        if self.closed:
            return
        if isinstance(error, CoreDied):
            self.reject()
            return
        self.busy("")
        self.confirm.setEnabled(self._plan is not None)
        self.say_fault(str(error))

    def _on_event(self, event: object) -> None:
        """Show the progress: forgetting thousands takes some seconds."""
        from nowprint.events import Progress

        if isinstance(event, Progress) and not self.closed and self.bar.isVisible():
            self.busy(event.task, event.fraction)


class Sample(QFrame):
    """A memory that would go; with ``changed`` it can be unticked."""

    def __init__(
        self, theme: Theme, episode: Episode, changed: Callable[[], object] | None
    ) -> None:
        super().__init__()
        self.episode = episode
        text = shortened(episode.text)
        self.tick = Check(theme, "")
        self.tick.setChecked(True)
        self.tick.setAccessibleName(text)
        self.tick.setVisible(changed is not None)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.tick, alignment=Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(1)
        self._text = words(text)
        column.addWidget(self._text)
        column.addWidget(_when(episode))
        row.addLayout(column, 1)
        if changed:
            self.tick.toggled.connect(lambda _: changed())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.tick.isHidden():
            self.tick.toggle()


def _when(episode: Episode) -> QLabel:
    return quiet(f"kept {ago(episode.created)}{' · pinned' if episode.pinned else ''}")


def _repeat(number: int) -> str:
    return "repeats" if number == 1 else "repeat"


def _told(plan: ForgettingPlan, conversations: int, messages: int = 0) -> str:
    """``This would be forgotten: 12 memories and 1 conversation with all its messages.``"""
    parts = []
    if plan.ids:
        parts.append(count(len(plan.ids), "memory", "memories"))
    if plan.made:
        are = "is" if plan.made == 1 else "are"
        them = "it" if len(plan.ids) == 1 else "them"
        parts.append(f"{plan.made:,} more that {are} linked to {them} by merging or splitting")
    if messages:
        parts.append(count(messages, "message"))
    if conversations:
        whole = "with all its messages" if conversations == 1 else "with all their messages"
        parts.append(f"{count(conversations, 'conversation')} {whole}")
    if len(parts) == 3:  # a comma before "and": the part before it has an "or"
        return f"This would be forgotten: {', '.join(parts[:2])}, and {parts[2]}."
    return f"This would be forgotten: {listing(parts)}."
