"""``bench scale``: how fast keeping and recalling are, and how much room they take, with many episodes.

The episodes are pairs of messages from Nowprint's own corpus, in conversations, so that they have
neighbours, shared words and dates as real ones have. A pair's vector is the sum of its messages'
vectors with a little noise, because embedding ten thousand texts would measure the embedder. The
messages have no traces; ``bench recall`` reports what traces take. Recall is timed with the questions of
the corpus, embedded beforehand, without the reranker (``Composed`` has none), and without functional
resonance, whose time is a setting.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import psutil

from nowprint.bench.context import BenchContext
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Source, Why
from nowprint.settings import resources

EPISODES = 10_000
CONVERSATION = 12
"""How many episodes a conversation has."""
WEEK = 7 * 86400.0
SEED = 7
NOISE = 0.02
"""The standard deviation of the noise in each component, before the vector is scaled to length 1."""
RECALLED = 5
_WHY = Why(0.7, 0.5, 0.0, (), ())


def scale(context: BenchContext, data: object) -> dict[str, Any]:
    """The report for ``context.limit`` episodes (0: EPISODES); ``data`` is not used."""
    count = context.limit or EPISODES
    began = time.monotonic()
    messages, questions = corpus()
    embedder = Composed(context.embedder, messages, questions)
    clock = [time.time() - count / CONVERSATION * WEEK]
    store = ConversationStore(context.profile.database)
    memory = Memory(store, embedder, context.profile.index, lambda _: None, clock=lambda: clock[0])
    before = psutil.Process().memory_info().rss
    kept = time.perf_counter()
    for number, text in enumerate(pairs(messages, count)):
        if number % CONVERSATION == 0:
            conversation = store.create_conversation().id
            clock[0] += WEEK
        message = store.add_message(conversation, "user", text)
        source = Source(message.id, conversation, "user", 0, len(text))
        draft = EpisodeDraft(text, text.split("\n")[0], "captured", 0.7, _WHY, (source,))
        memory.judge(message.id, None, (), [draft])
        context.report("Keeping episodes", (number + 1) / count)
    kept = time.perf_counter() - kept
    times = _times(memory, questions)
    resident = psutil.Process().memory_info().rss - before
    memory.close()
    opened = time.perf_counter()
    memory = Memory(
        ConversationStore(context.profile.database), embedder, context.profile.index, lambda _: None
    )
    memory.prepare()
    memory.retrieval.gather(questions[0])
    opened = time.perf_counter() - opened
    stats = memory.stats()
    memory.close()
    return {
        "episodes": stats.episodes,
        "kept a second": count / kept,
        "recall p50 ms": float(np.percentile(times, 50)),
        "recall p99 ms": float(np.percentile(times, 99)),
        "open ms": opened * 1e3,
        "resident MB": resident / 1e6,
        "bytes_per_episode": stats.bytes_per_episode,
        "bytes per episode": {
            part: {"bytes": size / max(1, stats.episodes)} for part, size in stats.parts
        },
        "seconds": time.monotonic() - began,
    }


class Composed(Embedder):
    """Embeds the corpus's messages and questions once, and composes the vectors of pairs from theirs."""

    def __init__(
        self, embedder: Embedder, messages: Sequence[str], questions: Sequence[str]
    ) -> None:
        texts = [*messages, *questions]
        self.name, self.dimension = embedder.name, embedder.dimension
        self._model = embedder
        self._known = dict(zip(texts, embedder.embed(texts), strict=True))
        self._chance = np.random.default_rng(SEED)

    def load(self) -> None:
        """Does nothing: all vectors are there."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            if "\n" not in text:
                vectors[row] = self._of(text)
                continue
            noise = self._chance.normal(scale=NOISE, size=self.dimension).astype(np.float32)
            mixed = sum((self._of(part) for part in text.split("\n")), noise)
            vectors[row] = mixed / np.linalg.norm(mixed)
        return vectors

    def _of(self, text: str) -> FloatArray:
        """One text's vector. A question whose spelling was corrected comes as another one."""
        if text not in self._known:
            self._known[text] = self._model.embed([text])[0]
        vector: FloatArray = self._known[text]
        return vector


def corpus_messages() -> list[str]:
    """The corpus's messages that are worth keeping and have one line."""
    path = resources() / "corpus" / "messages-english.jsonl"
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [row["text"] for row in rows if row["worth"] and "\n" not in row["text"]]


def corpus() -> tuple[list[str], list[str]]:
    """The corpus's messages, and its questions."""
    path = resources() / "corpus" / "dialogue.json"
    dialogue = json.loads(path.read_text(encoding="utf-8"))
    questions = [pair["question"] for pair in dialogue["pairs"]] + dialogue["unanswerable"]
    return corpus_messages(), questions


def pairs(messages: Sequence[str], count: int) -> Iterator[str]:
    """``count`` different pairs of messages, one message per line; triples if there are too few pairs."""
    chance = random.Random(SEED)
    together = 2 if 2 * count < len(messages) * (len(messages) - 1) else 3
    told: set[tuple[str, ...]] = set()
    while len(told) < count:
        some = tuple(chance.sample(messages, together))
        if some not in told:
            told.add(some)
            yield "\n".join(some)


def _times(memory: Memory, questions: Sequence[str]) -> list[float]:
    """Milliseconds that recall takes for each question; a first round, which isn't counted, warms the
    caches."""
    times: list[float] = []
    for _ in range(2):
        times = []
        for question in questions:
            began = time.perf_counter()
            memory.retrieval.recall(question, limit=RECALLED)
            times.append((time.perf_counter() - began) * 1e3)
    return times
