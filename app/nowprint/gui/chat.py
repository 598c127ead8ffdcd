"""Conversations and turns: what the transcript and the composer do with the core.

One answer is written at a time, in one conversation; another conversation may be on the screen
meanwhile, so a turn keeps its own text and finds its view by the answer's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.errors import CoreDied, NotFound, UserError
from nowprint.gui.composer import Composer
from nowprint.gui.conversations import ConversationsPanel
from nowprint.gui.session import Session
from nowprint.gui.transcript import PAGE, Transcript

if TYPE_CHECKING:
    from nowprint.gui.message_view import MessageView
    from nowprint.records import Answer, Conversation, Kept, Message, TurnEvent
    from nowprint.service.protocol import Retry, Send


class Turn:
    """The turn that runs: ``text`` is what the user sent, ``said`` the answer so far."""

    def __init__(self, conversation_id: int | None, text: str, *, temporary: bool = False) -> None:
        self.conversation_id = conversation_id  # None until the core has made it
        self.text = text
        self.temporary = temporary
        self.made_for = conversation_id is None
        """The conversation begins with this turn: refused, it leaves none behind."""
        self.shown = True
        """The conversation on the screen is this turn's, also while it has no id."""
        self.stopped = False
        """Stop was asked for before anything was sent."""
        self.message: Message | None = None
        self.answer: Message | None = None
        self.said = ""
        self.task = ""
        """What goes on before the first word, as it was last told."""


