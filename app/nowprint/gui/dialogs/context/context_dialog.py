"""What the model has before it in a chat: to scale, part by part, what has left it and why, and what four
kinds of memory hold. Messages can be held before the model, and brought back.

The dialog stays open beside the chat and follows it. It shows the state at the last message; what the user
holds takes effect with the next one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.session import CoreSession
from nowprint.gui.dialogs.context import context_words as say
from nowprint.gui.dialogs.context.context_bar import ContextBar, Legend, Segment
from nowprint.gui.dialogs.context.context_lists import ContextList, LeftList, PartsList
from nowprint.gui.dialogs.context.four_memories import FourMemories
from nowprint.gui.dialogs.roomy_dialog import RoomyDialog, turn
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, count, listing

if TYPE_CHECKING:
    from nowprint.context_records import ChatContext, ContextPart, LeftPart
    from nowprint.records import MemoryStats


class ContextDialog(RoomyDialog):
    roomy = 540
    """So wide a sentence and a button have room side by side."""

    def __init__(
        self, theme: Theme, session: CoreSession, conversation_id: int | None, parent: QWidget
    ) -> None:
        super().__init__(theme, say.TITLE, "context.dialog", parent, width=720)
        self._session = session
        self._conversation_id = conversation_id
        self._context: ChatContext | None = None
        self._asked = 0  # counts refreshes: the reply to an earlier one is dropped
        self._below_lists: list[QBoxLayout] = []
        self.add_heading(say.TITLE)
        self.note = words("", name="context.note")
        self.column.addWidget(self.note)
        self._there = QWidget()
        there = QVBoxLayout(self._there)
        there.setContentsMargins(0, 0, 0, 0)
        there.setSpacing(12)
        self.column.addWidget(self._there)
        self._there.hide()
        self.scale = ContextBar(theme)
        self.legend = Legend(theme)
        self.pointed = words(say.POINT, "quiet", name="context.pointed")
        self.pointed.setAlignment(Qt.AlignmentFlag.AlignTop)
        two_lines = 2 * self.pointed.fontMetrics().lineSpacing()
        self.pointed.setMinimumHeight(two_lines)  # so that pointing moves nothing
        card = self.add_card(into=there)
        for part in (self.scale, self.legend, self.pointed):
            card.addWidget(part)
        self.parts = PartsList(theme)
        self.hold = button("Hold it here", "outlined", self._hold_part, name="context.hold")
        self.about_part = self._add_list("Part by part", self.parts, self.hold, there)
        self.left = LeftList(theme)
        self.back = button(say.BRING_BACK, "outlined", self._bring_back, name="context.back")
        self.about_left = self._add_list("Has left", self.left, self.back, there)
        self.memories = FourMemories()
        self.add_card("Four memories").addLayout(self.memories)
        self.column.addStretch()
        self.add_close().setFocus()
        self.scale.chosen.connect(self._on_chosen)
        self.scale.pointed.connect(self._show_pointed)
        self.parts.currentItemChanged.connect(lambda *_: self._on_part())
        self.left.currentItemChanged.connect(lambda *_: self._show_left_action())
        self.parts.acted.connect(self.hold.click)
        self.left.acted.connect(self.back.click)
        session.model_ready.connect(self._on_model)
        self.refresh()
        self.fit(least=340)

    def _add_list(
        self, title: str, rows: ContextList, act: QPushButton, column: QVBoxLayout
    ) -> QLabel:
        """Add a list with a sentence about its current row, and what can be done with that."""
        card = self.add_card(title, into=column)
        about = words("", "quiet", name=f"{rows.objectName()}.about")
        card.addWidget(rows)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(about, 1)
        below.addWidget(act, alignment=Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        card.addLayout(below)
        self._below_lists.append(below)
        return about

    def stand(self, size: float, *, wide: bool) -> None:
        """In a narrow dialog, the button stands below the sentence."""
        turn(self._below_lists, wide=wide)

    # --- what is shown ---------------------------------------------------------------------

    def show_chat(self, conversation_id: int | None) -> None:
        if conversation_id != self._conversation_id:
            self._conversation_id = conversation_id
            self.refresh()

    def refresh(self) -> None:
        from nowprint.service.protocol import MemoryStatistics
        from nowprint.service.requests.context import GetContext

        if self.closed:
            return
        self._asked += 1
        asked = self._asked

        def show(context: ChatContext | None) -> None:
            if asked == self._asked and not self.closed:
                self._show(context)

        def failed(error: UserError) -> None:
            if asked == self._asked:
                self._failed(error)

        self.say_fault("")
        self.memories.show_model(self._session.model)
        self._session.bridge.call(MemoryStatistics(), self._show_kept, failed)
        if self._conversation_id is None:
            self._show(None)
        else:
            self.busy("Asking what the model has before it")
            self._session.bridge.call(GetContext(self._conversation_id), show, failed)

    def _on_model(self) -> None:
        self.refresh()

    def _show_kept(self, kept: MemoryStats) -> None:
        if not self.closed:
            self.memories.show_kept(kept)

    def _show(self, context: ChatContext | None) -> None:
        self._context = context
        self.busy("")
        self.memories.show_context(context)
        self._there.setVisible(context is not None)
        if context is None:
            self.note.setText(say.NOTHING)
        else:
            used = f"{context.tokens:,} of {count(context.size, 'token')}"
            self.note.setText(
                f"At your last message here, {ago(context.at)}: {used}. A token is a word or a piece of one."
            )
            self._show_rows(context)
        self.fit()

    def _show_rows(self, context: ChatContext) -> None:
        """Show again what depends on what is held, too."""
        segments = [
            Segment(part.kind, part.tokens, say.told_of(part, context.size), part.salience)
            for part in context.parts
        ]
        free = context.size - context.tokens - context.answer_room
        room: tuple[tuple[say.Kind, int], ...] = (("answer", context.answer_room), ("free", free))
        for kind, tokens in room:
            if tokens > 0:
                facts = (
                    f"{count(tokens, 'token')}, {say.share(tokens, context.size)} of the context"
                )
                segments.append(Segment(kind, tokens, f"{say.LONG[kind]}: {facts}"))
        counts: Counter[say.Kind] = Counter()
        for one in segments:
            counts[one.kind] += one.tokens
        said = listing([f"{say.LONG[kind]} {counts[kind]:,}" for kind in say.ORDER if counts[kind]])
        self.scale.show_segments(segments, f"The context to scale, in tokens: {said}")
        self.legend.show_counts(counts)
        self.parts.show_parts(context.parts, context.size)
        self.left.show_left(context.left)
        for part in (self.left, self.back):
            part.setVisible(bool(context.left))
        self._on_part()
        self._show_left_action()

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))

    # --- going through ---------------------------------------------------------------------

    def _on_chosen(self, number: int) -> None:
        self.parts.go_to(number)
        self._show_pointed(number)

    def _on_part(self) -> None:
        if (number := self.parts.number()) >= 0:
            self.scale.choose(number)
        self._show_pointed(-1)
        self._show_part_action()

    def _show_pointed(self, number: int) -> None:
        """Say what is below the pointer, or else what was chosen last."""
        at = number if number >= 0 else self.scale.current
        segments = self.scale.segments
        self.pointed.setText(segments[at].told if 0 <= at < len(segments) else say.POINT)

    # --- holding ---------------------------------------------------------------------------

    def _part(self) -> ContextPart | None:
        number = self.parts.number()
        return self._context.parts[number] if self._context and number >= 0 else None

    def _left_part(self) -> LeftPart | None:
        number = self.left.number()
        return self._context.left[number] if self._context and number >= 0 else None

    def _show_part_action(self) -> None:
        part = self._part()
        self.hold.setEnabled(part is not None and say.can_be_held(part))
        _name(self.hold, say.LET_GO if part is not None and part.held else say.HOLD)
        self.about_part.setText(say.about_part(part))

    def _show_left_action(self) -> None:
        part = self._left_part()
        self.back.setEnabled(part is not None)
        _name(self.back, say.STAY_AWAY if part is not None and part.held else say.BRING_BACK)
        none = self._context is not None and not self._context.left
        self.about_left.setText(say.NONE_LEFT if none else say.about_left(part))

    def _hold_part(self) -> None:
        if (part := self._part()) and part.id is not None and say.can_be_held(part):
            self._hold(part.id, not part.held, say.FREED if part.held else say.HELD)

    def _bring_back(self) -> None:
        if part := self._left_part():
            self._hold(part.message_id, not part.held, say.STAYS_AWAY if part.held else say.RETURNS)

    def _hold(self, message_id: int, held: bool, told: str) -> None:
        from nowprint.service.requests.context import HoldMessage

        def done(_: None) -> None:
            if self.closed or self._context is None:
                return
            ids = {one.id for one in self._context.parts if one.held and one.id is not None}
            ids |= {one.message_id for one in self._context.left if one.held}
            ids = ids | {message_id} if held else ids - {message_id}
            self._context = self._context.holding(frozenset(ids))
            self._show_rows(self._context)
            announce(self, told)

        self.say_fault("")
        self._session.bridge.call(HoldMessage(message_id, held), done, self._failed)


def _name(made: QPushButton, text: str) -> None:
    made.setText(text)
    made.setAccessibleName(text)
