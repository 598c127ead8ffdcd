"""``bench recall``: how well recall finds the evidence for questions about long conversations (LoCoMo).

The ranking is counted in turns: the turns of the recalled episodes are listed in the order of the
episodes, and a turn counts as found if it is among the first k and its text is in its episode. The main
figures are with functional resonance, on an even sample of the questions, because resonance takes
seconds for each; without resonance all questions are used. Questions of category 5 have no answer in the
conversation and are left out.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.bench.context import BenchContext
from nowprint.bench.ingest import Ingested, ReadTurn, read, worth
from nowprint.bench.locomo import CATEGORIES, Conversation, Question, read_conversations
from nowprint.bench.readings import Readings
from nowprint.bench.samples import even, mean
from nowprint.chat.functional_resonance import FunctionalResonance, expected
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.language.words import words
from nowprint.memory.retrieval.candidates import Gathered
from nowprint.memory.retrieval.ranking import USUAL, Scored, Weights
from nowprint.memory.retrieval.reordering import RESONATING, with_resonance

SAMPLE = 300
"""How many questions are measured with functional resonance if no ``--limit`` is given."""
MOST = 10
"""How many turns of each ranking are compared with the evidence."""
SEEDS = 3
SURPRISING = 7.0
"""Nats from which a token counts as surprising: about mean plus deviation of a message's tokens."""
_DEPTH = 40
"""How many of the best episodes are used; they have more than ``MOST`` turns."""

