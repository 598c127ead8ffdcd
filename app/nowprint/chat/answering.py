"""One answer: recall, prompt, prefill, decoding, and what the turn leaves in the store.

The user's message is *heard* (judge.py) as soon as the model has read it: if the core is killed in the
middle of an answer, only the answer is lost. After the answer the message is *judged*, unless a request
is waiting for the generating thread. The influence of the recollections is measured when no request
waits (influence.py). A committed answer stays as it is, whatever fails after it; for the front end the
turn is over with the event ``Answer``.

The user may switch memory off at any moment. From then on nothing of this turn is captured, and no
recollection is added to the prompt.

Events go out through ``emit`` as they happen. What an event acknowledges (a message, an answer, an episode
that was kept) is in the store before the event goes out. A growing answer is stored every half second,
so that after a crash the answer is there as far as it had come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event

from nowprint.chat.faults import log
from nowprint.chat.functional_resonance import FunctionalResonance
from nowprint.chat.influence import InfluenceMeter
from nowprint.chat.judge import Either, Judge, read_turn
from nowprint.chat.prompt.builder import Base, PromptBuilder
from nowprint.chat.prompt.contexts import Contexts, marks_of
from nowprint.chat.sampling import contrast_of, sampling_of
from nowprint.chat.signature_resonance import AnswerPrompt, ResonatingGeneration, StoredSignatures
from nowprint.chat.who_answers import WhoAnswers
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Finish, Generation, Prompt, Stopped, Thinking
from nowprint.errors import ModelFileError
from nowprint.events import (
    Answer,
    AnswerText,
    HistoryTrimmed,
    Progress,
    Recalled,
    Started,
    Stored,
    ThoughtText,
    TurnEvent,
)
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import Scored
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.model_settings import ModelSettings
from nowprint.records import Episode, Kept, Message, MessageState, Recollection, TokenScore
from nowprint.salience.baseline import Baseline
from nowprint.salience.episodes import JudgedTurn
from nowprint.settings import Settings

SAVE_SECONDS = 0.5
LONG_PREFILL = 128
"""The user is shown the progress of a prefill if it has more than this many tokens to read."""

Emit = Callable[[TurnEvent], None]


@dataclass(frozen=True, slots=True)
class MemoryParts:
    """The parts of one profile's memory that an answer needs."""

    store: ConversationStore
    memory: Memory
    judge: Judge
    influence: InfluenceMeter
    resonance: FunctionalResonance
    moments: StoredSignatures
    wanted: Event
    """Set while a request waits for the generating thread."""
    contexts: Contexts


@dataclass(frozen=True, slots=True)
class _Written:
    """A committed answer, and what is needed to judge its message and to measure influence.

    ``said`` is the answer's trace. ``measurable``: recollections were in the prompt, and all surprisals of
    ``said`` come from that prompt, so that influence can be measured. ``heard``: the model read the
    message to its end, and its trace was stored.
    """

    answer: Answer
    said: tuple[TokenScore, ...]
    measurable: bool
    turn: JudgedTurn
    heard: bool


