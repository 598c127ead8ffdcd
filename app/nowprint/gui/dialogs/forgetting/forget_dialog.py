"""Shows what exactly would be forgotten before anything is, and asks the user what else is to go.

The dialog asks the core for a plan; nothing changes until the user confirms. The gentler choice is the
default: messages and answers stay unless the user ticks them. Enter confirms what the user picked by hand;
what a filter lets through, a conversation, a span of time or everything it keeps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from nowprint.errors import CoreDied, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.core.memory_requests import MemoryRequests
from nowprint.gui.dialogs.forgetting.choice import Choice, Sample, TextBox
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, count

if TYPE_CHECKING:
    from nowprint.forgetting_plan import ForgettingPlan, PlannedMessage
    from nowprint.gui.dialogs.forgetting.going import Going
    from nowprint.inspection import Forgetting

FEW = 20
"""Up to so many episodes can be ticked one by one."""
PAUSE = 250
"""ms after the last tick before the dialog asks the core for a new plan."""
LIST_HEIGHT = 230
CHOICE_HEIGHT = 120
"""Pixels that the texts of a choice may take; those of all of them scroll."""
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
        self._head = words("", "section")
        self._box = TextBox("forget.samples", LIST_HEIGHT)
        for part in (self._head, self._box):
            part.hide()
            self.column.addWidget(part)
        self._own = self._add_choice("own", "They go in any case.")
        self._own.tick.hide()
        self._of_messages = self._add_choice("messages", "Kept unless you tick this.")
        self._of_answers = self._add_choice("answers", "Kept unless you tick this.")
        self._of_chats = self._add_choice("chats", "They stay, empty, unless you tick this.")
        self.messages, self.answers = self._of_messages.tick, self._of_answers.tick
        self.chats = self._of_chats.tick
        self.warning = words("", "fault", name="forget.warning")
        self.warning.hide()
        self.column.addWidget(self.warning)
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

    def _add_choice(self, what: str, about: str) -> Choice:
        made = Choice(self.theme, f"forget.{what}", about, CHOICE_HEIGHT)
        made.tick.toggled.connect(lambda _: self._tell())
        self.column.addWidget(made)
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
        self._offer_choices(plan)
        self._tell()
        something = bool(self.going(plan).told())
        self.confirm.setEnabled(something)
        from nowprint.gui.dialogs.forgetting.going import of_backups

        self._note.setText(NOTE + (COPIES if plan.copies else "") + of_backups(plan))
        self._note.setVisible(something)
        if first:
            (self._default if something else self.keep).setFocus()
            self.keep.setText("Keep" if something else "Close")
            self.fit()

    def _offer_choices(self, plan: ForgettingPlan) -> None:
        it, source = ("it", "it") if len(plan.ids) == 1 else ("them", "they")
        own = set(plan.own)
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
        said = [one for one in plan.said if one.id not in own]
        for choice, number, what, lines in (
            (self._of_messages, messages, of_messages, [o for o in said if not o.answer]),
            (self._of_answers, answers, of_answers, [o for o in said if o.answer]),
        ):
            choice.offer(number, f"Also the {what}", list(map(_line, lines)), self._inside)
        named = [_line(one) for one in plan.said if one.id in own]
        self._own.offer(len(named) and len(own), "", named, self._inside)

    def going(self, plan: ForgettingPlan) -> Going:
        """What goes as the choices are now."""
        from nowprint.gui.dialogs.forgetting.going import Going

        return Going(self.what, plan, *self._ticked())

    def _ticked(self) -> tuple[bool, bool, bool]:
        return self.messages.isChecked(), self.answers.isChecked(), self.chats.isChecked()

    def _tell(self) -> None:
        if self._plan is None:
            return
        going = self.going(self._plan)
        self._offer_chats(going)
        going = self.going(self._plan)
        told = going.told() or self._nothing()
        names = self.what.everything and self.messages.isChecked()
        self.goes.setText(f"{told} {NAMES}" if names else told)
        what = going.in_short() or "it"
        self.confirm.setText(f"&Forget {what}")
        self.confirm.setAccessibleName(f"Forget {what}")
        self.warning.setText(going.warning())
        self.warning.setVisible(bool(self.warning.text()))
        self.fit()

    def _offer_chats(self, going: Going) -> None:
        """Let the user choose about chats that the other choices leave empty; with everything they go."""
        emptied = () if self.what.everything else going.emptied
        then = "&chat that is then empty" if len(emptied) == 1 else "&chats that are then empty"
        number = f"{len(emptied):,} " if len(emptied) > 1 else ""
        lines = [(chat.title or "Without a title", "") for chat in emptied]
        self._of_chats.offer(len(emptied), f"Also the {number}{then}", lines, self._inside)

    @property
    def _inside(self) -> int:
        """The width of what a box of texts holds."""
        return self.width() - 80

    def _nothing(self) -> str:
        return "Nothing is ticked." if self.samples else "No memory matches this."

    def _show_samples(self, plan: ForgettingPlan) -> None:
        whole = len(plan.ids) == len(plan.samples)
        by_one = whole and 1 < len(plan.ids) <= FEW and self.what.conversation is None
        made = [
            Sample(self.theme, episode, self._tick if by_one else None)
            for episode in plan.samples[:FEW]
        ]
        self.samples = made if by_one else []
        these = "This memory" if len(plan.ids) == 1 else "These memories"
        these = these if whole else "Some of these memories"
        self._head.setText("Untick what you want to keep" if by_one else these)
        self._box.setAccessibleName(self._head.text())
        for part in (self._head, self._box):
            part.setVisible(bool(plan.samples))
        self._box.fill(made, self._inside)

    def _tick(self) -> None:
        self.confirm.setEnabled(False)
        self._pause.start()

    # --- doing it --------------------------------------------------------------------------

    def _forget(self) -> None:
        from nowprint.service.requests.memory import Forget

        self.say_fault("")
        self.busy("Forgetting")
        self.confirm.setEnabled(False)
        messages, answers, chats = self._ticked()
        what = self._shown()
        request = Forget(what, messages, answers, chats)
        self._changes.drop(request, self._forgotten, self._failed, what.ids)

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


def _line(said: PlannedMessage) -> tuple[str, str]:
    return said.text, f"{said.title or 'Without a title'} · {ago(said.created)}"


def _repeat(number: int) -> str:
    return "repeats" if number == 1 else "repeat"
