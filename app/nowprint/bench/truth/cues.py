"""``bench cues``: is a fact still found if its question is damaged, and would an attractor mend it?

``DAMAGES`` are slips of the keyboard, a fragment, another language and a name remembered wrongly. One step
of a modern Hopfield network (arXiv:2008.02217) moves the question's vector towards the mean of the facts'
vectors, each weighted by its likeness to the question; its energy is low where a fact is near, so it may
tell that nothing was told. Both exist in this bench alone.

The file is a folder with two lists about the same person: ``questions-held.json``, facts with a question
for each and questions that nothing answers, and ``broken-cues.jsonl``, the same questions damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.bench.context import BenchContext
from nowprint.bench.logistic import auc
from nowprint.bench.samples import even, mean
from nowprint.errors import UserError
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.salience.episodes import added_draft

FORM = (
    'The folder must hold questions-held.json ({"pairs": [{"fact", "question"}, …], "unanswerable": '
    '[{"question", "near"}, …]}) and broken-cues.jsonl ("question", "typos", "half", "wrong_name" and '
    '"other_language" in each line).'
)
DAMAGES = ("question", "typos", "half", "wrong_name", "other_language")
"""The kinds, by their names in the file; the first is the question as it was."""
BETA = 20.0
"""The inverse temperature of the network."""
SHARE = 0.5
"""How far the step goes: all of the way (1) loses what sets the question apart."""
FIRST = 3


@dataclass(frozen=True, slots=True)
class Cues:
    """``cues``, per fact, has a question of each of ``DAMAGES``."""

    facts: tuple[str, ...]
    cues: tuple[tuple[str, ...], ...]
    unanswerable: tuple[tuple[str, bool], ...]
    """With whether each is about a matter of which something was told."""


def cues(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench. UserError if the data has another form."""
    read = read_cues(data)
    asked = even(range(len(read.facts)), context.limit)
    with Cache(context.cache) as cache:
        memory = Memory(
            ConversationStore(context.profile.database),
            CachedEmbedder(context.embedder, cache),
            context.profile.index,
            lambda _: None,
            encoder=None if context.encoder is None else CachedEmbedder(context.encoder, cache),
        )
        try:
            ids = []
            for number, fact in enumerate(read.facts):
                ids.append(memory.keep(added_draft(fact, None)).episode.id)
                context.report("Telling the facts", (number + 1) / len(read.facts))
            report: dict[str, Any] = {"n": len(asked), "facts": len(ids), "damage": {}}
            embedder = CachedEmbedder(context.embedder, cache)
            facts = embedder.embed(read.facts)
            for number, kind in enumerate(DAMAGES):
                context.report("Asking with damaged questions", number / len(DAMAGES))
                texts = [read.cues[fact][number] for fact in asked]
                meant = embedder.embed([memory.retrieval.meant(text) for text in texts])
                vectors = embedder.embed(texts)
                report["damage"][kind] = {
                    **_found("cosine", vectors, facts, asked),
                    **_found("corrected", meant, facts, asked),
                    **_found("one step", stepped(vectors, facts), facts, asked),
                    **_recalled(memory, texts, [ids[fact] for fact in asked]),
                }
            right = embedder.embed([read.cues[fact][0] for fact in asked])
            report["told from unanswerable, AUC"] = {
                name: _told_apart(right, embedder.embed(vain), facts)
                for name, near in (("near misses", True), ("plain", False))
                if (vain := [text for text, is_near in read.unanswerable if is_near == near])
            }
        finally:
            memory.close()
    return report


def read_cues(data: object) -> Cues:
    try:
        files: Any = data
        held, broken = files["questions-held.json"], files["broken-cues.jsonl"]
        damaged = {row["question"]: tuple(str(row[kind]) for kind in DAMAGES) for row in broken}
        return Cues(
            tuple(str(pair["fact"]) for pair in held["pairs"]),
            tuple(damaged[pair["question"]] for pair in held["pairs"]),
            tuple((str(one["question"]), bool(one["near"])) for one in held["unanswerable"]),
        )
    except (KeyError, TypeError) as fault:
        raise UserError(FORM) from fault


def stepped(vectors: FloatArray, facts: FloatArray, share: float = SHARE) -> FloatArray:
    """The vectors, shape (n, dimension), after one step towards ``facts``, shape (facts, dimension), of
    length 1 again."""
    weights = np.exp(BETA * (vectors @ facts.T - 1.0))
    attracted = weights @ facts / weights.sum(axis=1, keepdims=True)
    moved = (1 - share) * vectors + share * attracted
    unit: FloatArray = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return unit


def energies(vectors: FloatArray, facts: FloatArray) -> FloatArray:
    """The network's energy at each vector, shape (n,), but for what all have in common: lower is nearer."""
    energy: FloatArray = -np.log(np.exp(BETA * (vectors @ facts.T)).sum(axis=1)) / BETA
    return energy


def _found(
    name: str, vectors: FloatArray, facts: FloatArray, right: Sequence[int]
) -> dict[str, float]:
    order = np.argsort(-(vectors @ facts.T), axis=1, kind="stable")
    ranks = [int(np.flatnonzero(row == fact)[0]) for row, fact in zip(order, right, strict=True)]
    return {f"{name}@1": mean(rank < 1 for rank in ranks),
            f"{name}@{FIRST}": mean(rank < FIRST for rank in ranks)}  # fmt: skip


def _recalled(memory: Memory, texts: Sequence[str], right: Sequence[int]) -> dict[str, float]:
    """Through the whole of recall, with its floor."""
    found = [
        [one.episode.id for one in memory.retrieval.recall(text, limit=FIRST)] for text in texts
    ]
    pairs = list(zip(found, right, strict=True))
    return {"recalled@1": mean(ids[:1] == [id] for ids, id in pairs),
            f"recalled@{FIRST}": mean(id in ids for ids, id in pairs)}  # fmt: skip


def _told_apart(right: FloatArray, vain: FloatArray, facts: FloatArray) -> dict[str, float]:
    """How well the best cosine, and the energy, tell questions with an answer from those without."""
    ways: dict[str, Callable[[FloatArray], FloatArray]] = {
        "best cosine": lambda vectors: (vectors @ facts.T).max(axis=1),
        "energy": lambda vectors: -energies(vectors, facts),
    }
    y = np.repeat([1.0, 0.0], [len(right), len(vain)])
    return {
        name: auc(np.concatenate([way(right), way(vain)]).astype(np.float64), y)
        for name, way in ways.items()
    }
