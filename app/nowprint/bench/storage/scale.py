"""``bench scale``: how fast keeping and recalling are, and how much room they take, with many episodes.

The episodes are pairs of messages from Nowprint's own corpus, in conversations, so that they have
neighbours, shared words and dates as real ones have. A pair's vector is the sum of its messages'
vectors with a little noise, because embedding ten thousand texts would measure the embedder. The
messages have no traces; ``bench recall`` reports what traces take. Recall is timed with the questions of
the corpus, embedded beforehand, without the reranker (``Composed`` has none), and without functional
resonance, whose time is a setting.

The first ``ONE_BY_ONE`` and the last ``AT_THE_END`` are kept as a turn keeps them, compared with what is
there. Those in between are written as an import writes them, in batches, so that a million takes minutes:
nothing is compared, so none of them changes another. Of more than the settings have room for
(``most_episodes``) the oldest are archived, as sleep leaves them.
"""

from __future__ import annotations

import gc
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import psutil

from nowprint.bench.context import BenchContext
from nowprint.inspection import EpisodeFilter, MapLaidOut
from nowprint.memory.browse.map_layout import FEWEST
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.episode_codec import encode_vectors
from nowprint.records import EpisodeDraft, Source, Why
from nowprint.settings import resources

EPISODES = 10_000
CONVERSATION = 12
"""How many episodes a conversation has."""
ONE_BY_ONE = 2_000
AT_THE_END = 200
BATCH = 5_000
WEEK = 7 * 86400.0
LONGEST = 16 * 365 * 86400.0
"""The time from the first episode to the last one, at most; else a conversation a week."""
TIMED = 20
"""How often the list and the map are opened."""
MAP_SECONDS = 600.0
"""For how long the map is waited for."""
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
    before = psutil.Process().memory_info().rss
    filling = _Filling(context, embedder, messages, count)
    report: dict[str, Any] = {}
    first = min(count, ONE_BY_ONE)
    last = min(count - first, AT_THE_END)
    report["kept a second"] = first / filling.one_by_one(first)
    if between := count - first - last:
        report["written a second"] = between / filling.in_bulk(between)
        filling.archive_the_first(first)
        context.report("Indexing", None)
        filling.memory.close()
        report["index built s"] = _timed(filling.open) / 1e3
    if last:
        report["kept a second at the end"] = last / filling.one_by_one(last)
    filling.memory.close()

    def opened() -> None:
        filling.open()
        filling.memory.retrieval.gather(questions[0])

    report["open ms"] = _timed(opened)
    memory = filling.memory
    gc.collect()
    gc.freeze()  # as the core does once it is prepared
    context.report("Recalling", None)
    for name in ("recall at first", "recall"):  # patterns are compiled when first needed
        times = _times(memory, questions)
        report |= {f"{name} p{share} ms": float(np.percentile(times, share)) for share in (50, 99)}
    report["resident MB"] = (psutil.Process().memory_info().rss - before) / 1e6
    everything = EpisodeFilter()
    pages = [_timed(lambda: memory.query.page(everything)) for _ in range(TIMED)]
    report["list ms"] = float(np.median(pages))
    report["last page of the list ms"] = _timed(
        lambda: memory.query.page(everything, offset=count - 1)
    )
    stats, (_, archived) = memory.stats(), memory.archive.counts()
    context.report("Opening the timeline", None)
    report["timeline ms"] = _timed(lambda: memory.plots.plot(everything))
    if stats.episodes >= FEWEST:
        report["map laid out s"] = _timed(lambda: filling.laid_out.wait(MAP_SECONDS)) / 1e3
    memory.close()
    return report | {
        "episodes": stats.episodes,
        "archived": archived,
        "bytes_per_episode": stats.bytes_per_episode,
        "MB on disk": stats.bytes_per_episode * stats.episodes / 1e6,
        "bytes per episode": {
            part: {"bytes": size / max(1, stats.episodes)} for part, size in stats.parts
        },
        "seconds": time.monotonic() - began,
    }


