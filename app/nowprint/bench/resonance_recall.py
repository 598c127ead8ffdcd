"""What signature resonance finds in long conversations (a LoCoMo file), alone and combined with recall.

Every turn is kept, with its moments. The model answers each question greedily with the three best
recollections in the prompt, and its distributions are compared with the stored signatures as in the app.
Two indexes are compared: one of the *moments*, which is what the app stores, and one of *every token*,
which would be ten times as much; each with the distributions of the question's tokens and with those of
the answer's.

In the rows, ``found`` counts only questions for which recall's first ten miss some evidence: it is the
share of them for which one of the three most strongly resonating episodes outside these ten is missing
evidence. ``chance`` is what three random episodes would find. ``fused`` is recall's order with the
strength added to its scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from nowprint.bench.cache import Cache
from nowprint.bench.context import BenchContext
from nowprint.bench.locomo import Conversation, Question
from nowprint.bench.samples import even, mean
from nowprint.bench.tops import Tops
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.engine.distribution import TokenReading
from nowprint.engine.sampler import Sampling
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Message, Recollection, Source, TokenScore, Why
from nowprint.salience.baseline import Baseline
from nowprint.salience.moments import find_moments
from nowprint.salience.signatures import SignatureIndex

SEED = 7
ANSWER_TOKENS = 24
RECALLED = 3
FIRST = 10
WEIGHT = 0.25
"""The weight of a strength's z-score when it is added to recall's score."""

Readings = list[tuple[np.ndarray, np.ndarray]]
Strengths = Mapping[int, float]


@dataclass(slots=True)
class Tally:
    """The results of one combination of index and distributions, with one value per question."""

    found: list[bool] = field(default_factory=list)
    any: list[bool] = field(default_factory=list)
    fused: list[bool] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    fused_share: list[float] = field(default_factory=list)

    def row(self) -> dict[str, float | None]:
        return {
            "any@10": mean(self.any),
            "recall@10": mean(self.share),
            "fused any@10": mean(self.fused),
            "fused recall@10": mean(self.fused_share),
            "found": mean(self.found) if self.found else None,
        }


@dataclass(slots=True)
class ResonanceFindings:
    tallies: dict[str, Tally] = field(default_factory=dict)
    chances: list[float] = field(default_factory=list)
    questions: int = 0
    answers: list[TokenReading] = field(default_factory=list)
    rows: list[TokenScore] = field(default_factory=list)

    def tally(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())


def find(context: BenchContext, conversations: Sequence[Conversation]) -> ResonanceFindings:
    """The findings for the questions of categories 1 to 4; with ``context.limit`` for so many of them, chosen
    evenly."""
    chosen = _chosen(conversations, context.limit)
    findings = ResonanceFindings()
    with Cache(context.cache) as cache:
        tops = Tops(context.engine, cache)
        for conversation, questions in chosen:
            _Listener(context, tops, findings, conversation).ask(questions)
    return findings


class _Listener:
    """One LoCoMo conversation in a separate store, with its questions."""

    def __init__(
        self, context: BenchContext, tops: Tops, findings: ResonanceFindings, told: Conversation
    ) -> None:
        self._context = context
        self._tops = tops
        self._findings = findings
        self._builder = PromptBuilder(context.engine, answer_tokens=ANSWER_TOKENS)
        self._store = ConversationStore(None)
        self._memory = Memory(
            self._store, context.embedder, None, lambda _: None, encoder=context.encoder
        )
        self._episode_of: dict[str, int] = {}
        every: list[tuple[int, TokenScore]] = []
        moments: list[tuple[int, TokenScore]] = []
        turns = [turn for session in told.sessions for turn in session.turns]
        talk = self._store.create_conversation().id
        for number, turn in enumerate(turns):
            context.report(f"Reading {told.name}", number / len(turns))
            message = self._store.add_message(talk, "user", turn.message)
            scores = self._read(turn.message)
            mine, draft = _draft(message, scores)
            id = self._episode_of[turn.id] = self._memory.keep(draft).episode.id
            every += [(id, score) for score in scores]
            moments += [(id, scores[index]) for index in mine]
        self._stores = {"moments": indexed(moments), "every token": indexed(every)}
        findings.rows += [score for _, score in every]

    def ask(self, questions: Sequence[Question]) -> None:
        for number, question in enumerate(questions):
            self._context.report("Asking and listening", number / len(questions))
            evidence = {self._episode_of[turn] for turn in question.evidence}
            recalled = self._memory.retrieval.search(question.text, len(self._episode_of))
            asked = readings_of(self._read(question.text))
            said = self._answer(question.text, recalled[:RECALLED])
            self._count("recall alone", {}, recalled, evidence)
            for name, index in self._stores.items():
                self._count(f"question, {name}", index.scores(asked), recalled, evidence)
                self._count(f"answer, {name}", _heard(index, said), recalled, evidence)
            first = {one.episode.id for one in recalled[:FIRST]}
            if missing := evidence - first:
                others = len(set(self._episode_of.values())) - FIRST
                self._findings.chances.append(_chance(others, len(missing)))
            self._findings.questions += 1
        self._memory.close()

    def _read(self, text: str) -> tuple[TokenScore, ...]:
        base = self._builder.base((), (), text)
        return self._tops.read(self._builder.with_recollections(base, ())[0])

    def _answer(self, text: str, recalled: Sequence[Recollection]) -> list[TokenReading]:
        """The readings of a greedy answer's tokens."""
        engine, stop = self._context.engine, Event()
        base = self._builder.base((), (), text)
        prompt = engine.build(self._builder.with_recollections(base, recalled)[0])
        engine.prefill(prompt, stop, score=False)
        generation = engine.generate(
            prompt, Sampling(temperature=0, seed=SEED), ANSWER_TOKENS, stop
        )
        for _ in generation:
            pass
        self._findings.answers += generation.readings
        return generation.readings

    def _count(
        self,
        name: str,
        strengths: Strengths,
        recalled: Sequence[Recollection],
        evidence: set[int],
    ) -> None:
        tally = self._findings.tally(name)
        order = [one.episode.id for one in recalled]
        strongest = sorted(strengths, key=lambda id: -strengths[id])
        alone = (strongest if name != "recall alone" else order)[:FIRST]
        tally.any.append(bool(evidence & set(alone)))
        tally.share.append(len(evidence & set(alone)) / len(evidence))
        fused = set(_fused(recalled, strengths)[:FIRST])
        tally.fused.append(bool(evidence & fused))
        tally.fused_share.append(len(evidence & fused) / len(evidence))
        first = set(order[:FIRST])
        if missing := evidence - first:
            others = strongest if name != "recall alone" else order
            tally.found.append(
                bool(missing & set([i for i in others if i not in first][:RECALLED]))
            )