WITHOUT = "without resonance"
NOTHING = Weights(
    meaning=0.0,
    words=0.0,
    beside=(),
    date=0.0,
    prior=0.0,
    before=0.0,
    chat=0.0,
    asks=0.0,
    faded=0.0,
)
WAYS: Mapping[str, Weights] = {
    "meaning alone": replace(NOTHING, meaning=1.0),
    "words alone": replace(NOTHING, words=1.0),
    "dates alone": replace(NOTHING, date=1.0),
    "meaning and words": replace(NOTHING, meaning=USUAL.meaning, words=USUAL.words),
    "no meaning": replace(USUAL, meaning=0.0),
    "no words": replace(USUAL, words=0.0, before=0.0, chat=0.0),
    "no words before": replace(USUAL, before=0.0),
    "no words of the chat": replace(USUAL, chat=0.0),
    "questions as the others": replace(USUAL, asks=0.0),
    "no neighbours": replace(USUAL, beside=()),
    "no dates": replace(USUAL, date=0.0),
    "no priors": replace(USUAL, prior=0.0),
    "no fading": replace(USUAL, faded=0.0),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A question and the ids of the first turns that recall found for it."""

    question: Question
    turns: tuple[str, ...]

    def any(self, k: int) -> bool:
        """Whether some of the evidence is among the first ``k`` turns."""
        return not self.question.evidence.isdisjoint(self.turns[:k])

    def share(self, k: int) -> float:
        """The share (0..1) of the evidence that is among the first ``k`` turns."""
        return len(self.question.evidence.intersection(self.turns[:k])) / len(
            self.question.evidence
        )


Rows = dict[str, list[Found]]


def recall(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench. UserError if the data isn't in LoCoMo's form."""
    conversations = read_conversations(data)
    keep = context.settings.keep if context.keep is None else context.keep
    began = time.monotonic()
    sample = sampled(conversations, context.limit or SAMPLE)
    rows: Rows = {}
    sizes = _Sizes()
    with Cache(context.cache) as cache:
        bench = _Bench(context, cache, keep)
        for number, conversation in enumerate(conversations):
            turns = bench.read(conversation, number, len(conversations))
            for name, found in bench.measure(conversation, turns, sample, sizes).items():
                rows.setdefault(name, []).extend(found)
    headline, everything = rows["with resonance"], rows[WITHOUT]
    return {
        "n": len(headline),
        "n without resonance": len(everything),
        "keep": keep,
        **figures(headline),
        "episode_share": sizes.episodes / max(1, sizes.turns),
        "bytes_per_episode": sizes.bytes / max(1, sizes.episodes),
        "seconds": time.monotonic() - began,
        "by category": by_category(headline),
        "by category, without resonance": by_category(everything),
        "bytes per episode": {
            part: {"bytes": count / max(1, sizes.episodes)} for part, count in sizes.parts.items()
        },
        "ablations": {name: {**figures(found), "n": len(found)} for name, found in rows.items()},
    }


def figures(found: Sequence[Found]) -> dict[str, float]:
    """Means over the questions, 0..1: ``Found.any`` for k = 1, 5, 10 and ``Found.share`` for k = 10."""
    return {
        **{f"any@{k}": mean(float(one.any(k)) for one in found) for k in (1, 5, 10)},
        "recall@10": mean(one.share(10) for one in found),
    }


def by_category(found: Sequence[Found]) -> dict[str, dict[str, float]]:
    table = {}
    for number, name in CATEGORIES.items():
        those = [one for one in found if one.question.category == number]
        if those:
            table[f"{number} {name}"] = {**figures(those), "n": len(those)}
    return table


def asked(conversation: Conversation) -> list[Question]:
    return [question for question in conversation.questions if question.category != 5]


def sampled(conversations: Sequence[Conversation], count: int) -> set[tuple[str, str]]:
    """An even sample of all questions, as (name of the conversation, text of the question)."""
    every = [(one.name, question.text) for one in conversations for question in asked(one)]
    return set(even(every, count))


@dataclass(slots=True)
class _Sizes:
    """Sums over the conversations."""

    turns: int = 0
    episodes: int = 0
    bytes: float = 0.0
    parts: dict[str, int] = field(default_factory=dict)


class _Bench:
    def __init__(self, context: BenchContext, cache: Cache, keep: float) -> None:
        self._context = context
        self._cache = cache
        self._keep = keep
        self._embedder = CachedEmbedder(context.embedder, cache)
        self._encoder = context.encoder and CachedEmbedder(context.encoder, cache)
        self._builder = PromptBuilder(context.engine, answer_tokens=context.settings.answer_tokens)

    def read(self, conversation: Conversation, number: int, of: int) -> list[ReadTurn]:
        return read(
            conversation,
            Readings(self._context.engine, self._cache, encoder=self._context.encoder),
            self._builder,
            judged=self._keep < 1,
            on_progress=lambda done: self._context.report(
                f"Reading conversation {number + 1} of {of}", done
            ),
        )

    def measure(
        self,
        conversation: Conversation,
        turns: Sequence[ReadTurn],
        sample: set[tuple[str, str]],
        sizes: _Sizes,
    ) -> Rows:
        questions = asked(conversation)
        home = self._context.profile.home / f"{len(list(self._context.profile.home.iterdir()))}"
        home.mkdir()
        told = Ingested(home / "memory.db", home / "index.hnsw", self._embedder, self._encoder)
        try:
            kept = worth(turns, self._keep)
            told.tell(turns, kept, self._progress("Keeping", conversation))
            rows = self._ways(told, questions)
            some = [q for q in questions if (conversation.name, q.text) in sample]
            rows |= self._resonance(told, some, conversation)
            stats = told.memory.stats()
            sizes.turns += len(turns)
            sizes.episodes += stats.episodes
            sizes.bytes += stats.bytes_per_episode * stats.episodes
            for part, count in stats.parts:
                sizes.parts[part] = sizes.parts.get(part, 0) + count
        finally:
            told.close()
        if self._keep < 1:
            rows |= self._gates(turns, kept, questions, conversation)
        return rows

    def _ways(self, told: Ingested, questions: Sequence[Question]) -> Rows:
        """Rank each question's candidates in every way, without resonance."""
        rows: Rows = {}
        for question in questions:
            gathered = told.memory.retrieval.gather(question.text)
            self._put(
                rows, WITHOUT, told, question, told.memory.retrieval.weigh(question.text, gathered)
            )
            self._put(rows, "not read together", told, question, gathered.ranked())
            for name, weights in WAYS.items():
                self._put(rows, name, told, question, gathered.ranked(weights))
            self._put(rows, "ranks in place of scores", told, question, by_ranks(gathered))
        return rows

    def _resonance(
        self, told: Ingested, questions: Sequence[Question], conversation: Conversation
    ) -> Rows:
        """Rank with functional resonance, without it, and by resonance alone."""
        rows: Rows = {"with resonance": []}
        resonance = FunctionalResonance(told.memory)
        progress = self._progress("Listening for resonance", conversation)
        try:
            for number, question in enumerate(questions):
                gathered = told.memory.retrieval.gather(question.text)
                ranked = told.memory.retrieval.weigh(question.text, gathered)
                nats = self._nats(resonance, told, question.text, ranked)
                best = with_resonance(ranked, nats)
                self._put(rows, "with resonance", told, question, best)
                self._put(rows, f"{WITHOUT}, same questions", told, question, ranked)
                alone = sorted(ranked[:RESONATING], key=lambda one: -nats.get(one.id, -1e9))
                self._put(rows, "resonance alone", told, question, alone)
                progress((number + 1) / len(questions))
        finally:
            resonance.close()
        return rows

    def _nats(
        self,
        resonance: FunctionalResonance,
        told: Ingested,
        question: str,
        ranked: Sequence[Scored],
    ) -> dict[int, float]:
        """Episode id -> functional resonance in nats, from the cache or measured now."""
        best = [one.id for one in ranked[:RESONATING]]
        texts = {one.id: one.text for one in told.memory.episodes(best)}
        names = {id: ("gains", self._context.engine.info.id, question, texts[id]) for id in best}
        stored = {id: self._cache.get(*name) for id, name in names.items()}
        missing = [one for one in ranked[:RESONATING] if stored[one.id] is None]
        found = resonance.gains(self._context.engine, question, missing, seconds=None)
        for id, gains in found.items():
            stored[id] = gains.astype(np.float32).tobytes()
            self._cache.put(gains.astype(np.float32).tobytes(), *names[id])
        return {
            id: expected(np.frombuffer(gains, np.float32).astype(np.float64))
            for id, gains in stored.items()
            if gains is not None
        }

    def _gates(
        self,
        turns: Sequence[ReadTurn],
        kept: Sequence[bool],
        questions: Sequence[Question],
        conversation: Conversation,
    ) -> Rows:
        """Keep everything, and as many turns as ``kept`` chosen in other ways; rank without resonance and
        reranker."""
        rows: Rows = {}
        told = Ingested(None, None, self._embedder)
        try:
            told.tell(turns, [True] * len(turns), self._progress("Keeping all", conversation))
            for question in questions:
                ranked = told.memory.retrieval.gather(question.text).ranked()
                self._put(rows, "gate: everything", told, question, ranked)
            for name, chosen in gates(turns, sum(kept)).items():
                others = told.only(chosen)
                for question in questions:
                    ranked = told.memory.retrieval.gather(question.text).ranked()
                    self._put(rows, name, told, question, ranked)
                told.memory.undo_forget(others)
        finally:
            told.close()
        return rows

    def _put(
        self,
        rows: Rows,
        name: str,
        told: Ingested,
        question: Question,
        ranked: Sequence[Scored],
    ) -> None:
        places = told.places([one.id for one in ranked[:_DEPTH]], MOST)
        rows.setdefault(name, []).append(Found(question, tuple(places)))

    def _progress(self, task: str, conversation: Conversation) -> Callable[[float], None]:
        return lambda done: self._context.report(f"{task}: {conversation.name}", done)


def gates(turns: Sequence[ReadTurn], count: int) -> dict[str, set[str]]:
    """For each way of choosing, the ids of ``count`` turns: by the head's expected worth, by the salience of
    their best span, by length, by number of surprising tokens, and ``SEEDS`` times at random."""

    def best(by: Callable[[ReadTurn], float]) -> set[str]:
        return {one.turn.id for one in sorted(turns, key=by, reverse=True)[:count]}

    chosen = {
        "gate: head": best(lambda one: one.worth),
        "gate: head, best span": best(lambda one: one.salience),
        "gate: longest": best(lambda one: len(words(one.turn.text))),
        "gate: most surprising tokens": best(
            lambda one: sum(t.surprisal > SURPRISING for t in one.tokens)
        ),
    }
    for seed in range(SEEDS):
        picked = random.Random(seed).sample(list(turns), count)
        chosen[f"gate: random {seed + 1}"] = {one.turn.id for one in picked}
    return chosen


def by_ranks(gathered: Gathered) -> list[Scored]:
    """The candidates ranked by reciprocal-rank fusion (Cormack et al. 2009) of meaning and words instead of
    the sum of scores."""
    ranked = gathered.ranked()
    meaning = {c.id: c.cosine for c in gathered.candidates}
    shared = {c.id: c.words for c in gathered.candidates}
    total: dict[int, float] = {}
    for numbers in (meaning, shared):
        for place, id in enumerate(sorted(numbers, key=lambda id: -numbers[id])):
            total[id] = total.get(id, 0.0) + 1 / (place + 60)
    return sorted(ranked, key=lambda one: -total[one.id])
