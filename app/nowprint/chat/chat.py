"""The conversations of one profile: its store, its memory and the engine that is loaded.

Turns, models and idle work run on the core's generating thread. The memory thread calls ``preview`` and the
methods that change conversations. Settings may be changed on any thread. This module commits a message;
answering.py does the rest of its turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Event

from nowprint.chat import forgetting_asked, past_asked
from nowprint.chat.answering import Answering, Emit, MemoryParts
from nowprint.chat.functional_resonance import FunctionalResonance
from nowprint.chat.judge import Judge
from nowprint.chat.loaded_model import LoadedModel
from nowprint.chat.own_answers import spoken
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.chat.replay import Replayer
from nowprint.chat.signature_resonance import StoredSignatures
from nowprint.chat.titles import TitleMaker
from nowprint.chat.who_answers import WhoAnswers
from nowprint.context_records import ChatContext
from nowprint.engine.engine import Engine
from nowprint.errors import ModelFileError, UserError
from nowprint.events import Answer, Notice, Started, TurnEvent
from nowprint.inspection import Announcement
from nowprint.language.forget_phrases import wished
from nowprint.language.past_questions import PastQuestion, asked_of_past
from nowprint.memory.browse.past import Past
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.persona_records import AS_USUAL, Otherwise, can_be_answered_again
from nowprint.records import APP, Conversation, Message, NewConversation, Preview
from nowprint.settings import Settings

_Begin = Callable[[ConversationStore, tuple[Message, ...], Message, Message], Answering]
TEMPORARY_IDS = 1 << 40
"""Ids of at least this belong to temporary chats, whose store is in the process's memory only."""


