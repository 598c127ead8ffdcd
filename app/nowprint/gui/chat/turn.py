"""The running turn, as the window keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowprint.records import Message


class RunningTurn:
    """``text`` is what the user sent, ``said`` the answer so far."""

    def __init__(self, conversation_id: int | None, text: str, *, temporary: bool = False) -> None:
        self.conversation_id = conversation_id  # None until the core has created it
        self.text = text
        self.temporary = temporary
        self.shown = True
        """The user hasn't left the turn's conversation since the turn began. It tells, while the conversation
        has no id, whether it is the one on the screen."""
        self.cut: int | None = None
        """The message that is on the screen in the place of this turn's first one."""
        self.queued = False
        """The text waited in the queue: if it isn't committed, it goes back there."""
        self.stopped = False
        """The user asked to stop; if nothing was sent yet, ``Chat`` stops the turn once it is sent."""
        self.message: Message | None = None
        self.answer: Message | None = None
        self.said = ""
        self.task = ""
        """The task that the core reported last, before the first word; empty once that has come."""
