"""Changes of memory that the inspector asks the core for: pin, archive, edit, forget, remember, teach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.gui.core.bridge import Bridge

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.errors import UserError
    from nowprint.inspection import Forgotten
    from nowprint.records import Episode, Kept, Message
    from nowprint.service.requests.memory import Forget
    from nowprint.service.requests.retention import ForgetByRules


NONE_ARCHIVED = (
    "Nothing was archived: what is pinned stays, and the rest is in the archive already."
)
NONE_BROUGHT_BACK = "Nothing was brought back: none of them is in the archive."


class MemoryRequests(QObject):
    done = Signal()
    """A change is in the store."""
    forgotten = Signal(object, tuple)
    """Forgotten: what is hidden now, and can be brought back for a minute; and the ids in the request."""
    returned = Signal(object)
    """Forgotten: what undoing brought back."""
    look_first = Signal(object)
    """Forgetting: the user is to see what would go before anything does."""
    edited = Signal(int)
    """This episode's new text is in the store."""
    made = Signal(tuple)
    """Ids of the episodes that a merge or a split made."""
    archived = Signal(int, bool, object)
    """How many were archived, or (False) brought back, and the function that takes that back."""
    said = Signal(str)
    """Why something wasn't done, and what to do."""
    remembered = Signal(object, str)
    """Kept: what the user asked to be remembered, and the text that was asked for."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge

    def pin(self, ids: tuple[int, ...], pinned: bool) -> None:
        from nowprint.service.protocol import PinEpisodes

        self._bridge.call(PinEpisodes(ids, pinned), lambda _: self.done.emit())

    def archive(self, ids: tuple[int, ...], archived: bool) -> None:
        """From now on don't recall them, or (False) recall them again. Undoing changes none of those of which
        that was so already."""
        from nowprint.inspection import EpisodeFilter
        from nowprint.service.requests.memory import FindIds

        def change(there: tuple[int, ...]) -> None:
            among = set(there)
            others = tuple(id for id in ids if (id in among) != archived)

            def done(number: int) -> None:
                if number:
                    self.archived.emit(number, archived, lambda: put(not archived))
                else:
                    self.said.emit(NONE_ARCHIVED if archived else NONE_BROUGHT_BACK)

            def put(to: bool, then: Callable[[int], object] = lambda _: None) -> None:
                self._put(others, to, then)

            put(archived, done)

        self._bridge.call(FindIds(EpisodeFilter(ids=ids, archived=True)), change)

    def _put(self, ids: tuple[int, ...], archived: bool, then: Callable[[int], object]) -> None:
        from nowprint.service.requests.sleep import ArchiveEpisodes

        def done(number: int) -> None:
            then(number)
            self.done.emit()

        self._bridge.call(ArchiveEpisodes(ids, archived), done)

    def edit(self, episode_id: int, text: str) -> None:
        from nowprint.service.protocol import EditEpisode

        def edited(_: Episode) -> None:
            self.edited.emit(episode_id)
            self.done.emit()

        self._bridge.call(EditEpisode(episode_id, text), edited)

    def forget(self, ids: tuple[int, ...]) -> None:
        """Show what would go, also for a single episode: only there the user learns that the message and the
        answer with the same words stay, and can choose otherwise."""
        from nowprint.inspection import Forgetting

        if ids:
            self.look_first.emit(Forgetting(ids))

    def not_worth(self, ids: tuple[int, ...]) -> None:
        """Forget them, and let the detector learn that such things aren't worth keeping."""
        from nowprint.inspection import Forgetting
        from nowprint.service.requests.memory import Forget

        if ids:
            self.drop(Forget(Forgetting(ids), teaches="not worth"), ids=ids)

    def drop(
        self,
        request: Forget | ForgetByRules,
        then: Callable[[], object] | None = None,
        failed: Callable[[UserError], object] | None = None,
        ids: tuple[int, ...] = (),
    ) -> None:
        def forgotten(what: Forgotten) -> None:
            self.tell_forgotten(what, ids)
            if then:
                then()

        self._bridge.call(request, forgotten, failed)

    def tell_forgotten(self, what: Forgotten, ids: tuple[int, ...] = ()) -> None:
        """The core has forgotten this; ``ids`` are the episodes that it was asked for."""
        self.forgotten.emit(what, ids)
        self.done.emit()

    def undo_forget(self, batch: int) -> None:
        from nowprint.service.requests.memory import UndoForgetting

        def undone(back: Forgotten) -> None:
            self.returned.emit(back)
            self.done.emit()

        self._bridge.call(UndoForgetting(batch), undone)

    def merge(self, ids: tuple[int, ...], text: str) -> None:
        from nowprint.service.requests.memory import MergeEpisodes

        self._bridge.call(MergeEpisodes(ids, text), lambda one: self._on_made((one,)))

    def split(self, episode_id: int, at: tuple[int, ...]) -> None:
        from nowprint.service.requests.memory import SplitEpisode

        self._bridge.call(SplitEpisode(episode_id, at), self._on_made)

    def _on_made(self, episodes: tuple[Episode, ...]) -> None:
        self.made.emit(tuple(episode.id for episode in episodes))
        self.done.emit()

    def move(self, ids: tuple[int, ...], project: int | None) -> None:
        """From now on recall them only in this project, or (None) everywhere."""
        from nowprint.service.requests.memory import MoveEpisodes

        self._bridge.call(MoveEpisodes(ids, project), lambda _: self.done.emit())

    def confirm(self, ids: tuple[int, ...]) -> None:
        from nowprint.service.requests.memory import ConfirmEpisodes

        self._bridge.call(ConfirmEpisodes(ids), lambda _: self.done.emit())

    def remember(self, text: str, message: Message | None = None) -> None:
        """Remember a text, with its place in ``message`` if the user selected it there.

        A text selected in a formatted answer may differ from the answer's Markdown: then its place is the
        whole message.
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
