"""Changes of memory that the inspector asks the core for: pin, edit, forget, undo, remember, teach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.gui.ages import count
from nowprint.gui.bridge import Bridge

if TYPE_CHECKING:
    from nowprint.records import Episode, Kept, Message
    from nowprint.service.protocol import ForgetEpisodes, NotWorthKeeping


class Changes(QObject):
    done = Signal()
    """A change is in the store."""
    forgotten = Signal(tuple)
    """Ids that are hidden now, and can be brought back for a minute."""
    edited = Signal(int)
    """This episode's new text is in the store."""
    remembered = Signal(object, str)
    """Kept: what the user asked to be remembered, and the text that was asked for."""
    said = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge

    def pin(self, ids: tuple[int, ...], pinned: bool) -> None:
        from nowprint.service.protocol import PinEpisodes

        self._bridge.call(PinEpisodes(ids, pinned), lambda _: self.done.emit())

    def edit(self, episode_id: int, text: str) -> None:
        from nowprint.service.protocol import EditEpisode

        def edited(_: Episode) -> None:
            self.edited.emit(episode_id)
            self.done.emit()

        self._bridge.call(EditEpisode(episode_id, text), edited)

    def forget(self, ids: tuple[int, ...]) -> None:
        from nowprint.service.protocol import ForgetEpisodes

        self._drop(ids, ForgetEpisodes(ids))

    def not_worth(self, ids: tuple[int, ...]) -> None:
        """Forget them, and let the detector learn that such things aren't worth keeping."""
        from nowprint.service.protocol import NotWorthKeeping

        self._drop(ids, NotWorthKeeping(ids))

    def _drop(self, ids: tuple[int, ...], request: ForgetEpisodes | NotWorthKeeping) -> None:
        def forgotten(_: int) -> None:
            self.forgotten.emit(ids)
            self.done.emit()

        if ids:
            self._bridge.call(request, forgotten)

    def undo_forget(self, ids: tuple[int, ...]) -> None:
        from nowprint.service.protocol import UndoForget

        def undone(back: int) -> None:
            if back < len(ids):
                lost = count(len(ids) - back, "memory", "memories")
                self.said.emit(f"{lost} could not be brought back: the minute was over.")
            self.done.emit()

        self._bridge.call(UndoForget(ids), undone)

    def remember(self, text: str, message: Message | None = None) -> None:
        """Keep a text; with its place in the message as it was written.

        What was selected in a formatted answer may not stand there word for word: then its place
        is the whole message.
        """
        from nowprint.service.protocol import Remember

        def kept(what: Kept) -> None:
            self.remembered.emit(what, text)
            self.done.emit()

        place: tuple[int | None, int, int] = (None, 0, 0)
        if message and message.id and message.text:
            at = message.text.find(text)
            start, end = (at, at + len(text)) if at >= 0 else (0, len(message.text))
            place = (message.id, start, end)
        self._bridge.call(Remember(text, *place), kept)