class _Filling:
    """Fills a profile; ``memory`` is open on it."""

    def __init__(
        self, context: BenchContext, embedder: Composed, messages: Sequence[str], count: int
    ) -> None:
        self._context = context
        self._embedder = embedder
        self._texts = pairs(messages, count)
        room = context.settings.most_episodes
        self._archived = max(0, count - room) if room else 0
        self._count = count
        self._number = 0
        self._conversation = 0
        chats = count / CONVERSATION
        self._step = min(WEEK, LONGEST / chats)
        self._now = time.time() - chats * self._step
        self.laid_out = threading.Event()
        self.open()

    def open(self) -> None:
        self._store = ConversationStore(self._context.profile.database)
        self.memory = Memory(
            self._store,
            self._embedder,
            self._context.profile.index,
            lambda event: self.laid_out.set() if isinstance(event, MapLaidOut) else None,
            clock=lambda: self._now,
        )
        self.memory.prepare()

    def one_by_one(self, count: int) -> float:
        """Keep ``count`` episodes as turns do. Returns the seconds."""
        began = time.perf_counter()
        for _ in range(count):
            text = self._next("Keeping episodes")
            message = self._store.add_message(self._conversation, "user", text)
            source = Source(message.id, self._conversation, "user", 0, len(text))
            draft = EpisodeDraft(text, text.split("\n")[0], "captured", 0.7, _WHY, (source,))
            self.memory.judge(message.id, None, (), [draft])
        return time.perf_counter() - began

    def in_bulk(self, count: int) -> float:
        """Write the rows of ``count`` episodes; the index gets them when it is next opened. Returns the
        seconds."""
        began = time.perf_counter()
        for first in range(0, count, BATCH):
            with self._store.database.writing():
                self._batch(min(BATCH, count - first))
                self._store.database.bump_generation()
        return time.perf_counter() - began

    def archive_the_first(self, kept: int) -> None:
        """Of the first ``kept``, which were kept one by one, archive those that there is no room for."""
        self.memory.archive.archive(range(1, min(kept, self._archived) + 1))

    def _batch(self, count: int) -> None:
        database = self._store.database
        embedder = database.name_id(self._embedder.name)
        message = int(database.value("SELECT coalesce(max(id), 0) FROM message"))
        episode = int(database.value("SELECT coalesce(max(id), 0) FROM episode"))
        first = self._number + 1
        told = [
            (self._next("Writing episodes"), self._conversation, self._now) for _ in range(count)
        ]
        archived = [
            at if first + n <= self._archived else None for n, (_, _, at) in enumerate(told)
        ]
        vectors = self._embedder.embed([text for text, _, _ in told])
        codes = encode_vectors(vectors)
        with database.writing() as connection:
            connection.executemany(
                """INSERT INTO message (id, conversation_id, role, text, created, state, model)
                VALUES (?, ?, 'user', ?, ?, 'complete', '')""",
                [(message + n, chat, text, at) for n, (text, chat, at) in enumerate(told, 1)],
            )
            connection.executemany(
                """INSERT INTO episode (id, text, gist, gist_start, gist_end, kind, salience, created,
                updated, conversation, archived, why_salience, threshold, bias)
                VALUES (?, ?, '', 0, ?, 'captured', .7, ?, ?, ?, ?, .7, .5, 0)""",
                [
                    (episode + n, text, text.index("\n"), at, at, chat, archived[n - 1])
                    for n, (text, chat, at) in enumerate(told, 1)
                ],
            )
            connection.executemany(
                "INSERT INTO episode_source VALUES (?, 0, ?, 0, ?)",
                [(episode + n, message + n, len(text)) for n, (text, _, _) in enumerate(told, 1)],
            )
            connection.executemany(
                "INSERT INTO embedding VALUES (?, ?, ?)",
                [(episode + n, embedder, one.tobytes()) for n, one in enumerate(codes, 1)],
            )

    def _next(self, task: str) -> str:
        if self._number % CONVERSATION == 0:
            self._conversation = self._store.create_conversation().id
            self._now += self._step
        self._number += 1
        if self._number % 100 == 0:
            self._context.report(task, self._number / self._count)
        return next(self._texts)


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
    """Milliseconds that recall takes for each question."""
    return [
        _timed(lambda text=text: memory.retrieval.recall(text, limit=RECALLED))  # type: ignore[misc]
        for text in questions
    ]


def _timed(do: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1e3
