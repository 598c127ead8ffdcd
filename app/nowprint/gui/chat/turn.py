"""The turn that runs, as the window keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowprint.records import Message


class RunningTurn:
    """The turn that runs: ``text`` is what the user sent, ``said`` the answer so far."""

    def __init__(self, conversation_id: int | None, text: str, *, temporary: bool = False) -> None:
        self.conversation_id = conversation_id  # None until the core has made it
        self.text = text
        self.temporary = temporary
        self.shown = True
        """The conversation on the screen is this turn's, also while it has no id."""
        self.stopped = False
        """Stop was asked for before anything was sent."""
        self.message: Message | None = None
        self.answer: Message | None = None
        self.said = ""
        self.task = ""
        """What goes on before the first word, as it was last told."""