class Chat(LoadedModel):
    """The conversations of one profile, with its memory and the engine that is loaded."""

    def __init__(
        self,
        store: ConversationStore,
        memory: Memory,
        settings: Settings,
        announce: Callable[[Announcement], None] = lambda _: None,
        wanted: Event | None = None,
    ) -> None:
        """``announce`` is called with events that belong to no turn. ``wanted`` is set while a request waits
        for the generating thread."""
        self._off = Event()
        self._settings = settings
        self._wanted = wanted or Event()
        super().__init__(store, memory, announce)
        self._store = store
        self._temporary = ConversationStore(None, first_id=TEMPORARY_IDS)
        self._memory = memory
        self.judge = Judge(store, memory)
        caches = self.contexts.caches
        self._reading = Replayer(store, memory, self.judge, announce, self._wanted, caches)
        self._resonance = FunctionalResonance(memory)
        self._titles = TitleMaker(store, memory, announce)
        self._remembering = MemoryParts(
            store=store,
            memory=memory,
            judge=self.judge,
            influence=self._influence,
            resonance=self._resonance,
            moments=StoredSignatures(store, memory),
            wanted=self._wanted,
            contexts=self.contexts,
        )
        self._hidings = 0
        self._running: Answering | None = None
        self.settings = settings

    @property
    def settings(self) -> Settings:
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        """A running turn goes on with the settings that it began with. But switching memory off takes
        effect at once, and for that turn memory stays off."""
        if self._settings.memory and not settings.memory:
            self._store.database.hidings += 1
        self._settings = settings
        if settings.memory:
            self._memory.verdicts.off.clear()
        else:
            self._memory.verdicts.off.set()
            self._off.set()

    def let_go(self) -> None:
        """To be called after memory was switched off. When this returns, nothing is captured any more, and
        from the running turn nothing ever will be."""
        with self._store.database.lock:  # whatever was being written is finished
            if running := self._running:
                running.let_go()

    def preview(self, keep: float, limit: int) -> Preview:
        """What the sensitivity ``keep`` would have kept of all messages so far; needs no model. Runs on the
        memory thread, which must not call llama.cpp."""
        return self.judge.preview(self.loaded, keep, limit)

    # --- conversations -------------------------------------------------------------------------

    def store_of(self, id: int) -> ConversationStore:
        """The store that holds the conversation or message with this id."""
        return self._temporary if id >= TEMPORARY_IDS else self._store

    def create_conversation(self, new: NewConversation) -> Conversation:
        thinks = self.settings.think if new.thinks is None else new.thinks
        if new.temporary:
            id = self._temporary.create_conversation("Temporary chat").id
            self._temporary.think(id, thinks)
            self._temporary.choose_persona(id, new.persona)
            return self._temporary.use_memory(id, recalls=False, captures=False)
        with self._store.database.writing():
            made = self._store.create_conversation()
            self._store.think(made.id, thinks)
            self._store.choose_persona(made.id, new.persona)
            if new.project is not None:
                self.move_conversation(made.id, new.project)
            return self.use_memory(made.id, recalls=new.recalls, captures=new.captures)

    def use_memory(self, id: int, *, recalls: bool, captures: bool) -> Conversation:
        if id >= TEMPORARY_IDS:
            raise UserError("A temporary chat never uses memory: begin another chat for that.")
        return self._store.use_memory(id, recalls=recalls, captures=captures)

    def choose_persona(self, conversation_id: int, persona: int | None) -> Conversation:
        if persona:
            self._memory.personas.get(persona)
        return self.store_of(conversation_id).choose_persona(conversation_id, persona)

    def move_conversation(self, id: int, project: int | None) -> Conversation:
        if id >= TEMPORARY_IDS:
            raise UserError("A temporary chat belongs to no project: begin another chat for that.")
        return self._memory.projects.move_conversation(id, project)

    # --- one turn ------------------------------------------------------------------------------

    def send(
        self, conversation: int | NewConversation, text: str, stop: Event, emit: Emit
    ) -> Answer:
        """Commit the message, together with its conversation if that is new, and answer it.

        UserError if the message or the model can't be used; then nothing has changed.
        """
        self._let_go_of_hidden()
        text = _sendable(text)
        if wish := wished(text):
            id, tell = self._opened(conversation, emit)
            return forgetting_asked.answer(self.store_of(id), self._memory, id, text, wish, tell)
        if overview := self._overview(conversation, text):
            id, tell = self._opened(conversation, emit)
            return past_asked.answer(self._store, self._memory, id, text, *overview, tell)
        who, answering = self._begin(conversation)
        self.builder.check(text)
        store = self._store_for(conversation)
        with store.database.writing():  # both or neither: else the user would send it again
            id, tell = self._opened(conversation, emit)
            history = spoken(store.messages(id))
            user = store.add_message(id, "user", text)
            answer = self._add_answer(store, id, who)
        return self._run(answering(store, history, user, answer), stop, tell)

    def _overview(self, told: int | NewConversation, text: str) -> tuple[PastQuestion, Past] | None:
        """What the text asks of the past, and what is kept of it; None if the model is to answer."""
        conversation = self._conversation(told)
        if (
            not self.settings.memory
            or not conversation.recalls
            or self._store_for(told) is not self._store
        ):
            return None
        asked = asked_of_past(text, time.time())
        who = self._who(conversation)
        if asked is None or not who.uses_memory:
            return None
        past = self._memory.past.find(
            asked.about, asked.periods, project=who.scope, alone=who.alone
        )
        if self._memory.verdicts.off.is_set():
            return None
        # in a chat that has begun, what isn't kept may have been said there
        begins = isinstance(told, NewConversation) or not self._store.messages(told)
        return (asked, past) if past.episodes or (asked.told and begins) else None

    def _conversation(self, told: int | NewConversation) -> Conversation | NewConversation:
        return self.store_of(told).conversation(told) if isinstance(told, int) else told

    def _who(
        self, conversation: Conversation | NewConversation, otherwise: Otherwise = AS_USUAL
    ) -> WhoAnswers:
        chosen = conversation.persona if otherwise.persona is None else otherwise.persona
        project = conversation.project
        return WhoAnswers(project, *self._memory.personas.answering(chosen, project), otherwise)

    def _store_for(self, conversation: int | NewConversation) -> ConversationStore:
        if isinstance(conversation, NewConversation):
            return self._temporary if conversation.temporary else self._store
        return self.store_of(conversation)

    def _opened(self, conversation: int | NewConversation, emit: Emit) -> tuple[int, Emit]:
        """The conversation's id, created if it is new, and the function that emits the turn's events: the
        ``Started`` event carries a new conversation."""
        if not isinstance(conversation, NewConversation):
            return conversation, emit
        made = self.create_conversation(conversation)

        def tell(event: TurnEvent) -> None:
            emit(replace(event, conversation=made) if isinstance(event, Started) else event)

        return made.id, tell

    def edit(self, message_id: int, text: str, stop: Event, emit: Emit) -> Answer:
        """Commit another message in the place of one of the user's, on a branch of its own, and answer it."""
        self._let_go_of_hidden()
        store = self.store_of(message_id)
        old = store.message(message_id)
        if old.role != "user":
            raise UserError("Only your own messages can be edited: choose one of them.")
        text = _sendable(text)
        cid, parent = old.conversation_id, old.parent
        if overview := self._overview(cid, text):
            return past_asked.answer(store, self._memory, cid, text, *overview, emit, parent)
        who, answering = self._begin(cid)
        self.builder.check(text)
        history = spoken(store.messages(cid, leaf=parent))
        with store.database.writing():
            user = store.add_message(cid, "user", text, parent=parent)
            answer = self._add_answer(store, cid, who)
        return self._run(answering(store, history, user, answer), stop, emit)

    def go_on(self, answer_id: int, stop: Event, emit: Emit) -> Answer:
        """Continue an answer in a copy on a branch of its own. The old one stays as it is."""
        self._let_go_of_hidden()
        store = self.store_of(answer_id)
        old = store.message(answer_id)
        history = spoken(store.messages(old.conversation_id, leaf=old.parent))
        if old.role != "assistant" or old.model == APP or not history or not old.text:
            raise UserError("Only an answer that has begun can be continued: choose one.")
        who, answering = self._begin(old.conversation_id)
        self.builder.check(f"{history[-1].text}\n{old.text}")
        answer = self._add_answer(store, old.conversation_id, who, old.text, old.id)
        return self._run(answering(store, history[:-1], history[-1], answer), stop, emit)

    def retry(
        self,
        conversation_id: int,
        stop: Event,
        emit: Emit,
        answer_id: int | None = None,
        otherwise: Otherwise = AS_USUAL,
    ) -> Answer:
        """Answer a message of the user's again, on a branch of its own: the one that ``answer_id`` answered,
        or the last one that is shown. ``otherwise`` holds for this answer alone."""
        self._let_go_of_hidden()
        store = self.store_of(conversation_id)
        told = store.messages(conversation_id, leaf=answer_id)
        history = spoken(told)
        if told and told[-1] not in history:
            if not can_be_answered_again(told[-1]):
                raise UserError("Nowprint itself said this: there is nothing to answer again.")
            history = (*history, *told[-2:])  # a list of memories: now the model answers
        at = next((i for i in reversed(range(len(history))) if history[i].role == "user"), None)
        if at is None:
            raise UserError("There is nothing to answer again in this conversation yet.")
        who, answering = self._begin(conversation_id, otherwise)
        self.builder.check(history[at].text)
        old = history[at + 1].id if at + 1 < len(history) else None
        answer = self._add_answer(store, conversation_id, who, replaces=old)
        return self._run(answering(store, history[:at], history[at], answer), stop, emit)

    def keep_broken(self, message_id: int, text: str) -> None:
        """Lengthen a broken answer to the ``text`` that the front end had received before the crash."""
        if message_id >= TEMPORARY_IDS:
            return  # temporary chats are lost with the core
        message = self._store.message(message_id)
        if message.state == "broken" and text.startswith(message.text):
            self._store.update_message(message_id, text, "broken")

    def _begin(
        self, told: int | NewConversation, otherwise: Otherwise = AS_USUAL
    ) -> tuple[WhoAnswers, _Begin]:
        """Who answers, and a constructor of a turn's ``Answering``, with the present settings. The model that
        answers is loaded."""
        off = self._off = Event()  # made before the settings are read, so that no change is missed
        settings = self.settings
        who = self._who(self._conversation(told), otherwise)
        self.answer_with(who)
        own = who.settings(self.model_settings)
        self.builder.answer_tokens, self.builder.system = own.answer_tokens, own.system
        made = partial(
            Answering, self.engine, self.builder, settings, own, who, off, self._remembering
        )
        return who, made

    def _add_answer(
        self,
        store: ConversationStore,
        conversation_id: int,
        who: WhoAnswers,
        begun: str = "",
        replaces: int | None = None,
    ) -> Message:
        return store.add_message(
            conversation_id,
            "assistant",
            begun,
            state="writing",
            model=self.engine.info.name,
            replaces=replaces,
            persona=who.name,
            kept_in=who.kept_in,
        )

    def _run(self, answering: Answering, stop: Event, emit: Emit) -> Answer:
        self._running = answering
        self._titles.note(answering.conversation.id)
        self.contexts.caches.turn_to(self.engine.context, answering.conversation.id)
        self.engine.thinks = answering.conversation.thinks
        try:
            return answering.run(stop, emit)
        finally:
            self._running = None

    def _let_go_of_hidden(self) -> None:
        """Hold nothing in memory of what the user has meanwhile forgotten, deleted, or not wanted used. To be
        called before anything is read for a prompt: what is hidden after that is noticed the next time."""
        if (now := self._hidings_now) != self._hidings:
            self._hidings = now
            self.contexts.clear(self._engine)
            if self._prompts:
                self._prompts.forget()

    @property
    def _hidings_now(self) -> int:
        return self._store.database.hidings + self._temporary.database.hidings

    def context(self, conversation_id: int) -> ChatContext | None:
        """See ``Contexts.get``; None, too, if something of it may have been forgotten. On any thread."""
        if self._hidings_now != self._hidings:
            return None
        return self.contexts.get(self.store_of(conversation_id), conversation_id)

    def answer_now(self) -> None:
        """End the thought of the answer that is being written; the model answers. On any thread."""
        if running := self._running:
            running.enough.set()

    def idle(self) -> None:
        """Work for the time when no request waits; it ends when ``wanted`` is set."""
        self._let_go_of_hidden()
        if self._engine and self._prompts:
            self._titles.make(self._engine, self._prompts, self._wanted)
        if not self.settings.memory:
            self._influence.clear()
        elif self._engine and self._prompts:
            try:
                self._catch_up(self._engine, self._prompts)
            except ModelFileError as fault:  # no memory for judging, but the chat goes on
                if not self._told_of_no_room:
                    self._told_of_no_room = True
                    self._announce(Notice(str(fault)))

    def _catch_up(self, engine: Engine, prompts: PromptBuilder) -> None:
        settings, wanted = self.settings, self._wanted
        for stored in self.judge.judge_left(engine, keep=settings.keep, wanted=wanted):
            self._announce(stored)
        self._influence.measure(engine, prompts, wanted)
        self.judge.read_frames(engine, wanted)  # after influence, which may need the frames' cells
        self._resonance.prepare(engine, settings.resonance_ms / 1000, wanted)
        self._reading.run(engine, prompts, settings.keep)
        self._wordings.measure(engine, prompts, wanted)

    def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine and not self._borrowed:
            engine.close()
        self._resonance.close()
        self._temporary.close()


def _sendable(text: str) -> str:
    """The text with lone surrogates replaced, which couldn't be stored. UserError if it is blank."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not text.strip():
        raise UserError("The message is empty: write something first.")
    return text