class Chat(QObject):
    started = Signal()
    finished = Signal(object)
    """The Answer, or the UserError that the turn ended with."""
    stored = Signal(tuple)
    """What the turn kept (Kept), possibly nothing."""
    figures = Signal(object)
    """AnswerText or Answer, for the status bar."""
    opened = Signal()
    """Another conversation, or a new one, is on the screen."""
    shown = Signal()
    """Its messages are laid down."""
    forgotten = Signal(int)

    def __init__(
        self,
        session: Session,
        transcript: Transcript,
        composer: Composer,
        panel: ConversationsPanel,
    ) -> None:
        super().__init__(session)
        self.session = session
        self.transcript = transcript
        self.composer = composer
        self.panel = panel
        self.conversation_id: int | None = None
        self.temporary = False
        self.turn: Turn | None = None
        self._goal: tuple[int, int, int] | None = None
        self._listing = 0  # replies to older questions for messages are dropped
        composer.send.connect(self.send)
        composer.stop.connect(self.stop)
        transcript.retry.connect(self.retry)
        transcript.earlier_answer.connect(self._show_earlier_answer)
        transcript.earlier_messages.connect(self._list_messages)
        transcript.laid.connect(self._on_laid)
        transcript.example.connect(composer.put)
        panel.opened.connect(self.open)
        panel.new.connect(self.new)
        panel.renamed.connect(self._rename)
        panel.deleted.connect(self._delete)
        session.conversations.connect(panel.show_list)
        session.changed.connect(self._gate)
        session.died.connect(self._on_death)
        session.stored.connect(self._show_kept)

    # --- conversations ---------------------------------------------------------------------

    def new(self, *, temporary: bool = False) -> None:
        self._leave()
        self.conversation_id = None
        self.temporary = temporary
        self._goal = None
        self.transcript.clear(welcome=True)
        self.panel.select(None)
        self._gate()
        self.composer.input.setFocus()
        self.opened.emit()

    def open(self, conversation_id: int) -> None:
        self._leave()
        self.conversation_id = conversation_id
        self.temporary = conversation_id in self.panel.model.temporary
        self.transcript.clear(welcome=False)
        self.panel.select(conversation_id)
        self._gate()
        self._list_messages(None)
        self.opened.emit()

    def _leave(self) -> None:
        """What the core still makes, or lists, for what was here won't come onto the screen."""
        self._listing += 1
        if self.turn:
            self.turn.shown = False

    def go_to(self, conversation_id: int, message_id: int, start: int, end: int) -> None:
        """Show the place in a message, opening its conversation and earlier pages as needed."""
        self._goal = (message_id, start, end)
        if conversation_id != self.conversation_id:
            self.open(conversation_id)
        elif self.transcript.go_to(*self._goal):
            self._goal = None
        elif self.transcript.views:
            self._list_messages(self.transcript.views[0].message.id)

    def title(self) -> str:
        row = self.panel.model.row_of(self.conversation_id)
        if row >= 0:
            return self.panel.model.title(row)
        return "Temporary chat" if self.temporary else "New chat"

    def _list_messages(self, before: int | None) -> None:
        from nowprint.service.protocol import ListMessages

        if self.conversation_id is None:
            return
        self._listing += 1
        listing = self._listing

        def listed(messages: tuple[Message, ...]) -> None:
            if listing == self._listing:
                if not messages and before is not None:
                    self._goal = None
                self.transcript.add_earlier(messages, PAGE)

        def failed(error: UserError) -> None:
            if listing == self._listing:
                self.transcript.offer_earlier(bool(self.transcript.views))
            if not isinstance(error, CoreDied):
                self.session.said.emit(str(error), "", None)

        self.transcript.offer_earlier(False)
        self.session.bridge.call(ListMessages(self.conversation_id, before, PAGE), listed, failed)

    def _on_laid(self) -> None:
        self._catch_up()
        if self._goal and self.transcript.go_to(*self._goal):
            self._goal = None
        elif self._goal and self.transcript.views:
            self._list_messages(self.transcript.views[0].message.id)
        self.shown.emit()

    def _rename(self, conversation_id: int, title: str) -> None:
        from nowprint.service.protocol import RenameConversation

        def renamed(conversation: Conversation) -> None:
            if conversation.id in self.panel.model.temporary:
                self.panel.model.temporary[conversation.id] = conversation
            self.session.refresh_conversations()
            self.opened.emit()

        self.session.bridge.call(RenameConversation(conversation_id, title), renamed)

    def _delete(self, conversation_id: int, forget: bool) -> None:
        from nowprint.service.protocol import DeleteConversation

        def deleted(episodes: int) -> None:
            self.panel.model.temporary.pop(conversation_id, None)
            if conversation_id == self.conversation_id:
                self.new()
            self.session.refresh_conversations()
            self.forgotten.emit(episodes)

        self.session.bridge.call(DeleteConversation(conversation_id, forget), deleted)

    # --- a turn ----------------------------------------------------------------------------

    def send(self, text: str) -> None:
        from nowprint.service.protocol import CreateConversation, Send

        if self.turn or self.session.reason:
            return
        turn = self.turn = Turn(self.conversation_id, text, temporary=self.temporary)
        self.composer.set_writing(True)
        if turn.conversation_id is not None:
            self._run(turn, Send(turn.conversation_id, text))
            return

        def created(conversation: Conversation) -> None:
            turn.conversation_id = conversation.id
            if turn.temporary:
                self.panel.model.temporary[conversation.id] = conversation
            if turn.shown:
                self.conversation_id = conversation.id
                self.panel.select(conversation.id)  # marked once the list has it
            self._run(turn, Send(conversation.id, text))
            self.session.refresh_conversations()
            self.opened.emit()

        self.session.bridge.call(CreateConversation(turn.temporary), created, self._failed)

    def retry(self) -> None:
        from nowprint.service.protocol import Retry

        if self.turn or self.session.reason or self.conversation_id is None:
            return
        turn = self.turn = Turn(self.conversation_id, "", temporary=self.temporary)
        self.composer.set_writing(True)
        self._run(turn, Retry(self.conversation_id))

    def stop(self) -> None:
        if self.turn:
            self.turn.stopped = True
            self.session.bridge.stop()

    def _run(self, turn: Turn, request: Send | Retry) -> None:
        self._gate()
        self.session.bridge.turn(
            request, lambda event: self._on_event(turn, event), self._done, self._failed
        )
        if turn.stopped:
            self.session.bridge.stop()

    def _view(self) -> MessageView | None:
        turn = self.turn
        if turn and turn.answer and turn.conversation_id == self.conversation_id:
            return self.transcript.view(turn.answer.id)
        return None

    def _on_event(self, turn: Turn, event: TurnEvent) -> None:
        from nowprint import records

        view = self._view()
        match event:
            case records.Started():
                turn.message, turn.answer = event.message, event.answer
                self._show_started(turn)
                self.started.emit()
            case records.Progress():
                turn.task = event.task
                self.session.progress.emit(event)
                if view and event.fraction != 1.0:
                    view.wait(f"{event.task}…")
            case records.Recalled() if view:
                view.set_sources(tuple(memory.episode.id for memory in event.memories))
            case records.HistoryTrimmed() if view:
                self.transcript.trimmed(event.messages)
            case records.AnswerText():
                turn.said += event.text
                self._end_task(turn)
                if view:
                    view.append(event.text)
                self.figures.emit(event)
            case records.Resonated() if view:
                self.transcript.remind(view, event.episode)
            case records.Answer():
                turn.answer = event.message
                if view:
                    view.finish(event.message)
                    view.set_sources(event.sources)
                self.figures.emit(event)
            case records.Stored():
                self._show_kept(event.kept)

    def _show_started(self, turn: Turn) -> None:
        if turn.conversation_id != self.conversation_id or not turn.message or not turn.answer:
            return
        if not self.transcript.view(turn.message.id):
            self.transcript.add(turn.message)
        if turn.answer.replaces is not None:
            view = self.transcript.replace_last(turn.answer)
        else:
            view = self.transcript.add(turn.answer)
        view.wait("Reading…")
        self.transcript.to_end()

    def _show_kept(self, kept: tuple[Kept, ...]) -> None:
        """Under the message that it was read from, if that is on the screen."""
        for one in kept:
            from_ids = [source.message_id for source in one.episode.sources]
            views = [v for id in from_ids if (v := self.transcript.view(id))]
            if view := views[-1] if views else self._view():
                view.add_kept(one)
        self.stored.emit(kept)

    def _catch_up(self) -> None:
        """The conversation that is being answered in came back on the screen."""
        view = self._view()
        if view and self.turn and self.turn.said != view.text:
            view.text = ""
            view.append(self.turn.said)

    def _done(self, answer: Answer) -> None:
        self.session.answered()
        self._end()
        self.finished.emit(answer)

    def _failed(self, error: UserError) -> None:
        turn, view = self.turn, self._view()
        if view and view.message.state == "writing":  # else it was only judged after its answer
            view.wait("")
            view.draw()
            view.set_state("broken")
        self._end()
        if turn and not turn.answer and turn.text and not self.composer.input.toPlainText():
            self.composer.put(turn.text)  # nothing was committed: the text is the user's again
        if not isinstance(error, CoreDied):
            if turn and turn.made_for and turn.conversation_id is not None and not turn.answer:
                self._take_back(turn.conversation_id)
            self.session.say_for_now(str(error))
        self.finished.emit(error)

    def _take_back(self, conversation_id: int) -> None:
        """Its first message was refused: no empty conversation stays behind."""
        if conversation_id == self.conversation_id:
            self.conversation_id = None
            self.panel.select(None)
        self._delete(conversation_id, False)

    def _end(self) -> None:
        view = self._view()
        if self.turn:
            self._end_task(self.turn)
        self.turn = None
        self.composer.set_writing(False)
        self._gate()
        if view:
            view.set_last(True)
        if self.session.usable:
            self.session.refresh_conversations()

    def _end_task(self, turn: Turn) -> None:
        from nowprint.records import Progress

        if turn.task:
            self.session.progress.emit(Progress(turn.task, 1.0))
            turn.task = ""

    def _on_death(self) -> None:
        self.panel.model.temporary.clear()  # they lived in the core's memory only
        if self.temporary and self.conversation_id is not None:
            self.conversation_id = None  # the next message makes another, temporary as this one
            self.panel.select(None)
            self.transcript.bury()
            self.opened.emit()

    def _gate(self) -> None:
        turn = self.turn
        elsewhere = turn is not None and (
            turn.conversation_id != self.conversation_id
            or (turn.conversation_id is None and not turn.shown)
        )
        self.composer.block(
            self.session.reason
            or ("Still answering in another conversation; Esc stops it." if elsewhere else "")
        )

    # --- earlier answers -------------------------------------------------------------------

    def _show_earlier_answer(self, view: MessageView) -> None:
        from nowprint.service.protocol import GetMessage

        if view.older:
            view.show_older(view.older.message)
        elif view.message.replaces is not None:
            self.session.bridge.call(
                GetMessage(view.message.replaces), view.show_older, self._no_earlier
            )

    def _no_earlier(self, error: UserError) -> None:
        if isinstance(error, NotFound):
            self.session.said.emit("That earlier answer was deleted.", "", None)
