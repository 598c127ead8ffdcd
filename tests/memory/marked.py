"""A profile of episodes that each have a word of their own, and a search for all that is left of them.

The search is not the app's (raw_bytes.py, needles.py): it looks for whole words, blobs and arrays with
``bytes.find``, in every file, in every zlib stream and in every stored blob that can be inflated.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.memory import Memory
from nowprint.memory.storage.columns import planes
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.episode_codec import encode_vector
from nowprint.records import (
    Alternative,
    Contribution,
    EpisodeDraft,
    Moment,
    Signature,
    Source,
    TokenScore,
    Trigger,
    Why,
)

DIMENSION = 384
_SYLLABLES = re.findall("..", "bacedifoguhajikolumeniporisotuvawexiyozubyclydrofry")
_PLACES = ("garden", "kitchen", "harbour", "station", "library", "market", "museum", "theatre")


class WordEmbedder(Embedder):
    """Vectors made of the words of a text, the same in every process; nothing has to be loaded."""

    def __init__(self, name: str = "words") -> None:
        self.name, self.dimension = name, DIMENSION

    def load(self) -> None:
        """Nothing is left to load."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                chance = np.random.default_rng(zlib.crc32(f"{self.name} {word}".encode()))
                vectors[row] += chance.normal(size=DIMENSION).astype(np.float32)
            vectors[row] /= max(float(np.linalg.norm(vectors[row])), 1e-9)
        return vectors


@dataclass(frozen=True)
class Told:
    """One episode that was told, and the forms that its content has."""

    id: int
    conversation: int
    message: int
    answer: int
    marker: str
    text: str
    tokens: tuple[int, ...]


def marker(chance: random.Random) -> str:
    """A word that is nowhere else."""
    return "".join(chance.choice(_SYLLABLES) for _ in range(7))


class Clock:
    """Every look at it is a minute later."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 60
        return self.now


def open_memory(folder: Path, clock: Callable[[], float] = time.time) -> Memory:
    folder.mkdir(exist_ok=True)
    return Memory(
        ConversationStore(folder / "memory.db"),
        WordEmbedder(),
        folder / "index.hnsw",
        lambda _: None,
        encoder=WordEmbedder("words of any language"),
        clock=clock,
    )


def tell(
    memory: Memory, number: int, chance: random.Random, conversation: int, place: str = ""
) -> Told:
    """The user's message, read token by token, an answer that repeats it, and the episode of it."""
    word = marker(chance)
    place = place or chance.choice(_PLACES)
    text = f"My {word} stands in the {place} number {number}, behind the door."
    store = memory._store
    asked = store.add_message(conversation, "user", text)
    answer = store.add_message(conversation, "assistant", "", state="writing")
    scores = traced(text, chance)
    memory.finish_turn(
        answer_id=answer.id,
        answer_text=f"So your {word} stands there.",
        state="complete",
        traces={asked.id: scores},
        baselines={},
        recollections=(),
        pinned=(),
    )
    tokens = tuple(chance.randrange(40_000) for _ in range(12))
    signature = Signature(tokens, (0.05,) * len(tokens), 2.5, 1.5, f"{chance.getrandbits(32):08x}")
    moment = Moment(asked.id, 1, word, (Trigger("surprisal", 9.5, 6.25),), signature)
    why = Why(0.8, 0.5, -1.0, (Contribution("words", 12.0, 0.7),), (moment,))
    source = Source(asked.id, conversation, "user", 0, len(text))
    (kept,) = memory.judge(
        asked.id, None, (), [EpisodeDraft(text, text, "captured", 0.8, why, (source,))]
    )
    id = kept.episode.id
    memory.measurements.put_likelihoods(
        "tiny", {id: np.array([chance.random() * 20 for _ in range(16)], np.float32)}, {id: text}
    )
    all_tokens = tuple(score.token for score in scores)
    return Told(id, conversation, asked.id, answer.id, word, text, all_tokens)


def traced(text: str, chance: random.Random) -> list[TokenScore]:
    """One token for each three characters, as a model would read them."""
    scores = []
    for start in range(0, len(text), 3):
        end = min(start + 3, len(text))
        top = (Alternative(chance.randrange(40_000), "dog", 0.5),)
        scores.append(
            TokenScore(
                chance.randrange(40_000),
                text[start:end],
                start,
                end,
                chance.random() * 12,
                chance.random() * 6,
                1.0,
                0.5,
                top,
            )
        )
    return scores


def forms(memory: Memory, told: Told) -> dict[str, bytes]:
    """Every form of one episode that may stand in a file, while it is there."""
    value = memory._database.value
    vector = WordEmbedder().embed([told.text])[0]
    stored = bytes(value("SELECT data FROM embedding WHERE episode_id = ?", [told.id]))
    unit = np.frombuffer(stored, np.int8).astype(np.float32)
    unit /= np.linalg.norm(unit)
    ids = told.tokens
    trace = bytes(value("SELECT data FROM trace WHERE message_id = ?", [told.message]))
    moment = bytes(value("SELECT data FROM moment WHERE episode_id = ?", [told.id]))
    nats = bytes(value("SELECT nats FROM likelihood WHERE episode_id = ?", [told.id]))
    encoded = bytes(value("SELECT data FROM encoding WHERE episode_id = ?", [told.id]))
    return {
        "utf-8": told.marker.encode(),
        "utf-16-le": told.marker.encode("utf-16-le"),
        "utf-16-be": told.marker.encode("utf-16-be"),
        "full text": told.marker[2:-3].encode(),  # the index leaves out what two words share
        "8 bits": encode_vector(vector)[100:140],
        "1 bit": np.packbits(vector > 0).tobytes()[:24],
        "float16": vector.astype("<f2")[100:116].tobytes(),
        "float16 of the stored": unit.astype("<f2")[100:116].tobytes(),
        "float32": vector[100:108].tobytes(),
        "float32 of the stored": unit[100:108].tobytes(),
        "ids, u16": np.array(ids[4:12], "<u2").tobytes(),
        "ids, u32": np.array(ids[4:12], "<u4").tobytes(),
        "ids, planes": planes(ids)[: len(ids)],
        "trace": trace[20:60],
        "moments": moment[10:40],
        "likelihood": nats,
        "encoder's vector": encoded[100:140],
    }


STORED = ("utf-8", "8 bits", "trace", "moments", "likelihood", "ids, planes", "encoder's vector")
"""The forms that must be found as long as nothing is forgotten."""


def everything(folder: Path) -> list[tuple[str, bytes]]:
    """The bytes of every file, every zlib stream in them, and every blob of the database inflated."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            found.append((path.name, data))
            found += [(f"{path.name}, inflated", part) for part in _streams(data)]
    with sqlite3.connect(f"file:{folder / 'memory.db'}?mode=ro", uri=True) as connection:
        for table in ("trace", "moment"):
            for (blob,) in connection.execute(f"SELECT data FROM {table}"):
                found.append((f"{table}, inflated", zlib.decompress(blob[1:], wbits=-15)))
    connection.close()
    return found


def _streams(data: bytes) -> Iterable[bytes]:
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        unpacking = zlib.decompressobj()
        try:
            yield unpacking.decompress(data[start.start() :])
        except zlib.error:
            continue


def found(folder: Path, wanted: Iterable[dict[str, bytes]]) -> list[list[str]]:
    """Which forms of each are in any file, and where."""
    parts = everything(folder)
    whole = b"\n".join(data for _, data in parts)
    return [
        [
            f"{form} in {name}"
            for form, run in one.items()
            if run in whole
            for name, data in parts
            if run in data
        ]
        for one in wanted
    ]
