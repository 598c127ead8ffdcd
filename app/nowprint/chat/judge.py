"""Which parts of a message are worth keeping? A message is first heard, then judged.

*Hearing* a message stores its trace and the speaker's baseline as soon as the model has read it.
*Judging* it follows after the answer: framed surprise is measured for its spans (a few short sequences
in one batch), the episodic head scores them, and the spans that pass the threshold become episodes; so do
those that change what was kept, whatever their score. If
the core is killed in between, or judging fails or is cut short by a request, the message stays
unjudged and is judged later, when no request waits. What the user asks to have remembered needs no
judging: it is kept when the message is heard.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Event
from weakref import WeakKeyDictionary

from nowprint.chat import kept_frames
from nowprint.chat.faults import log
from nowprint.engine.engine import Engine
from nowprint.engine.likelihood import Likelihood
from nowprint.engine.sequences import Stop
from nowprint.errors import ModelFileError, ProfileError
from nowprint.events import Stored
from nowprint.language.own_words.asked import explicit
from nowprint.language.sentences import Span
from nowprint.memory.capture.verdicts import Heard
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import (
    EpisodeDraft,
    HeadState,
    Judged,
    Kept,
    Message,
    Preview,
    Role,
    Source,
    TokenScore,
    Why,
)
from nowprint.salience import frames, learning
from nowprint.salience.baseline import Baseline
from nowprint.salience.echoes import Run, runs
from nowprint.salience.episodes import JudgedTurn, judge, kept, spans_of, told_below
from nowprint.salience.frames import Framed
from nowprint.salience.head import Head, starting_head
from nowprint.salience.meaning import with_meaning
from nowprint.salience.sensitivity import threshold

READ_TOGETHER = 8
"""How many spans the encoder reads at a time; in between a request may end the judging."""
HISTORY = 1000
"""How many recent saliences the sensitivity threshold takes into account."""
MOST_PREVIEWED = 5000
"""How many messages, the newest, a preview judges again."""


def framed(
    likelihood: Likelihood, text: str, spans: Sequence[Span], stop: Stop | None = None
) -> tuple[Framed, ...]:
    """Framed surprise of the spans of a text, in order; only those that were finished when ``stop`` was
    set."""
    prefixes = _prefixes(likelihood)
    found = []
    for span in spans:
        tokens = likelihood.tokens(span.of(text))[: frames.MOST_TOKENS]
        sums = likelihood.framed(prefixes, tokens, stop=stop)
        if len(sums) < len(prefixes):
            break
        found.append(Framed(span.start, span.end, len(tokens), tuple(sums)))
    return tuple(found)


_tokenized: WeakKeyDictionary[Likelihood, list[list[int]]] = WeakKeyDictionary()
"""The frames in each model's tokens: it takes some milliseconds, and a judged message needs them twice."""


def _prefixes(likelihood: Likelihood) -> list[list[int]]:
    if likelihood not in _tokenized:
        _tokenized[likelihood] = [
            [*likelihood.beginning, *likelihood.tokens(frame)] for frame in frames.frame_texts()
        ]
    return _tokenized[likelihood]


@dataclass(frozen=True, slots=True)
class _Lesson:
    """The last step of learning: its episodes and the head before and after it. It can be taken back as
    long as no other step has followed."""

    ids: frozenset[int]
    before: Head
    after: Head


class Either:
    """Counts as set when any of the events is set."""

    def __init__(self, *events: Event) -> None:
        self._events = events

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


