"""One turn: the message is committed, recall, prompt, prefill, answer, and what it leaves behind.

What is worth keeping of the message is judged after the answer (judge.py), what the recollections
changed in it when nothing else waits (influence.py).

Runs on the core's generating thread. Events go out through ``emit`` as they happen. Whatever is
acknowledged by an event is in the store by then; a growing answer is written every half second, so
that an answer broken off by a crash stays as far as it came.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from nowprint.chat.influence import InfluenceMeter
from nowprint.chat.judge import Judge, read_turn
from nowprint.chat.prompt import Base, PromptBuilder
from nowprint.engine.context import Contrast, Finish, Generation, Stopped
from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import PromptMessage
from nowprint.errors import UserError
from nowprint.memory.memory import Memory
from nowprint.memory.store import Store
from nowprint.records import (
    Answer,
    AnswerText,
    Conversation,
    HistoryTrimmed,
    InfluenceMeasured,
    Kept,
    Message,
    MessageState,
    ModelInfo,
    Preview,
    Progress,
    Recalled,
    Recollection,
    Started,
    Stored,
    TokenScore,
    TurnEvent,
)
from nowprint.salience.baseline import Baseline
from nowprint.salience.episodes import Turn
from nowprint.settings import Settings, starter_model

TEMPORARY_IDS = 1 << 40
"""Ids from here on belong to temporary chats, which live in a store in memory."""
SAVE_SECONDS = 0.5
LONG_PREFILL = 128
"""Tokens to read from which on the user is shown how far it is."""

Emit = Callable[[TurnEvent], None]


@dataclass(slots=True)
class _Writing:
    """An answer that is being written."""

    user: Message
    answer: Message
    store: Store
    history: tuple[Message, ...]
    base: Base
    recollections: tuple[Recollection, ...]
    messages: tuple[PromptMessage, ...]
    text: str = ""
    tokens: int = 0
    said: tuple[TokenScore, ...] = ()
    kept: tuple[Kept, ...] = ()
    began: float = 0.0
    ended: float = 0.0

    @property
    def tokens_per_second(self) -> float:
        seconds = (self.ended or time.monotonic()) - self.began
        return self.tokens / seconds if seconds > 0 else 0.0

    @property
    def sources(self) -> tuple[int, ...]:
        """The episodes that entered the prompt."""
        recalled = [r.episode.id for r in self.recollections]
        return tuple(dict.fromkeys(recalled + [e.id for e in self.base.pinned]))

    def grown(self, text: str, context_used: int) -> AnswerText:
        return AnswerText(text, self.tokens, self.tokens_per_second, context_used)

    def turn(self, heard: tuple[TokenScore, ...]) -> Turn:
        """The user's message as salience reads it."""
        return read_turn(self.user, heard, self.history)


