"""Conversations over one store, one memory and the engine that is loaded.

Runs on the core's generating thread, but settings may be changed on any. A message is committed here;
answering.py does the rest of its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

from nowprint.chat import forgetting_asked
from nowprint.chat.answering import Answering, Emit, Remembering
from nowprint.chat.forgetting_asked import spoken
from nowprint.chat.influence import InfluenceMeter
from nowprint.chat.judge import Judge, read_frames
from nowprint.chat.prompt import PromptBuilder
from nowprint.chat.replay import Replayer
from nowprint.chat.resonance import FunctionalResonance
from nowprint.chat.resonating import Moments
from nowprint.engine.backends import Device
from nowprint.engine.engine import Engine
from nowprint.errors import ModelFileError, UserError
from nowprint.events import Answer, Notice, Progress, Started, TurnEvent
from nowprint.inspection import Announcement
from nowprint.language.forget_phrases import wished
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Conversation, Message, ModelInfo, NewConversation, Preview
from nowprint.settings import Settings, starter_model

TEMPORARY_IDS = 1 << 40
"""Ids from here on belong to temporary chats, which live in a store in memory."""


class Chat:
    """Conversations over one store, one memory and the engine that is loaded."""

    def __init__(
        self,
        store: ConversationStore,
        memory: Memory,
        settings: Settings,
        announce: Callable[[Announcement], None] = lambda _: None,
        wanted: Event | None = None,
    ) -> None:
        """``wanted`` is set while somebody waits for the thread that this runs on."""
        self._off = Event()
        self._wanted = wanted or Event()
        self._announce = announce
        self._store = store
        self._temporary = ConversationStore(None, first_id=TEMPORARY_IDS)
        self._memory = memory
        self.judge = Judge(store, memory)
        self._reading = Replayer(store, memory, self.judge, announce, self._wanted)
        self._influence = InfluenceMeter(memory, announce)
        self._resonance = FunctionalResonance(memory)
        self._remembering = Remembering(
            store=store,
            memory=memory,
            judge=self.judge,
            influence=self._influence,
            resonance=self._resonance,
            moments=Moments(store, memory),
            wanted=self._wanted,
        )
        self._engine: Engine | None = None
        self._prompts: PromptBuilder | None = None
        self._borrowed = False
        self._told_of_no_room = False
        self._running: Answering | None = None
        self.settings = settings

    @property
    def settings(self) -> Settings:
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        """A turn that runs keeps to those it began with, but memory that is switched off is off at
        once, and for this turn stays so."""
        self._settings = settings
        if settings.memory:
            self._memory.verdicts.off.clear()
        else:
            self._memory.verdicts.off.set()
            self._off.set()

    def let_go(self) -> None:
        """To be called when memory was switched off: when this returns, nothing of what was said is
        captured any more, and of the turn that runs nothing ever."""
        with self._store.database.lock:  # what was being written is written now
            if running := self._running:
                running.let_go()

    # --- the model -----------------------------------------------------------------------------

    def load_model(
        self,
        path: str,
        on_progress: Callable[[Progress], None],
        device: Device | None = None,
    ) -> ModelInfo:
        """Load a GGUF in the place of the one before, which stays when this one can't be used. What a
        graphics card can't take the CPU computes."""
        settings = self.settings
        chosen = Path(path or settings.model or starter_model()).expanduser()
        task = f"Loading {chosen.name}"
        on_progress(Progress(task, 0.0))
        told = 0.0

        def progress(fraction: float) -> None:
            nonlocal told
            if fraction >= told + 0.05:  # llama.cpp tells it for every tensor
                told = fraction
                on_progress(Progress(task, min(fraction, 0.99)))

        load = partial(
            Engine,
            chosen,
            context=settings.context,
            threads=settings.threads,
            on_progress=progress,
        )
        try:
            engine = load() if device is None else self._on_device(load, device, chosen.name)
        finally:
            on_progress(Progress(task, 1.0))
        self._take(engine, borrowed=False)
        return engine.info

    def _on_device(self, load: Callable[..., Engine], device: Device, name: str) -> Engine:
        try:
            engine = load(device=device)
        except ModelFileError:
            engine = load()  # tells what is wrong with the file, if it is the file
        if engine.info.device == "CPU":
            self._announce(
                Notice(
                    f"{device.description} has no room for {name}: the CPU computes. Choose a smaller "
                    "model or a smaller context to use the card."
                )
            )
        return engine

    def borrow(self, engine: Engine) -> None:
        """Talk with an engine that somebody else has loaded, and will close."""
        self._take(engine, borrowed=True)

    def _take(self, engine: Engine, *, borrowed: bool) -> None:
        before = None if self._borrowed else self._engine
        self._influence.clear()
        self._told_of_no_room = False
        self._prompts = PromptBuilder(engine, answer_tokens=self.settings.answer_tokens)
        self._engine, self._borrowed = engine, borrowed
        if before:
            before.close()  # last: the memory thread may have looked at it

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise UserError("No model is loaded: open a GGUF model file first.")
        return self._engine

    def preview(self, keep: float, limit: int) -> Preview:
        """What would have been kept of all that was said; needs no model.

        On the memory thread: the engine may be closed meanwhile, and llama.cpp must not be asked.
        """
        engine = self._engine
        return self.judge.preview(engine.model.id if engine else "", keep, limit)

    # --- conversations -------------------------------------------------------------------------

    def store_of(self, id: int) -> ConversationStore:
        """The store that a conversation or message lives in."""
        return self._temporary if id >= TEMPORARY_IDS else self._store

    def create_conversation(self, new: NewConversation) -> Conversation:
        if new.temporary:
            id = self._temporary.create_conversation("Temporary chat").id
            return self._temporary.use_memory(id, recalls=False, captures=False)
        with self._store.database.writing():
            made = self._store.create_conversation()
            if new.project is not None:
                self.move_conversation(made.id, new.project)
            return self.use_memory(made.id, recalls=new.recalls, captures=new.captures)

    def use_memory(self, id: int, *, recalls: bool, captures: bool) -> Conversation:
        if id >= TEMPORARY_IDS:
            raise UserError("A temporary chat never uses memory: begin another chat for that.")
        return self._store.use_memory(id, recalls=recalls, captures=captures)

    def move_conversation(self, id: int, project: int | None) -> Conversation:
        if id >= TEMPORARY_IDS:
            raise UserError("A temporary chat belongs to no project: begin another chat for that.")
        return self._memory.projects.move_conversation(id, project)

    # --- one turn ------------------------------------------------------------------------------

    def send(
        self, conversation: int | NewConversation, text: str, stop: Event, emit: Emit
    ) -> Answer:
        """Commit the message, with its conversation if that is new, and answer it. UserError before
        anything has changed."""
        text = _sendable(text)
        if wish := wished(text):
            id, tell = self._opened(conversation, emit)
            return forgetting_asked.answer(self.store_of(id), self._memory, id, text, wish, tell)
        answering = self._begin()
        self.builder.check(text)
        store = self._store_for(conversation)
        with store.database.writing():  # one without the other would be sent again by the user
            id, tell = self._opened(conversation, emit)
            history = spoken(store.messages(id))
            user = store.add_message(id, "user", text)
            answer = store.add_message(
                id, "assistant", "", state="writing", model=self.engine.info.name
            )
        return self._run(answering(store, history, user, answer), stop, tell)

    def _store_for(self, conversation: int | NewConversation) -> ConversationStore:
        if isinstance(conversation, NewConversation):
            return self._temporary if conversation.temporary else self._store
        return self.store_of(conversation)

    def _opened(self, conversation: int | NewConversation, emit: Emit) -> tuple[int, Emit]:
        """Its id, and what tells the turn's events: a new conversation comes with the first."""
        if not isinstance(conversation, NewConversation):
            return conversation, emit
        made = self.create_conversation(conversation)

        def tell(event: TurnEvent) -> None:
            emit(replace(event, conversation=made) if isinstance(event, Started) else event)

        return made.id, tell

    def retry(self, conversation_id: int, stop: Event, emit: Emit) -> Answer:
        """Answer the last user message again; the answer it had is kept, but replaced."""
        store = self.store_of(conversation_id)
        told = store.messages(conversation_id)
        history = spoken(told)
        if told and told[-1] not in history:
            raise UserError("Nowprint itself said this: there is nothing to answer again.")
        at = next((i for i in reversed(range(len(history))) if history[i].role == "user"), None)
        if at is None:
            raise UserError("There is nothing to answer again in this conversation yet.")
        answering = self._begin()
        self.builder.check(history[at].text)
        old = history[at + 1].id if at + 1 < len(history) else None
        answer = store.add_message(
            conversation_id,
            "assistant",
            "",
            state="writing",
            model=self.engine.info.name,
            replaces=old,
        )
        return self._run(answering(store, history[:at], history[at], answer), stop, emit)

    def keep_broken(self, message_id: int, text: str) -> None:
        """Let a broken answer go as far as somebody had seen it."""
        if message_id >= TEMPORARY_IDS:
            return  # it went with the core
        message = self._store.message(message_id)
        if message.state == "broken" and text.startswith(message.text):
            self._store.update_message(message_id, text, "broken")

    @property
    def builder(self) -> PromptBuilder:
        if self._prompts is None:
            raise UserError("No model is loaded: open a GGUF model file first.")
        return self._prompts

    def _begin(
        self,
    ) -> Callable[[ConversationStore, tuple[Message, ...], Message, Message], Answering]:
        """A turn, with the settings that there are now."""
        off = self._off = Event()  # before they are read, so that no change is missed
        settings = self.settings
        self.builder.answer_tokens = settings.answer_tokens
        return partial(Answering, self.engine, self.builder, settings, off, self._remembering)

    def _run(self, answering: Answering, stop: Event, emit: Emit) -> Answer:
        self._running = answering
        try:
            return answering.run(stop, emit)
        finally:
            self._running = None

    def idle(self) -> None:
        """What waits until nothing else does; it ends when somebody waits."""
        if not self.settings.memory:
            self._influence.clear()
        elif self._engine and self._prompts:
            try:
                self._catch_up(self._engine, self._prompts)
            except ModelFileError as fault:  # the chat works, and nothing is judged
                if not self._told_of_no_room:
                    self._told_of_no_room = True
                    self._announce(Notice(str(fault)))

    def _catch_up(self, engine: Engine, prompts: PromptBuilder) -> None:
        settings, wanted = self.settings, self._wanted
        for stored in self.judge.judge_left(engine, keep=settings.keep, wanted=wanted):
            self._announce(stored)
        self._influence.measure(engine, prompts, wanted)
        read_frames(engine, wanted)  # after what may need their room
        self._resonance.prepare(engine, settings.resonance_ms / 1000, wanted)
        self._reading.run(engine, prompts, settings.keep)

    def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine and not self._borrowed:
            engine.close()
        self._resonance.close()
        self._temporary.close()


def _sendable(text: str) -> str:
    """Text that can be stored and tokenised: a lone surrogate has no bytes; "" is no message."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not text.strip():
        raise UserError("The message is empty: write something first.")
    return text
