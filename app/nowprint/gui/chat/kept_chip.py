"""The chip below a message that counts the memories kept from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nowprint.gui.widgets.buttons import button

if TYPE_CHECKING:
    from nowprint.records import Kept, Message


class KeptChip:
    def __init__(self, message: Message, opened: Callable[[tuple[int, ...]], object]) -> None:
        """``opened`` is called with the episodes' ids when the user clicks the chip."""
        self._ids = list(message.kept)
        self._changes = message.updates  # how many of them changed an older one
        self._held_back = 0
        self.button = button(
            "",
            "chip",
            lambda: opened(tuple(self._ids)),
            name="message.kept",
            about="Open the memories kept from this message",
        )
        self.button.hide()
        self._show()

    def add(self, kept: Kept) -> None:
        if kept.episode.id not in self._ids:
            self._ids.append(kept.episode.id)
            self._changes += kept.episode.replaces is not None and not kept.reinforced
            self._held_back += bool(kept.episode.held_back)
        self._show()

    def _show(self) -> None:
        updates = "updates an older one" if self._changes == 1 else "update older ones"
        changed = f" · {self._changes} {updates}" if self._changes else ""
        held = f" · {self._held_back} held back" if self._held_back else ""
        self.button.setText(f"Kept in memory: {len(self._ids)}{changed}{held}")
        self.button.setAccessibleName(self.button.text())
        self.button.setVisible(bool(self._ids))
