"""Conversations and turns: connects the transcript, the composer and the list of conversations to the core.

The core writes one answer at a time, in one conversation. Another conversation may be on the screen
meanwhile, so a turn keeps its own text and finds its view by the answer's id. The core tells what it kept
of a message some time after the answer, when the next turn may have begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.errors import CoreDied, UserError
from nowprint.gui.chat.branching.branches import Branches
from nowprint.gui.chat.chat_persona import ChatPersona
from nowprint.gui.chat.composer import Composer
from nowprint.gui.chat.kept_elsewhere import KeptElsewhere
from nowprint.gui.chat.memory_mode import MemoryMode
from nowprint.gui.chat.paging import Pages
from nowprint.gui.chat.thinking.think_switch import ThinkSwitch
from nowprint.gui.chat.thinking.thoughts import Thoughts
from nowprint.gui.chat.transcript import Transcript
from nowprint.gui.chat.turn import RunningTurn
from nowprint.gui.core.session import CoreSession
from nowprint.gui.sidebar.conversation_model import UNTITLED
from nowprint.gui.sidebar.conversation_requests import ConversationRequests
from nowprint.gui.sidebar.conversations_panel import ConversationsPanel

if TYPE_CHECKING:
    from nowprint.events import Answer, Stored, TurnEvent
    from nowprint.gui.chat.message_view import MessageView
    from nowprint.records import Conversation
    from nowprint.service.protocol import TurnRequest


class Chat(QObject):
    started = Signal()
    finished = Signal(object)
    """The Answer, or the UserError that the turn ended with."""
    stored = Signal(object)
    """Stored: what was kept of a message, possibly nothing."""
    figures = Signal(object)
    """AnswerText or Answer, for the status bar."""
    opened = Signal()
    """Another conversation, or a new one, is on the screen."""
    shown = Signal()
    """The messages of that conversation are laid out."""
    forget_asked = Signal(tuple)
    """Recollections that match what the user asked to forget in the chat."""
    deleted = Signal()
    """A conversation and its messages are gone."""

    def __init__(
        self,
        session: CoreSession,
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
        self._project: int | None = None  # of a conversation that has no message yet
        self._uses = (True, True)  # likewise: recalls, captures
        self.turn: RunningTurn | None = None
        self.last: RunningTurn | None = None
        """The turn that has ended last."""
        self.look_again = False
        """Messages went, or came back: when the list comes, the conversation on the screen is read again."""
        self._kept = KeptElsewhere(transcript)
        self.requests = ConversationRequests(session.bridge, self)
        self.thinking = ThinkSwitch(session, composer.think, panel, self.requests)
        self.persona = ChatPersona(session, panel, self.requests)
        self.pages = Pages(session, transcript, self)
        self.thoughts = Thoughts(transcript.theme, transcript)
        self.thoughts.answer_now.connect(session.bridge.answer_now)
        self.branches = Branches(session, transcript, self._branch, self)
        self.branches.shown.connect(self._show_branch)
        self.branches.forked.connect(self._show_fork)
        self.branches.hidden.connect(self.requests.hidden)
        self.pages.elsewhere.connect(self.branches.show_branch)
        composer.stop.connect(self.stop)
        transcript.laid.connect(self._on_laid)
        transcript.example.connect(composer.add)
        transcript.quote.connect(composer.quote)
        panel.opened.connect(self.open)
        panel.new.connect(self.new)
        composer.memory.chosen.connect(self.use_memory)
        session.settings_changed.connect(self.show_use)
        session.changed.connect(self._gate)
        session.died.connect(self._on_death)
        session.stored.connect(self._on_stored)

    # --- conversations ---------------------------------------------------------------------

    def new(self, *, temporary: bool = False, project: int | None = None) -> None:
        self._leave()
        self.conversation_id = None
        self.temporary = temporary
        self._project, self._uses = project, (True, True)
        self.persona.wanted = None
        self.pages.goal = None
        self.transcript.clear(welcome=True)
        self.panel.select(None)
        self._gate()
        self.show_use()
        self.composer.input.setFocus()
        self.opened.emit()

    def open(self, conversation_id: int) -> None:
        if conversation_id != self.conversation_id:
            self.pages.goal = None
        self._leave()
        self.conversation_id = conversation_id
        self.temporary = conversation_id in self.panel.model.temporary
        self.transcript.clear(welcome=False)
        self.panel.select(conversation_id)
        self._gate()
        self.show_use()
        self.pages.begin(conversation_id)
        self.opened.emit()

    def _leave(self) -> None:
        """Leave the conversation on the screen: what the core still sends for it won't be shown."""
        self.pages.leave()
        if self.turn:
            self.turn.shown = False

    def go_to(self, conversation_id: int, message_id: int, start: int, end: int) -> None:
        """Show the place in a message, opening its conversation and earlier pages as needed."""
        elsewhere = conversation_id != self.conversation_id
        if elsewhere:
            self.open(conversation_id)
        self.pages.goal = (message_id, start, end)
        if not elsewhere:
            self.pages.seek()

    def title(self) -> str:
        conversation = self.panel.model.conversation(self.conversation_id)
        if conversation and conversation.title:
            return conversation.title
        return "Temporary chat" if self.temporary and not conversation else UNTITLED

    @property
    def project(self) -> int | None:
        """The project of the conversation on the screen; None if it belongs to none."""
        conversation = self.panel.model.conversation(self.conversation_id)
        return conversation.project if conversation else self._project

    def use(self) -> MemoryMode:
        """What the memory does in the conversation on the screen."""
        conversation = self.panel.model.conversation(self.conversation_id)
        uses = (conversation.recalls, conversation.captures) if conversation else self._uses
        return MemoryMode(*uses, self.temporary, self.session.settings.memory, self.persona.scope)

    def use_memory(self, recalls: bool, captures: bool) -> None:
        self._uses = (recalls, captures)
        if self.conversation_id is not None:
            self.panel.change(self.conversation_id, recalls=recalls, captures=captures)
            self.requests.use_memory(self.conversation_id, recalls, captures)
        self.show_use()

    def show_use(self) -> None:
        self.thinking.show_chat(self.conversation_id)
        self.persona.show_chat(self.conversation_id)
        self.composer.memory.show_use(self.use())

    def _on_laid(self) -> None:
        self._catch_up()
        self._kept.catch_up()
        self.pages.seek()
        self.shown.emit()

    # --- a turn ----------------------------------------------------------------------------

    def send(self, text: str, elsewhere: int | None = None) -> None:
        """Send a message in the conversation on the screen, or in another."""
        from nowprint.records import NewConversation
        from nowprint.service.protocol import Send

        if self.turn or self.session.reason:
            return
        there, temporary = self.conversation_id, self.temporary
        if elsewhere is not None:
            there, temporary = elsewhere, elsewhere in self.panel.model.temporary
        turn = self.turn = RunningTurn(there, text, temporary=temporary)
        turn.shown = elsewhere is None
        self.composer.set_writing(True)
        wanted = (self.thinking.wanted, self.persona.wanted)
        new = NewConversation(turn.temporary, self._project, *self._uses, *wanted)
        self._run(turn, Send(new if there is None else there, text))

    def _branch(self, request: TurnRequest, view: MessageView | None, text: str) -> None:
        if self.turn or self.session.reason or self.conversation_id is None:
            return
        turn = self.turn = RunningTurn(self.conversation_id, text, temporary=self.temporary)
        turn.cut = view.message.id if view else None
        self.composer.input.setFocus()  # what had it goes with the messages
        self.composer.set_writing(True)
        self._run(turn, request)

    def _show_fork(self, conversation_id: int) -> None:
        self.open(conversation_id)
        self.composer.input.setFocus()

    def _show_branch(self, message_id: int) -> None:
        self.composer.input.setFocus()  # what had it goes with the messages
        if self.conversation_id is not None:
            self.open(self.conversation_id)
            if message_id:
                self.pages.goal = (message_id, 0, 0)
        self.session.refresh_conversations()

    def stop(self) -> None:
        if self.turn:
            self.turn.stopped = True
            self.session.bridge.stop()

    def _run(self, turn: RunningTurn, request: TurnRequest) -> None:
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

    def _on_event(self, turn: RunningTurn, event: TurnEvent) -> None:
        from nowprint import events

        view = self._view()
        match event:
            case events.Started():
                if event.conversation:
                    self._on_made(turn, event.conversation)
                turn.message, turn.answer = event.message, event.answer
                self._show_started(turn)
                self.started.emit()
            case events.Progress():
                turn.task = event.task
                self.session.progress.emit(event)
                if view and event.fraction != 1.0:
                    view.wait(f"{event.task}…")
            case events.Recalled() if view:
                view.set_sources(tuple(memory.episode.id for memory in event.memories))
            case events.HistoryTrimmed() if view:
                self.transcript.trimmed(event.messages)
            case events.ThoughtText() if turn.answer:
                self._end_task(turn)
                if view:
                    view.wait("")
                self.thoughts.take(turn.answer.id, event)
            case events.AnswerText():
                turn.said += event.text
                self._end_task(turn)
                if view and event.text:
                    self.thoughts.end(view.message.id)
                    view.append(event.text)
                self.figures.emit(event)
            case events.Resonated() if view:
                self.transcript.remind(view, event.episode)
            case events.Answer():
                turn.answer = event.message
                if view:
                    view.finish(event.message)
                    view.set_sources(event.sources)
                self.figures.emit(event)
            case events.ForgettingAsked():
                self.forget_asked.emit(event.matches)

    def _on_made(self, turn: RunningTurn, conversation: Conversation) -> None:
        """The core has created the conversation that begins with this turn."""
        turn.conversation_id = conversation.id
        if turn.temporary:
            self.panel.model.temporary[conversation.id] = conversation
        if turn.shown:
            self.conversation_id = self.pages.conversation_id = conversation.id
        self.panel.add(conversation)
        if turn.shown:
            self.panel.select(conversation.id)
            self._keep_chosen(conversation)
        self.session.refresh_conversations()
        self.opened.emit()
        self._gate()

    def _keep_chosen(self, made: Conversation) -> None:
        """What the user chose while the core was creating the conversation holds in it."""
        self.thinking.begin(made)
        self.persona.begin(made)
        if self._uses != (made.recalls, made.captures) and not self.temporary:
            self.use_memory(*self._uses)

    def _show_started(self, turn: RunningTurn) -> None:
        if turn.conversation_id != self.conversation_id or not turn.message or not turn.answer:
            return
        if turn.cut is not None:
            self.transcript.cut(turn.cut)
        if not self.transcript.view(turn.message.id):
            self.transcript.add(turn.message)
        turn.said = turn.answer.text  # one that is continued has begun
        view = self.transcript.add(turn.answer)
        view.wait("Reading…")
        self.transcript.to_end()

    def _on_stored(self, stored: Stored) -> None:
        self._kept.show(stored.message_id, stored.kept)
        self.stored.emit(stored)

    def _catch_up(self) -> None:
        """If the running turn's conversation is on the screen again, show what was written meanwhile."""
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
        if view and view.message.state == "writing":  # else the core died just after its answer
            view.wait("")
            view.draw()
            view.set_state("broken")
        self._end()
        lost = turn and not turn.answer and not turn.queued and turn.text
        if turn and lost and not self.composer.input.toPlainText():
            self.composer.put(turn.text)  # nothing was committed: give the text back
        if not isinstance(error, CoreDied):
            self.session.say_for_now(str(error))
        self.finished.emit(error)

    def _end(self) -> None:
        view = self._view()
        if self.turn:
            self._end_task(self.turn)
        self.last, self.turn = self.turn, None
        self.composer.set_writing(False)
        self._gate()
        if view:
            self.thoughts.end(view.message.id)
            view.set_last(True)
        if self.session.usable:
            self.session.refresh_conversations()

    def _end_task(self, turn: RunningTurn) -> None:
        from nowprint.events import Progress

        if turn.task:
            self.session.progress.emit(Progress(turn.task, 1.0))
            turn.task = ""

    def _on_death(self) -> None:
        self.panel.model.temporary.clear()  # they existed in the core's RAM only
        if self.temporary and self.conversation_id is not None:
            self.conversation_id = None  # the next message begins another temporary one
            self.panel.select(None)
            self.transcript.bury()
            self.show_use()
            self.opened.emit()

    def _gate(self) -> None:
        turn = self.turn
        beginning = turn is not None and turn.conversation_id is None and not turn.shown
        self.composer.block(
            self.session.reason
            or ("Still beginning another conversation; Esc stops it." if beginning else "")
        )