def indexed(rows: Sequence[tuple[int, TokenScore]]) -> SignatureIndex:
    """An index over the distributions of these tokens, each with the id of its episode."""
    sizes = [len(score.top) for _, score in rows]
    return SignatureIndex(
        np.array([id for id, _ in rows], np.int64),
        np.cumsum([0, *sizes]),
        np.array([a.token for _, score in rows for a in score.top], np.int64),
        np.array([a.p for _, score in rows for a in score.top], np.float32),
    )


def readings_of(scores: Iterable[TokenScore]) -> Readings:
    """The top-k of each token as (ids, probabilities), shape (S,) each."""
    return [
        (np.array([a.token for a in s.top], np.int64), np.array([a.p for a in s.top], np.float32))
        for s in scores
    ]


def _draft(message: Message, scores: tuple[TokenScore, ...]) -> tuple[list[int], EpisodeDraft]:
    """The indices of the message's tokens that are moments, and a draft of the whole message."""
    text = message.text
    found = find_moments(message.id, text, scores, [True] * len(scores), Baseline.warm("user"))
    source = Source(message.id, message.conversation_id, message.role, 0, len(text))
    why = Why(1.0, 0.0, 0.0, (), found)
    return [m.index for m in found], EpisodeDraft(text, text, "captured", 1.0, why, (source,))


def _heard(index: SignatureIndex, readings: Iterable[TokenReading]) -> dict[int, float]:
    """Episode -> the sum of the strengths of the answer's best matches that belong to it."""
    sums: dict[int, float] = {}
    for reading in readings:
        match = index.nearest(reading.ids, reading.p)
        if match:
            sums[match.episode] = sums.get(match.episode, 0.0) + match.strength
    return sums


def _fused(recalled: Sequence[Recollection], strengths: Strengths) -> list[int]:
    """The episodes in the order of recall's score plus the weighted z-score of their strength, over all that
    recall ranked."""
    values = np.array([strengths.get(one.episode.id, 0.0) for one in recalled])
    spread = float(values.std()) or 1.0
    scores = [
        one.score + WEIGHT * (value - float(values.mean())) / spread
        for one, value in zip(recalled, values.tolist(), strict=True)
    ]
    order = sorted(range(len(recalled)), key=lambda i: -scores[i])
    return [recalled[i].episode.id for i in order]


def _chosen(
    conversations: Sequence[Conversation], limit: int
) -> list[tuple[Conversation, list[Question]]]:
    asked = [(c, q) for c in conversations for q in c.questions if q.category <= 4]
    picked = even(asked, limit)
    mine = [(c, [q for owner, q in picked if owner is c]) for c in conversations]
    return [(c, questions) for c, questions in mine if questions]


def _chance(others: int, missing: int) -> float:
    """The probability that at least one of ``RECALLED`` episodes, drawn at random from ``others``, is one of
    the ``missing`` ones."""
    drawn = min(RECALLED, others)
    none = math.prod((others - missing - i) / (others - i) for i in range(drawn))
    return 1 - max(0.0, none)
