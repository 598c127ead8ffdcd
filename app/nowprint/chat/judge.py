"""Was it worth keeping? What the user said is heard at once, and judged when nothing waits.

*Heard*: the trace and the speaker's baseline are stored as soon as the model has read the message.
*Judged*: after the answer the spans run through the frames (framed surprise, a few short sequences
in one batch), the episodic head scores them, and what passes the threshold becomes an episode. A
kill in between leaves the message unjudged, and so does whoever waits, or a fault; that is made up
for when nothing else waits. What the user asks to have remembered needs no judging and is kept as
soon as it is heard.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from threading import Event

from nowprint.chat.faults import log
from nowprint.engine.engine import Engine
from nowprint.engine.likelihood import Likelihood, Stop
from nowprint.errors import ModelFileError, ProfileError
from nowprint.events import Stored
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
from nowprint.salience.cues import explicit
from nowprint.salience.echoes import Run, runs
from nowprint.salience.episodes import JudgedTurn, judge, kept, spans_of
from nowprint.salience.frames import Framed
from nowprint.salience.head import Head, starting_head
from nowprint.salience.sensitivity import threshold

HISTORY = 1000
"""Saliences of what was said lately that the sensitivity looks at."""
MOST_PREVIEWED = 5000
"""Messages that a preview reads again: the newest."""


def framed(
    engine: Engine, text: str, spans: Sequence[Span], stop: Stop | None = None
) -> tuple[Framed, ...]:
    """Σ ln p of each span under each frame; the spans that were done when ``stop`` was set.

    ModelFileError when there is no room for judging beside the conversation.
    """
    likelihood = engine.likelihood
    prefixes = _prefixes(likelihood)
    found = []
    for span in spans:
        tokens = likelihood.tokens(span.of(text))[: frames.MOST_TOKENS]
        sums = likelihood.framed(prefixes, tokens, stop=stop)
        if len(sums) < len(prefixes):
            break
        found.append(Framed(span.start, span.end, len(tokens), tuple(sums)))
    return tuple(found)


def read_frames(engine: Engine, stop: Stop) -> None:
    """So that the next judgement has its spans alone to read. ModelFileError as above."""
    engine.likelihood.begin(_prefixes(engine.likelihood), stop=stop)


def _prefixes(likelihood: Likelihood) -> list[list[int]]:
    return [[*likelihood.beginning, *likelihood.tokens(frame)] for frame in frames.frame_texts()]


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What was learned from which episodes, to be taken back while nothing was learned since."""

    ids: frozenset[int]
    before: Head
    after: Head


class Judge:
    """Hears and judges for one profile. What learns and what scores may be two threads."""

    def __init__(self, store: ConversationStore, memory: Memory) -> None:
        self._store = store
        self._memory = memory
        self._learning = threading.Lock()
        self._head: Head | None = None
        self._lesson: _Lesson | None = None
        self._given_up: set[tuple[str, int]] = set()
        """Models, and messages that can't be judged with them."""

    # --- one message -----------------------------------------------------------------------

    def hear(
        self, engine: Engine, turn: JudgedTurn, *, keep: float, read: bool = True
    ) -> tuple[Kept, ...]:
        """Store what was read of a message; ``read`` is False if it was not read to its end.

        What it asks to have remembered is kept at once, and teaches the head.
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
        if spans_of(turn, usual):  # the rest of the message is judged as any other
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
        """Judge a message that was heard. Stopped in the middle, or failing, it stays unjudged."""
        if keep <= 0:
            self._memory.judge(turn.message.id, None, (), ())
            return ()
        usual = self._usual(engine.info.id, turn.message)
        spans = spans_of(turn, usual)
        scores = framed(engine, turn.message.text, spans, stop)
        if len(scores) < len(spans):
            return ()
        return self._judge(turn, usual, scores, keep)

    def judge_left(self, engine: Engine, *, keep: float, wanted: Event) -> Iterator[Stored]:
        """Judge what was left unjudged, until ``wanted`` is set, and tell what was kept of each.

        What fails is left until the next start, or another model, and the others go on; when nothing
        can be saved all are. ModelFileError when there is no room for judging anything.
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
        # what it asked to have remembered was kept when it was heard
        there = self._memory.verdicts.kept_places(turn.message.id)
        worth = [d for d in kept(drafts, least) if _place(d) not in there]
        return self._memory.judge(
            turn.message.id,
            frames.dump(scores),
            [_judged(turn.message, draft, least) for draft in drafts],
            worth,
        )

    def heard(
        self, model: str, speaker: Role, tokens: Sequence[TokenScore]
    ) -> dict[tuple[str, Role], bytes]:
        """What is usual for a speaker after these tokens, as it is stored."""
        usual = Baseline.load(self._store.baselines(model, speaker), speaker)
        return {(model, speaker): usual.after(tokens).dump()}

    def _usual(self, model: str, message: Message) -> Baseline:
        return Baseline.load(self._store.baselines(model, message.role), message.role)

    # --- all that was said -----------------------------------------------------------------

    def preview(self, model: str, keep: float, limit: int) -> Preview:
        """What a share ``keep`` would have kept: stored traces judged again, without the model.

        ``model`` is the id of the one that is loaded, empty for none.
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
        """A message that was judged before, judged by what is stored of it."""
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
        """The user showed of these episodes, at once, that they are worth keeping, or that they are
        not; they may be forgotten since. All are one step."""
        ids = frozenset(ids)
        whys = [self._memory.why(id) for id in sorted(ids)]
        self._learn(ids, whys, worth=worth, weight=weight)

    def unteach(self, ids: Iterable[int]) -> None:
        """The user took back what taught the last lesson; after another one it is too late."""
        with self._learning:
            lesson = self._lesson
            if lesson and lesson.ids == frozenset(ids) and lesson.after is self._known():
                self._put(lesson.before, learning.dump(lesson.before))

    def teach_place(self, place: Source) -> None:
        """The user chose this part of a message to be remembered: the spans that it touches are
        worth keeping. Of an answer, and of what the model hasn't read, nothing is learned."""
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
        """One step, and one hold of the lock: what another thread teaches meanwhile isn't lost."""
        spans = [{c.feature: c.value for c in why.contributions} for why in whys]
        spans = [values for values in spans if values]  # none: written by hand, and never read
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
        """The caller holds the lock."""
        self._memory.verdicts.put_head(stored)
        self._head = head


def _place(draft: EpisodeDraft) -> tuple[int, int]:
    """Where it stands in its message: before it may stand the question that it answers."""
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
    """A message as salience reads it. What the model said before is known: pasting it back is no
    news."""
    known = tuple(m.text for m in history if m.role == "assistant")
    return JudgedTurn(message, tokens, known, history[-1] if history else None)
