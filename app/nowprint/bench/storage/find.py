"""``bench find``: how fast messages are found in a profile with very many, while a query is being typed.

The messages are sentences of Nowprint's own corpus, in conversations of forty, each with some words of a
vocabulary of 50,000 made from syllables, so that beginnings of words are shared as in a language. Queries are
one to three words, asked for after each letter from the second on, one in four with a filter. "computing"
leaves out what the thread waited for while other programs had the processor.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from nowprint.bench.context import BenchContext
from nowprint.bench.storage.scale import SEED, corpus_messages
from nowprint.memory.browse.message_search import MessageSearch
from nowprint.memory.storage.conversations import ConversationStore

MESSAGES = 200_000
CONVERSATION = 40
"""How many messages a conversation has."""
ANSWER = 5
"""Sentences in an answer; a message has one."""
VOCABULARY = 50_000
QUERIES = 150
HOUR = 3600.0
MODELS = ("Model A", "Model B", "Model C")
_SYLLABLES = [
    first + then for first in "bcdfghklmnprstvz" for then in ("a", "e", "i", "o", "u", "an", "er")
]


def find(context: BenchContext, data: object) -> dict[str, Any]:
    """The report for ``context.limit`` messages (0: MESSAGES); ``data`` is not used."""
    count = context.limit or MESSAGES
    began = time.monotonic()
    chance = random.Random(SEED)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(VOCABULARY)]
    sentences = corpus_messages()
    store = ConversationStore(context.profile.database)
    filled = _timed(lambda: _fill(context, store, count, sentences, words, chance))
    search = MessageSearch(store)
    times, computing, found = [], [], 0
    for text, filters in _typed(sentences, words, chance):
        start, worked = time.perf_counter(), time.thread_time()
        found += bool(search.find(text, **filters))
        computing.append((time.thread_time() - worked) * 1e3)
        times.append((time.perf_counter() - start) * 1e3)
    listed = _timed(store.conversations)
    rebuilt = _timed(lambda: _command(store, "rebuild"))
    store.delete_conversation(1)
    wiped = _timed(store.database.wipe)
    size = store.database.bytes()
    store.close()
    opened = _timed(lambda: ConversationStore(context.profile.database).close())
    return {
        "messages": count,
        "queries": len(times),
        "with a hit": found / len(times),
        "find p50 ms": float(np.percentile(times, 50)),
        "find p95 ms": float(np.percentile(times, 95)),
        "find max ms": max(times),
        "computing p95 ms": float(np.percentile(computing, 95)),
        "computing max ms": max(computing),
        "list of conversations ms": listed * 1e3,
        "open ms": opened * 1e3,
        "index built s": rebuilt,
        "wiped after a deletion s": wiped,
        "MB": size / 1e6,
        "filled s": filled,
        "seconds": time.monotonic() - began,
    }


def _fill(
    context: BenchContext,
    store: ConversationStore,
    count: int,
    sentences: list[str],
    words: list[str],
    chance: random.Random,
) -> None:
    now = time.time()
    with store.database.writing() as connection:
        for number in range(count):
            if number % CONVERSATION == 0:
                id = store.create_conversation(" ".join(chance.choices(words, k=4))).id
                context.report("Writing messages", number / count)
            user = number % 2 == 0
            text = " ".join(
                (*chance.choices(sentences, k=1 if user else ANSWER), *chance.choices(words, k=3))
            )
            connection.execute(
                """INSERT INTO message (conversation_id, role, text, created, state, model)
                VALUES (?, ?, ?, ?, 'complete', ?)""",
                [
                    id,
                    "user" if user else "assistant",
                    text,
                    now - (count - number) * HOUR / 20,
                    "" if user else chance.choice(MODELS),
                ],
            )


def _typed(
    sentences: list[str], words: list[str], chance: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each query as it grows letter by letter, with the filters that are set."""
    for _ in range(QUERIES):
        known = chance.choice(sentences).split()
        parts = chance.sample(known, min(len(known), chance.randint(1, 3)))
        if chance.random() < 0.3:
            parts[-1] = chance.choice(words)
        text = " ".join(parts)
        month = {"since": time.time() - 30 * 24 * HOUR}
        filters = chance.choice(({}, {}, {}, {}, {}, {}, month, {"model": MODELS[0]}))
        for length in range(2, len(text) + 1):
            yield text[:length], filters


def _command(store: ConversationStore, command: str) -> None:
    with store.database.writing() as connection:
        connection.execute("INSERT INTO message_search (message_search) VALUES (?)", [command])


def _timed(do: Any) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start
