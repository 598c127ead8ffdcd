"""What was kept of messages that aren't on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowprint.gui.chat.transcript import Transcript
    from nowprint.records import Kept


class KeptElsewhere:
    """Shows what was kept of a message, once the message is on the screen."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._waiting: dict[int, tuple[Kept, ...]] = {}

    def show(self, message_id: int, kept: tuple[Kept, ...]) -> None:
        view = self._transcript.view(message_id)
        for one in kept:
            if view:
                view.kept.add(one)
            else:
                self._waiting[message_id] = (*self._waiting.get(message_id, ()), one)

    def catch_up(self) -> None:
        """Messages came onto the screen."""
        for id in [id for id in self._waiting if self._transcript.view(id)]:
            self.show(id, self._waiting.pop(id))
