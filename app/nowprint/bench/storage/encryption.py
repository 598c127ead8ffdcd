"""``bench encryption``: what encrypting a profile costs in speed and room, against a plain one beside it.

The plain profile gets the episodes of ``bench scale``, the encrypted one is its copy. Then both are measured
in turns: so a busy machine slows both alike, and the ratios hold on any machine.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from nowprint.bench.context import BenchContext
from nowprint.bench.storage.scale import (
    CONVERSATION,
    EPISODES,
    RECALLED,
    WEEK,
    Composed,
    corpus,
    pairs,
)
from nowprint.encryption import key_file
from nowprint.encryption.cipher import KEY_BYTES, ProfileCipher
from nowprint.memory.encryption.copying import copy
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Source, Why
from nowprint.settings import Profile

OPENINGS = 7
INSERTS = 300
_WHY = Why(0.7, 0.5, 0.0, (), ())
_PASSPHRASE = "as long as a passphrase should be"


def encryption(context: BenchContext, data: object) -> dict[str, Any]:
    """The report for ``context.limit`` episodes (0: EPISODES); ``data`` is not used."""
    count = context.limit or EPISODES
    began = time.monotonic()
    messages, questions = corpus()
    embedder = Composed(context.embedder, messages, questions)
    home = context.profile.home
    cipher = ProfileCipher(bytes(range(KEY_BYTES)))
    plain = Profile(home / "plain")
    encrypted = Profile(home / "encrypted", cipher)
    for profile in (plain, encrypted):
        profile.home.mkdir()
    texts = list(pairs(messages, count))
    first = max(0, count - INSERTS)
    filled = _Side(plain, embedder)
    for number, text in enumerate(texts[:first]):
        filled.keep(text, number)
        context.report("Keeping episodes", (number + 1) / count)
    filled.close()
    copy(plain.database, None, encrypted.database, cipher)
    sides = {"plain": _Side(plain, embedder), "encrypted": _Side(encrypted, embedder)}
    for number, text in enumerate(texts[first:]):
        for side in _in_turn(sides, number):
            side.keep(text, number)
        context.report("Keeping episodes", (first + number + 1) / count)
    for round_ in range(2):  # the first warms the caches, and isn't counted
        for number, question in enumerate(questions):
            for side in _in_turn(sides, number):
                side.recall(question, counts=bool(round_))
    for number in range(OPENINGS):
        for side in _in_turn(sides, number):
            side.open_again(questions[0])
        context.report("Opening", (number + 1) / OPENINGS)
    told = {name: side.close() for name, side in sides.items()}
    ratios = {name: told["encrypted"][name] / told["plain"][name] for name in told["plain"]}
    return {
        "episodes": count,
        "encryption": {**told, "encrypted : plain": ratios},
        "ms for the passphrase": _unlocking(),
        "seconds": time.monotonic() - began,
    }


class _Side:
    """One of the two profiles."""

    def __init__(self, profile: Profile, embedder: Composed) -> None:
        self._profile = profile
        self._embedder = embedder
        self._clock = [time.time() - EPISODES / CONVERSATION * WEEK]
        self._conversation = 0
        self._kept = 0.0
        self._recalled: list[float] = []
        self._opened: list[float] = []
        self._count = 0
        self._open()

    def _open(self) -> None:
        self._store = ConversationStore(self._profile.database, self._profile.cipher)
        self._memory = Memory(
            self._store,
            self._embedder,
            self._profile.index,
            lambda _: None,
            clock=lambda: self._clock[0],
        )

    def keep(self, text: str, number: int) -> None:
        began = time.perf_counter()
        if number % CONVERSATION == 0 or not self._conversation:
            self._conversation = self._store.create_conversation().id
            self._clock[0] += WEEK
        message = self._store.add_message(self._conversation, "user", text)
        source = Source(message.id, self._conversation, "user", 0, len(text))
        draft = EpisodeDraft(text, text.partition("\n")[0], "captured", 0.7, _WHY, (source,))
        self._memory.judge(message.id, None, (), [draft])
        self._kept += time.perf_counter() - began
        self._count += 1

    def recall(self, question: str, *, counts: bool) -> None:
        began = time.perf_counter()
        self._memory.retrieval.recall(question, limit=RECALLED)
        if counts:
            self._recalled.append((time.perf_counter() - began) * 1e3)

    def open_again(self, question: str) -> None:
        """Close it, and open it until the first recall."""
        self._memory.close()
        began = time.perf_counter()
        self._open()
        self._memory.prepare()
        self._memory.retrieval.gather(question)
        self._opened.append((time.perf_counter() - began) * 1e3)

    def close(self) -> dict[str, float]:
        """The figures, if it was opened again."""
        self._memory.close()
        if not self._opened:
            return {}
        size = sum(file.stat().st_size for file in self._profile.home.iterdir())
        return {
            "start ms": median(self._opened),
            "recall p50 ms": float(np.percentile(self._recalled, 50)),
            "recall p99 ms": float(np.percentile(self._recalled, 99)),
            "insert ms": self._kept / self._count * 1e3,
            "MB": size / 1e6,
        }


def _in_turn(sides: dict[str, _Side], number: int) -> list[_Side]:
    """Each is the first one every other time."""
    both = list(sides.values())
    return both if number % 2 else both[::-1]


def _unlocking() -> float:
    """How long the passphrase itself takes, once at each start: as slow as its guesses are to be."""
    _, file, _ = key_file.new_key(_PASSPHRASE)
    began = time.perf_counter()
    file.unlock(_PASSPHRASE)
    return (time.perf_counter() - began) * 1e3