class Answering:
    """The answer to one message.

    ``store`` may be the store of temporary chats, where nothing is recalled or captured; the same may
    hold for a single conversation. ``off`` is set when the user switches memory off after ``settings``
    were read.
    """

    def __init__(
        self,
        engine: Engine,
        builder: PromptBuilder,
        settings: Settings,
        model_settings: ModelSettings,
        who: WhoAnswers,
        off: Event,
        remembering: MemoryParts,
        store: ConversationStore,
        history: tuple[Message, ...],
        user: Message,
        answer: Message,
    ) -> None:
        self._engine = engine
        self._builder = builder
        self._settings = settings
        self._model_settings = model_settings
        self._who = who
        self._off = off
        self._parts = remembering
        self._memory = remembering.memory
        self._store = store
        self._history = history
        self._user = user
        self._answer = answer
        self.conversation = store.conversation(user.conversation_id)
        self._began_with_memory = settings.memory and store is remembering.store
        self._recollections: tuple[Recollection, ...] = ()
        self._pinned: tuple[Episode, ...] = ()
        self._kept: tuple[Kept, ...] = ()
        self._text = self._begun = answer.text
        """An answer that is continued has begun already."""
        self._tokens = self._thought_tokens = 0
        self.enough = Event()
        """Set to end the thought: the model is to answer."""
        self._began = self._ended = 0.0

    def run(self, stop: Event, emit: Emit) -> Answer:
        try:
            return self._run(stop, emit)
        finally:
            self._builder.begun = ""
            if self._off.is_set():
                self.let_go()

    def let_go(self) -> None:
        """From now on capture nothing of this turn."""
        if self._began_with_memory:
            self._memory.verdicts.let_go(self._user.id)

    def _run(self, stop: Event, emit: Emit) -> Answer:
        emit(Started(self._user, self._answer))
        self._builder.begun = self._begun
        try:
            base = self._recall(stop, emit)
            written = self._write(base, stop, emit)
        except BaseException:
            self._store.update_message(self._answer.id, self._text, "broken")
            if self._kept:
                emit(Stored(self._kept, self._user.id))
            raise
        emit(written.answer)
        self._look_back(base, written, stop)
        emit(Stored(self._kept, self._user.id))
        return written.answer

    # properties, because the user may switch memory off while the answer is written

    @property
    def _remembers(self) -> bool:
        return self._began_with_memory and not self._off.is_set()

    @property
    def _recalls(self) -> bool:
        return self._remembers and self.conversation.recalls and self._who.uses_memory

    @property
    def _captures(self) -> bool:
        keeps = self._remembers and self._who.uses_memory
        return keeps and self._store.captures(self._user.id)

    # --- recall ----------------------------------------------------------------------------

    def _recall(self, stop: Event, emit: Emit) -> Base:
        """Return the prompt's base; set ``_recollections`` to those that fit into the prompt."""
        project, alone = self._who.scope, self._who.alone
        pinned = self._memory.pinned(project, alone=alone) if self._recalls else ()
        marks = marks_of(self._store, self.conversation.id)
        base = self._builder.base(pinned, self._history, self._user.text, marks=marks)
        if self._recalls:
            recalled = self._memory.retrieval.recall(
                self._user.text,
                limit=self._settings.recall_limit,
                in_prompt=lambda e: self._in_prompt(base, e),
                resonate=lambda ranked: self._resonate(ranked, stop),
                project=project,
                alone=alone,
                least=self._settings.recall_from,
            )
            _, self._recollections = self._builder.with_recollections(base, recalled)
        if self._off.is_set():
            base, self._recollections = replace(base, pinned=()), ()
        self._pinned = base.pinned
        with self._store.database.lock:  # switching memory off waits for this, or prevents it
            if self._remembers:
                self._memory.begin_answer(
                    self._answer.id, self._recollections, base.pinned, captures=self._captures
                )
                if self._recalls and not (self._recollections or base.pinned or base.history):
                    self._memory.retrieval.found_nothing(self._answer.id, self._user.text)
        emit(Recalled(self._recollections))
        if base.left:
            emit(HistoryTrimmed(len(base.left)))
        return base

    def _in_prompt(self, base: Base, episode: Episode) -> bool:
        """Whether the prompt already holds the episode: as a pinned one, or because the history holds its
        source message. The history doesn't hold an edited episode's new text."""
        shortened = {one.message_id for one in base.left}
        held = {m.id for m in base.history if m.id not in shortened} | {self._user.id}
        told = not episode.edited and any(s.message_id in held for s in episode.sources)
        return told or any(episode.id == pinned.id for pinned in base.pinned)

    def _resonate(self, ranked: Sequence[Scored], stop: Event) -> Mapping[int, float]:
        seconds = self._settings.resonance_ms / 1000
        resonance, text = self._parts.resonance, self._user.text
        try:
            return resonance.nats(self._engine, text, ranked, seconds=seconds, stop=stop)
        except RuntimeError as fault:  # llama.cpp failed: keep the order without resonance
            log(fault)
            return {}

    # --- writing ---------------------------------------------------------------------------

    def _write(self, base: Base, stop: Event, emit: Emit) -> _Written:
        engine = self._engine
        messages, _ = self._builder.with_recollections(base, self._recollections)
        prompt = engine.build(messages)
        if self._begun:
            prompt = engine.begun(prompt, self._begun)
        self._parts.contexts.note(
            engine, self._builder, base, self._recollections, self._user, len(prompt.tokens)
        )
        hears = self._captures and not self._store.has_trace(self._user.id)
        turn = read_turn(self._user, (), self._history)
        reused, read = 0, False
        said: tuple[TokenScore, ...] = ()
        finish: Finish = "stopped"
        measurable = bool(self._recollections) and not self._begun
        try:
            prefilled = engine.prefill(prompt, stop, score=hears, on_progress=_reading(emit))
            reused, read = prefilled.reused, True
            turn = read_turn(self._user, prefilled.scores, self._history)
        except Stopped:
            pass
        hears = hears and self._captures
        if hears:
            keep = self._settings.keep
            self._kept = self._parts.judge.hear(engine, turn, keep=keep, read=read)
        if read:
            generation = self._generation(base, prompt, stop, emit)
            self._stream(generation, emit)
            finish = generation.finish
            if not self._begun:
                said = generation.scores
            if isinstance(generation, ResonatingGeneration) and generation.brought:
                self._recollections += generation.brought
                measurable = False
            if self._thought_tokens:
                measurable = False  # the answer followed the thought, which no other prompt holds
        answer = self._leave(said, finish, len(prompt.tokens), reused)
        return _Written(answer, said, measurable, turn, hears and read)

    def _generation(
        self, base: Base, prompt: Prompt, stop: Event, emit: Emit
    ) -> Generation | ResonatingGeneration:
        engine, limit = self._engine, self._model_settings.answer_tokens
        contrast = contrast_of(
            engine, self._builder, self._settings, base, self._recollections, self._begun
        )
        sampling = sampling_of(self._model_settings)
        thinking = Thinking(budget=self._settings.thinking_tokens, enough=self.enough)
        if self._recalls and self._settings.resonate_while_writing and not engine.can_think:
            there = {r.episode.id for r in self._recollections}
            listening = self._parts.moments.listen(
                engine,
                lambda e: e.id in there or self._in_prompt(base, e),
                project=self._who.scope,
                alone=self._who.alone,
                off=self._off,
            )
            if listening is not None:
                asked = AnswerPrompt(base, self._recollections, prompt, contrast)
                return ResonatingGeneration(
                    engine, self._builder, asked, sampling, limit, stop, listening, emit
                )
        return engine.generate(prompt, sampling, limit, stop, contrast=contrast, thinking=thinking)

    def _stream(self, generation: Generation | ResonatingGeneration, emit: Emit) -> None:
        self._began = saved = time.monotonic()
        for step in generation:
            self._tokens += 1
            if step.thought:
                self._think(step.thought, emit)
            else:
                self._grow(step.text, emit)
            if time.monotonic() - saved > SAVE_SECONDS:
                self._store.update_message(self._answer.id, self._text, "writing")
                saved = time.monotonic()
        if generation.rest_of_thought:
            self._think(generation.rest_of_thought, emit)
        if generation.rest:
            self._grow(generation.rest, emit)
        self._ended = time.monotonic()

    def _think(self, text: str, emit: Emit) -> None:
        self._thought_tokens += 1
        emit(ThoughtText(text, time.monotonic() - self._began, self._thought_tokens))

    def _grow(self, text: str, emit: Emit) -> None:
        self._text += text
        used = self._engine.context.used
        emit(AnswerText(text, self._tokens, self._tokens_per_second, used))

    @property
    def _tokens_per_second(self) -> float:
        seconds = (self._ended or time.monotonic()) - self._began
        return self._tokens / seconds if self._began and seconds > 0 else 0.0

    # --- what the turn leaves in the store -------------------------------------------------

    def _look_back(self, base: Base, written: _Written, stop: Event) -> None:
        """Judge the message, and note the answer for measuring influence.

        A message with a request to remember is judged later, when no request waits; what the user asked
        for is kept already. The same happens to a message whose judging is cut short, because the user
        stops the answer or another request comes, or fails.
        """
        parts = self._parts
        if not self._remembers:
            return
        if written.measurable:
            parts.influence.note(self._answer.id, base, self._recollections, written.said)
        if not written.heard or self._kept:
            return
        keep, waits = self._settings.keep, Either(stop, parts.wanted, self._off)
        try:
            self._kept = parts.judge.judge(self._engine, written.turn, keep=keep, stop=waits)
        except ModelFileError:
            pass  # no memory for judging: Chat.idle tells the user
        except Exception as fault:  # noqa: BLE001 - the answer is committed, and isn't to blame
            log(fault)

    def _leave(
        self, said: tuple[TokenScore, ...], finish: Finish, prompt_tokens: int, reused: int
    ) -> Answer:
        """Commit the answer. With memory on also its provenance (the recollections and pinned episodes in
        its prompt) and, if the conversation captures, its trace and baseline."""
        state: MessageState = "stopped" if finish == "stopped" else "complete"
        id, speaker = self._answer.id, self._answer.role
        with self._store.database.lock:  # as in _recall
            if self._remembers:
                model = self._engine.info.id
                usual = Baseline.load(self._store.baselines(model, speaker), speaker)
                captures = self._captures
                self._memory.finish_turn(
                    answer_id=id,
                    answer_text=self._text,
                    state=state,
                    traces={id: said} if said and captures else {},
                    baselines={(model, speaker): usual.after(said).dump()} if captures else {},
                    recollections=self._recollections,
                    pinned=self._pinned,
                )
            else:
                self._store.update_message(id, self._text, state)
        entered = [r.episode.id for r in self._recollections] + [e.id for e in self._pinned]
        sources = tuple(dict.fromkeys(entered))
        return Answer(
            message=replace(self._answer, text=self._text, state=state, sources=sources),
            sources=sources,
            tokens=self._tokens,
            tokens_per_second=self._tokens_per_second,
            prompt_tokens=prompt_tokens,
            reused_tokens=reused,
            context_used=self._engine.context.used,
            finish=finish,
        )


def _reading(emit: Emit) -> Callable[[int, int], None]:
    """A callback for ``prefill`` that emits the progress of a long one."""

    def report(done: int, total: int) -> None:
        if total > LONG_PREFILL:
            emit(Progress("Reading the conversation", done / total))

    return report