class Judge:
    """Hears and judges the messages of one profile, and teaches its episodic head. One thread may teach
    while another judges."""

    def __init__(self, store: ConversationStore, memory: Memory) -> None:
        self._store = store
        self._memory = memory
        self._learning = threading.Lock()
        self._head: Head | None = None
        self._lesson: _Lesson | None = None
        self._given_up: set[tuple[str, int]] = set()
        """(model id, message id) of the messages whose judging failed with that model."""
        self.frames_file: Path | None = None
        """Where the frames are kept as the model has read them, if anywhere."""

    def read_frames(self, engine: Engine, stop: Stop | None) -> None:
        """Let the cache hold the frames, so that the next judging reads only its spans. ModelFileError when
        there is not enough memory for judging beside the conversation."""
        kept_frames.read(engine.judging, _prefixes(engine.judging), self.frames_file, stop)

    # --- one message -----------------------------------------------------------------------

    def hear(
        self, engine: Engine, turn: JudgedTurn, *, keep: float, read: bool = True
    ) -> tuple[Kept, ...]:
        """Store the trace of a message and the new baseline; neither if ``read`` is False, because the model
        did not read the message to its end.

        Keep what the user asks to have remembered in it, teach the head that, and return it.
        """
        message = turn.message
        if self._store.has_trace(message.id):
            return ()
        usual = self._usual(engine.info.id, message)
        if read:
            after = self.heard(engine.info.id, message.role, turn.tokens)
            self._memory.hear(message.id, turn.tokens, after)
        if explicit(message.text) is None:
            return ()
        if spans_of(turn, usual):  # the rest of the message is judged later
            drafts = judge(turn, usual, head=self.head)
            wished = [d for d in drafts if d.kind == "remembered"]
            asked = self._memory.keep_asked(message.id, wished)
        else:
            asked = self._judge(turn, usual, (), keep)
        self.teach((one.episode.id for one in asked if not one.reinforced), worth=True)
        return asked

    def judge(
        self, engine: Engine, turn: JudgedTurn, *, keep: float, stop: Stop | None = None
    ) -> tuple[Kept, ...]:
        """Judge a message that was heard, and return what was kept. If ``stop`` is set before the end, or
        an exception is raised, the message stays unjudged."""
        if keep <= 0:
            self._memory.judge(turn.message.id, None, (), ())
            return ()
        usual = self._usual(engine.info.id, turn.message)
        spans = spans_of(turn, usual)
        if spans:
            self.read_frames(engine, stop)
        scores = framed(engine.judging, turn.message.text, spans, stop)
        if len(scores) < len(spans):
            return ()
        meant: list[Framed] = []
        for first in range(0, len(scores), READ_TOGETHER):
            some = scores[first : first + READ_TOGETHER]
            if stop is not None and stop.is_set():
                return ()
            meant += with_meaning(turn.message.text, some, self._memory.encoder.tells)
        scores = tuple(meant)
        return self._judge(turn, usual, scores, keep)

    def judge_left(self, engine: Engine, *, keep: float, wanted: Event) -> Iterator[Stored]:
        """Judge the messages that were left unjudged, until ``wanted`` is set; yield what was kept of each.

        A message whose judging fails is skipped until the next start or another model. If the database
        can't be written, this ends. ModelFileError when there is not enough memory for judging.
        """
        for message in self._memory.verdicts.unjudged():
            if wanted.is_set():
                break
            this = engine.model.id, message.id
            if this in self._given_up:
                continue
            worth: tuple[Kept, ...] = ()
            try:
                heard = self._memory.verdicts.heard_message(message.id)
                if heard is not None:
                    turn = JudgedTurn(heard.message, heard.tokens, heard.known, heard.before)
                    worth = self.judge(engine, turn, keep=keep, stop=wanted)
            except ModelFileError:
                raise
            except ProfileError as fault:
                log(fault)
                break
            except Exception as fault:  # noqa: BLE001 - one message must not hold up the others
                self._given_up.add(this)
                log(fault)
            if worth:
                yield Stored(worth, message.id)

    def _judge(
        self, turn: JudgedTurn, usual: Baseline, scores: Sequence[Framed], keep: float
    ) -> tuple[Kept, ...]:
        drafts = judge(turn, usual, head=self.head, framed=scores)
        least = threshold(keep, self._memory.verdicts.recent_saliences(HISTORY))
        # what the user asked to have remembered was kept when the message was heard
        there = self._memory.verdicts.kept_places(turn.message.id)
        changes = self._memory.changing(told_below(drafts, least))
        worth = sorted((*kept(drafts, least, turn.message.text), *changes), key=_place)
        return self._memory.judge(
            turn.message.id,
            frames.dump(scores),
            [_judged(turn.message, draft, least) for draft in drafts],
            [draft for draft in worth if _place(draft) not in there],
        )

    def heard(
        self, model: str, speaker: Role, tokens: Sequence[TokenScore]
    ) -> dict[tuple[str, Role], bytes]:
        """The speaker's baseline after these tokens, in the form in which the store takes it."""
        usual = Baseline.load(self._store.baselines(model, speaker), speaker)
        return {(model, speaker): usual.after(tokens).dump()}

    def _usual(self, model: str, message: Message) -> Baseline:
        return Baseline.load(self._store.baselines(model, message.role), message.role)

    # --- all that was said -----------------------------------------------------------------

    def preview(self, model: str, keep: float, limit: int) -> Preview:
        """What the sensitivity ``keep`` would have kept: judges stored traces again, without the model.

        ``model`` is the id of the loaded model, "" for none; ``limit`` bounds the spans that are returned.
        """
        usual = Baseline.load(self._store.baselines(model, "user"), "user")
        judged: list[tuple[Message, EpisodeDraft]] = []
        hearings = self._memory.verdicts.hearings(MOST_PREVIEWED)
        for _, conversation in groupby(hearings, lambda heard: heard.message.conversation_id):
            held: set[Run] = set()
            for heard in conversation:
                held |= runs(heard.known)
                judged += [(heard.message, draft) for draft in self._again(heard, usual, held)]
        judged.sort(key=lambda one: (one[0].id, _place(one[1])), reverse=True)
        least = threshold(keep, [draft.salience for _, draft in judged[:HISTORY]])
        spans = [_judged(message, draft, least) for message, draft in judged]
        worth = sum(span.kept for span in spans)
        return Preview(keep, least, worth, len(spans) - worth, tuple(spans[:limit]))

    def _again(
        self, heard: Heard, usual: Baseline, held: Collection[Run] = frozenset()
    ) -> tuple[EpisodeDraft, ...]:
        """Judge a message again from its stored trace and frames."""
        turn = JudgedTurn(heard.message, heard.tokens, heard.known, heard.before, held)
        return judge(turn, usual, head=self.head, framed=frames.load(heard.frames))

    # --- learning --------------------------------------------------------------------------

    @property
    def head(self) -> Head:
        with self._learning:
            return self._known()

    def _known(self) -> Head:
        if self._head is None:
            self._head = learning.load(self._memory.verdicts.head())
        return self._head

    def teach(self, ids: Iterable[int], *, worth: bool, weight: float = 1.0) -> None:
        """Learn from one action of the user that these episodes are worth keeping, or are not: one step for
        all of them. They may already be hidden by forgetting. ``weight`` as in ``learning.learned``."""
        ids = frozenset(ids)
        whys = [self._memory.why(id) for id in sorted(ids)]
        self._learn(ids, whys, worth=worth, weight=weight)

    def unteach(self, ids: Iterable[int]) -> None:
        """Take back the last step if it was about these episodes; after another step this does nothing."""
        with self._learning:
            lesson = self._lesson
            if lesson and lesson.ids == frozenset(ids) and lesson.after is self._known():
                self._put(lesson.before, learning.dump(lesson.before))

    def teach_place(self, place: Source) -> None:
        """Learn that the spans of a message that touch ``place`` are worth keeping, because the user chose
        this place to be remembered. Nothing is learned from an answer or from a message without trace."""
        heard = self._memory.verdicts.heard_message(place.message_id)
        if heard is None or heard.message.role != "user" or not heard.tokens:
            return
        drafts = self._again(heard, self._usual("", heard.message))
        spans = ((draft.sources[-1], draft.why) for draft in drafts)
        whys = [why for s, why in spans if s.start < place.end and place.start < s.end]
        self._learn(frozenset(), whys, worth=True, weight=1.0)

    def _learn(
        self, ids: frozenset[int], whys: Iterable[Why], *, worth: bool, weight: float
    ) -> None:
        """One step under one hold of the lock, so that a step by another thread isn't overwritten."""
        spans = [{c.feature: c.value for c in why.contributions} for why in whys]
        spans = [values for values in spans if values]  # an episode written by hand has none
        if spans:
            with self._learning:
                before = self._known()
                after = learning.learned(before, spans, worth=worth, weight=weight)
                self._put(after, learning.dump(after))
                self._lesson = _Lesson(ids, before, after)

    def state(self) -> HeadState:
        return learning.state_of(self.head)

    def reset(self) -> HeadState:
        with self._learning:
            self._put(starting_head(), None)
        return self.state()

    def _put(self, head: Head, stored: bytes | None) -> None:
        """Store the head and use it from now on. The caller holds the lock."""
        self._memory.verdicts.put_head(stored)
        self._head = head


def _place(draft: EpisodeDraft) -> tuple[int, int]:
    """The draft's (start, end) in its message. Its first source may be the question that it answers."""
    return draft.sources[-1].start, draft.sources[-1].end


def _judged(message: Message, draft: EpisodeDraft, least: float) -> Judged:
    start, end = _place(draft)
    return Judged(
        message_id=message.id,
        start=start,
        end=end,
        text=message.text[start:end],
        salience=draft.salience,
        kept=draft.kind == "remembered" or draft.salience >= least,
    )


def read_turn(
    message: Message, tokens: tuple[TokenScore, ...], history: Sequence[Message]
) -> JudgedTurn:
    """A message with its trace and what the prompt held before it. The model's earlier answers count as
    known: it is no news when the user pastes them."""
    known = tuple(m.text for m in history if m.role == "assistant")
    return JudgedTurn(message, tokens, known, history[-1] if history else None)
