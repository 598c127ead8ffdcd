"""What the user does with a message of the conversation on the screen: edit, answer again, continue, fork,
delete, or show another branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu

from nowprint.errors import CoreDied, UserError
from nowprint.gui.chat.transcript import Transcript
from nowprint.gui.core.session import CoreSession

if TYPE_CHECKING:
    from nowprint.gui.chat.message_view import MessageView
    from nowprint.inspection import Forgotten
    from nowprint.persona_records import Otherwise
    from nowprint.records import Conversation
    from nowprint.service.protocol import TurnRequest


class Branches(QObject):
    shown = Signal(int)
    """Another branch is to be read from the core; with the message to go to."""
    forked = Signal(int)
    """The new conversation."""
    hidden = Signal(object)
    """Forgotten: a branch was deleted, for a minute with undo."""
    unneeded = Signal(object)
    """An answer's view: the user says that the memories under it weren't needed."""

    def __init__(
        self,
        session: CoreSession,
        transcript: Transcript,
        begin: Callable[[TurnRequest, MessageView | None, str], None],
        parent: QObject,
    ) -> None:
        """``begin`` starts a turn whose messages take the place of this view and those below it; the text
        is what the user wrote for it. Without a view they come after the last."""
        super().__init__(parent)
        self._session, self._transcript, self._begin = session, transcript, begin
        transcript.retry.connect(self.retry)
        transcript.edited.connect(self._edit)
        transcript.branch.connect(self.show_branch)
        transcript.more.connect(self._open_menu)

    def retry(self, view: MessageView, otherwise: Otherwise | None = None) -> None:
        """Answer again, or for the first time if this is the user's last message; ``otherwise`` says how,
        where not as before."""
        from nowprint.persona_records import AS_USUAL
        from nowprint.service.protocol import Retry

        message = view.message
        request = Retry(message.conversation_id, message.id, otherwise or AS_USUAL)
        self._begin(request, None if message.role == "user" else view, "")

    def last_answer(self) -> MessageView | None:
        views = self._transcript.views
        return views[-1] if views and views[-1].message.role == "assistant" else None

    def retry_last(self) -> None:
        if views := self._transcript.views:
            self.retry(views[-1])

    def go_on(self, view: MessageView) -> None:
        from nowprint.service.protocol import Continue

        self._begin(Continue(view.message.id), view, "")

    def _edit(self, view: MessageView, text: str) -> None:
        from nowprint.service.protocol import Edit

        self._begin(Edit(view.message.id, text), view, text)

    def show_branch(self, message_id: int) -> None:
        from nowprint.service.requests.branches import ShowBranch

        self._session.bridge.call(ShowBranch(message_id), lambda _: self.shown.emit(message_id))

    # --- the menu ------------------------------------------------------------------------------

    def _open_menu(self, view: MessageView, at: QPoint) -> None:
        menu = self.menu(view)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def menu(self, view: MessageView) -> QMenu:
        from nowprint.persona_records import can_be_answered_again  # loaded after the first paint
        from nowprint.records import APP

        menu = QMenu(view)
        menu.setObjectName("message.menu")
        mine = view.message.role == "user"
        idle = not self._session.reason and view.message.state != "writing"
        if mine:
            if view is self._transcript.views[-1]:
                self._entry(menu, "&Answer", lambda: self.retry(view), enabled=idle)
            self._entry(menu, "&Edit", view.edit, enabled=idle)
        elif can_be_answered_again(view.message):
            self._entry(menu, "&Answer again", lambda: self.retry(view), enabled=idle)
            self._entry(menu, "Answer again &otherwise…", lambda: self._ask(view), enabled=idle)
            if view.message.model != APP:
                self._entry(menu, "&Continue this answer", lambda: self.go_on(view), enabled=idle)
            menu.addSeparator()
            self._entry(menu, "Copy as &Markdown", view.copy, enabled=True)
            self._entry(menu, "Copy as &rich text", lambda: _copy_rich(view.text), enabled=True)
        if not mine and view.message.sources and view.message.model != APP:
            menu.addSeparator()
            words = "The memories weren't &needed"
            self._entry(menu, words, lambda: self.unneeded.emit(view), enabled=True)
        menu.addSeparator()
        self._entry(menu, "&Fork into a new chat", lambda: self._fork(view), enabled=idle)
        self._entry(menu, "&Delete from here on", lambda: self._delete(view), enabled=idle)
        return menu

    def _ask(self, view: MessageView) -> None:
        self._transcript.otherwise.emit(view, view.mapToGlobal(view.rect().bottomLeft()))

    @staticmethod
    def _entry(menu: QMenu, text: str, act: Callable[[], object], *, enabled: bool) -> None:
        action = menu.addAction(text, act)
        action.setEnabled(enabled)

    def _fork(self, view: MessageView) -> None:
        from nowprint.service.requests.branches import ForkConversation

        self._session.bridge.call(ForkConversation(view.message.id), self._on_fork, self._tell)

    def _on_fork(self, conversation: Conversation) -> None:
        self._session.refresh_conversations()
        self.forked.emit(conversation.id)

    def _delete(self, view: MessageView) -> None:
        from nowprint.service.requests.branches import DeleteBranch

        def deleted(what: Forgotten) -> None:
            self.shown.emit(0)
            if what.batch:
                self.hidden.emit(what)

        self._session.bridge.call(DeleteBranch(view.message.id), deleted, self._tell)

    def _tell(self, error: UserError) -> None:
        if not isinstance(error, CoreDied):
            self._session.said.emit(str(error), "", None)


def _copy_rich(text: str) -> None:
    from nowprint.gui.widgets.clipboard import copy_rich
    from nowprint.markdown.reader import whole_html  # loaded after the first paint

    copy_rich(whole_html(text), text)