class Chat:
    """Conversations over one store, one memory and the engine that is loaded."""

    def __init__(
        self,
        store: Store,
        memory: Memory,
        settings: Settings,
        announce: Callable[[InfluenceMeasured], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self._store = store
        self._temporary = Store(None, first_id=TEMPORARY_IDS)
        self._memory = memory
        self.judge = Judge(store, memory)
        self._influence = InfluenceMeter(memory, announce)
        self._engine: Engine | None = None
        self._prompts: PromptBuilder | None = None
        self._borrowed = False

    # --- the model -----------------------------------------------------------------------------

    def load_model(self, path: str, on_progress: Callable[[Progress], None]) -> ModelInfo:
        """Load a GGUF in the place of the one before, which stays when this one can't be used."""
        chosen = Path(path or self.settings.model or starter_model()).expanduser()
        task = f"Loading {chosen.name}"
        on_progress(Progress(task, 0.0))
        told = 0.0

        def progress(fraction: float) -> None:
            nonlocal told
            if fraction >= told + 0.05:  # llama.cpp tells it for every tensor
                told = fraction
                on_progress(Progress(task, min(fraction, 0.99)))

        try:
            engine = Engine(
                chosen,
                context=self.settings.context,
                threads=self.settings.threads,
                on_progress=progress,
            )
        finally:
            on_progress(Progress(task, 1.0))
        self._take(engine, borrowed=False)
        return engine.info

    def borrow(self, engine: Engine) -> None:
        """Talk with an engine that somebody else has loaded, and will close."""
        self._take(engine, borrowed=True)

    def _take(self, engine: Engine, *, borrowed: bool) -> None:
        if self._engine and not self._borrowed:
            self._engine.close()
        self._influence.clear()
        self._engine, self._borrowed = engine, borrowed
        self._prompts = PromptBuilder(engine, answer_tokens=self.settings.answer_tokens)

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise UserError("No model is loaded: open a GGUF model file first.")
        return self._engine

    def preview(self, keep: float, limit: int) -> Preview:
        """What would have been kept of all that was said; needs no model."""
        return self.judge.preview(self._engine.info.id if self._engine else "", keep, limit)

    # --- conversations -------------------------------------------------------------------------

    def store_of(self, id: int) -> Store:
        """The store that a conversation or message lives in."""
        return self._temporary if id >= TEMPORARY_IDS else self._store

    def create_conversation(self, temporary: bool) -> Conversation:
        if temporary:
            return self._temporary.create_conversation("Temporary chat")
        return self._store.create_conversation()

    # --- one turn ------------------------------------------------------------------------------

    def send(self, conversation_id: int, text: str, stop: Event, emit: Emit) -> Answer:
        """Commit the message and answer it. UserError before anything has changed."""
        text = _sendable(text)
        self.builder.check(text)
        store = self.store_of(conversation_id)
        history = store.messages(conversation_id)
        with store.database.writing():  # one without the other would be sent again by the user
            user = store.add_message(conversation_id, "user", text)
            answer = store.add_message(
                conversation_id, "assistant", "", state="writing", model=self.engine.info.name
            )
        return self._turn(store, history, user, answer, stop, emit)

    def retry(self, conversation_id: int, stop: Event, emit: Emit) -> Answer:
        """Answer the last user message again; the answer it had is kept, but replaced."""
        store = self.store_of(conversation_id)
        history = store.messages(conversation_id)
        at = next((i for i in reversed(range(len(history))) if history[i].role == "user"), None)
        if at is None:
            raise UserError("There is nothing to answer again in this conversation yet.")
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
        return self._turn(store, history[:at], history[at], answer, stop, emit)

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

    def _turn(
        self,
        store: Store,
        history: tuple[Message, ...],
        user: Message,
        answer: Message,
        stop: Event,
        emit: Emit,
    ) -> Answer:
        emit(Started(user, answer))
        writing: _Writing | None = None
        try:
            writing = self._prepare(store, history, user, answer, emit)
            return self._write(writing, stop, emit)
        except BaseException:
            store.update_message(answer.id, writing.text if writing else "", "broken")
            if writing and writing.kept:
                emit(Stored(writing.kept))
            raise

    def _prepare(
        self,
        store: Store,
        history: tuple[Message, ...],
        user: Message,
        answer: Message,
        emit: Emit,
    ) -> _Writing:
        """Recall, and the prompt that what came back fits into."""
        remembers = self._remembers(store)
        builder = self.builder
        base = builder.base(self._memory.pinned() if remembers else (), history, user.text)
        recollections: tuple[Recollection, ...] = ()
        if remembers:
            held = {m.id for m in base.history} | {user.id}
            pinned = {e.id for e in base.pinned}
            recollections = self._memory.recall(
                user.text,
                limit=self.settings.recall_limit,
                # what was corrected since is not what the history says
                in_prompt=lambda e: (
                    e.id in pinned
                    or (not e.edited and any(s.message_id in held for s in e.sources))
                ),
            )
        messages, recollections = builder.with_recollections(base, recollections)
        if remembers:
            self._memory.begin_answer(answer.id, recollections, base.pinned)
        emit(Recalled(recollections))
        if base.trimmed:
            emit(HistoryTrimmed(base.trimmed))
        return _Writing(user, answer, store, history, base, recollections, messages)

    def _write(self, writing: _Writing, stop: Event, emit: Emit) -> Answer:
        """Prefill, decode, and what the turn leaves behind. What the user said is heard as soon as
        it is read, so that a kill in mid-answer costs the answer alone."""
        engine = self.engine
        prompt = engine.build(writing.messages)
        hears = self._remembers(writing.store) and not writing.store.has_trace(writing.user.id)
        read = False
        turn = writing.turn(())
        reused = 0
        finish: Finish = "stopped"
        try:
            prefilled = engine.prefill(prompt, stop, score=hears, on_progress=_reading(emit))
            reused, read = prefilled.reused, True
            turn = writing.turn(prefilled.scores)
            self._hear(writing, turn, hears, read)
            contrast = self.contrast(writing.base, writing.recollections)
            limit = self.settings.answer_tokens
            generation = engine.generate(prompt, self.sampling, limit, stop, contrast=contrast)
            self._stream(generation, writing, emit)
            finish = generation.finish
        except Stopped:
            self._hear(writing, turn, hears, read)
        state: MessageState = "stopped" if finish == "stopped" else "complete"
        self._leave(writing, state)
        sources = writing.sources
        answer = Answer(
            message=replace(writing.answer, text=writing.text, state=state, sources=sources),
            sources=sources,
            tokens=writing.tokens,
            tokens_per_second=writing.tokens_per_second,
            prompt_tokens=len(prompt.tokens),
            reused_tokens=reused,
            context_used=engine.context.used,
            finish=finish,
        )
        emit(answer)
        if hears and read and not writing.kept:
            writing.kept = self.judge.judge(engine, turn, keep=self.settings.keep)
        emit(Stored(writing.kept))
        return answer

    def _stream(self, generation: Generation, writing: _Writing, emit: Emit) -> None:
        writing.began = saved = time.monotonic()
        for step in generation:
            writing.text += step.text
            writing.tokens += 1
            emit(writing.grown(step.text, self.engine.context.used))
            if time.monotonic() - saved > SAVE_SECONDS:
                writing.store.update_message(writing.answer.id, writing.text, "writing")
                saved = time.monotonic()
        if generation.rest:
            writing.text += generation.rest
            emit(writing.grown(generation.rest, self.engine.context.used))
        writing.ended = time.monotonic()
        writing.said = generation.scores

    def _hear(self, writing: _Writing, turn: Turn, hears: bool, read: bool) -> None:
        if hears:
            writing.kept = self.judge.hear(self.engine, turn, keep=self.settings.keep, read=read)

    def _leave(self, writing: _Writing, state: MessageState) -> None:
        """Commit the answer, and with memory on: its trace, baseline and provenance."""
        answer, said = writing.answer, writing.said
        if not self._remembers(writing.store):
            writing.store.update_message(answer.id, writing.text, state)
            return
        model = self.engine.info.id
        usual = Baseline.load(self._store.baselines(model, answer.role), answer.role)
        self._memory.finish_turn(
            answer_id=answer.id,
            answer_text=writing.text,
            state=state,
            traces={answer.id: said} if said else {},
            baselines={(model, answer.role): usual.after(said).dump()},
            drafts=(),
            recollections=writing.recollections,
            pinned=writing.base.pinned,
        )
        self._influence.note(answer.id, writing.base, writing.recollections, said)

    def idle(self, wanted: Event) -> None:
        """What waits until nothing else does; it ends when ``wanted`` is set."""
        if self._engine and self._prompts and self.settings.memory:
            self.judge.judge_left(self._engine, keep=self.settings.keep, wanted=wanted)
            self._influence.measure(self._engine, self._prompts, wanted)

    def contrast(self, base: Base, recollections: Sequence[Recollection]) -> Contrast | None:
        """Nothing to contrast with if nothing came back."""
        if not recollections or not self.settings.contrast:
            return None
        nothing = self.engine.build(self.builder.with_nothing(base))
        return Contrast(nothing, self.settings.contrast)

    @property
    def sampling(self) -> Sampling:
        return Sampling(temperature=self.settings.temperature, seed=self.settings.seed)

    def _remembers(self, store: Store) -> bool:
        return self.settings.memory and store is self._store

    def close(self) -> None:
        if self._engine and not self._borrowed:
            self._engine.close()
        self._engine = None
        self._temporary.close()


def _sendable(text: str) -> str:
    """Text that can be stored and tokenised: a lone surrogate has no bytes; "" is no message."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not text.strip():
        raise UserError("The message is empty: write something first.")
    return text


def _reading(emit: Emit) -> Callable[[int, int], None]:
    """Reports how far a long prefill is."""

    def report(done: int, total: int) -> None:
        if total > LONG_PREFILL:
            emit(Progress("Reading the conversation", done / total))

    return report
