"""``python -m nowprint.bench.fitting.fit_evidence``: how likely an episode helps (retrieval/reordering.py).

On ``tests/corpora/questions-dev.json``: facts of one person in each language, with a question that needs
each and questions that nothing answers, by a writer who had seen neither the code nor the corpus; on lives of
the corpus that the reranker wasn't fitted to, of which what has changed since isn't told; and on messages of
the corpus that need nothing. Of each message the three best episodes count.
It prints the weights, and what each floor would find and bring back needlessly, by five folds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.fitting.reranker_lives import corpus_lives, is_held_out
from nowprint.bench.lives import Life
from nowprint.bench.logistic import auc, fit_scaled
from nowprint.bench.samples import even, mean
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.reordering import DOUBT, Read
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.salience.episodes import added_draft
from nowprint.settings import bundled_embedder, bundled_encoder, resources

LIFE, LIFE_MISS = "life", "life, near miss"
FLOORS = (0.05, 0.07, 0.1, 0.12, 0.15, 0.2, 0.4)
BEST = 3
FOLDS = 5
PENALTY = 1.0
IDLE = {"en": 160}
"""How many messages that need nothing are asked in a language; ``FEW`` in any other."""
FEW = 6
LIVES = 12
"""How many lives in English, and as many in other languages."""
LISTED = 3
"""How often each message counts that is of no life: among them are those that need nothing."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message, of what kind it is, whether it speaks of the user, how much it asks of the user's life, and
    its best episodes: what was read of each, and whether it is the right one."""

    kind: str
    personal: bool
    life: float
    best: tuple[tuple[Read, bool], ...]

    @property
    def of_life(self) -> bool:
        return self.kind in (LIFE, LIFE_MISS)

    def rows(self) -> list[list[float]]:
        about = self.life, self.personal
        return [[max(DOUBT, one.helps), one.cosine, *about] for one, _ in self.best]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nowprint.bench.fitting.fit_evidence")
    parser.add_argument("--tests", type=Path, default=Path("tests"))
    options = parser.parse_args()
    path = options.tests / "corpora" / "questions-dev.json"
    lists = json.loads(path.read_text(encoding="utf-8"))
    models = Embedder(bundled_embedder()), Embedder(bundled_encoder())
    lives = [life for life in corpus_lives(resources() / "corpus") if is_held_out(life)]
    for title, features, listed in (
        ("English", 4, {"en": lists}),
        ("other languages", 3, lists["languages"]),
    ):
        asked = [
            one for name, those in listed.items() for one in ask(of_list(those, name), *models)
        ]
        spoken = [life for life in lives if (life.language == "en") == ("en" in listed)]
        for life in even(spoken, LIVES):
            asked += ask(of_life(life), *models)
        report(title, asked, features)


@dataclass(frozen=True, slots=True)
class Listed:
    """What one person told; ``asks``: messages of a kind, with the numbers of what each needs."""

    facts: Sequence[str]
    asks: Sequence[tuple[str, str, Sequence[int]]]


def of_list(listed: Mapping[str, Any], language: str) -> Listed:
    asks: list[tuple[str, str, Sequence[int]]] = []
    for n, pair in enumerate(listed["pairs"]):
        kind = "same words" if pair["same_words"] else "other words"
        asks.append((pair["question"], kind, (n,)))
    for one in listed["unanswerable"]:
        asks.append((one["question"], "near miss" if one["near"] else "plain", ()))
    asks += [(text, "idle", ()) for text in _idle(language)[: IDLE.get(language, FEW)]]
    return Listed([pair["fact"] for pair in listed["pairs"]], asks)


def of_life(life: Life) -> Listed:
    gone = {*life.changed}
    standing = [n for n in range(len(life.told)) if n not in gone]
    place = {n: at for at, n in enumerate(standing)}
    asks: list[tuple[str, str, Sequence[int]]] = [
        (question, LIFE, [place[n] for n in needs])
        for question, needs in life.asks
        if not gone & {*needs}
    ]
    asks += [(question, LIFE_MISS, ()) for question in life.misses]
    return Listed([life.told[n] for n in standing], asks)


def ask(listed: Listed, embedder: Embedder, encoder: Embedder) -> Iterator[Asked]:
    memory = Memory(ConversationStore(None), embedder, None, lambda _: None, encoder=encoder)
    try:
        ids = [memory.keep(added_draft(fact, None)).episode.id for fact in listed.facts]
        memory.prepare()
        for text, kind, needs in listed.asks:
            yield _asked(memory, text, kind, {ids[n] for n in needs})
    finally:
        memory.close()


def _asked(memory: Memory, text: str, kind: str, right: set[int]) -> Asked:
    gathered = memory.retrieval.gather(text)
    read = memory.retrieval.read(text, gathered, gathered.ranked()) or {}
    best = [one.id for one in memory.retrieval.weigh(text, gathered) if one.id in read][:BEST]
    life = memory.retrieval.about_life(text)
    return Asked(kind, gathered.asked.personal, life, tuple((read[id], id in right) for id in best))


def _idle(language: str) -> list[str]:
    rows = [
        row
        for file in sorted((resources() / "corpus").glob("messages-*.jsonl"))
        for row in json_lines(file)
    ]
    return [one["text"] for one in rows if one["language"] == language and not one["worth"]]


def report(title: str, asked: list[Asked], features: int) -> None:
    x = np.array([row[:features] for one in asked for row in one.rows()], float)
    y = np.array([float(right) for one in asked for _, right in one.best])
    fold = np.array([n % FOLDS for n, one in enumerate(asked) for _ in one.best])
    times = np.array([1 if one.of_life else LISTED for one in asked for _ in one.best])
    logits = np.zeros(len(y))
    for left_out in range(FOLDS):
        mine, rest = fold == left_out, times * (fold != left_out)
        weights, bias = _fitted(np.repeat(x, rest, 0), np.repeat(y, rest))
        logits[mine] = x[mine] @ weights + bias
    weights, bias = _fitted(np.repeat(x, times, 0), np.repeat(y, times))
    names = ("helps", "cosine", "life", "personal")
    told = ", ".join(f"{n} {w:.2f}" for n, w in zip(names, weights.tolist(), strict=False))
    sys.stdout.write(f"{title}: AUC {auc(logits, y):.3f}; bias {bias:.2f}, {told}\n")
    for least in FLOORS:
        found: dict[str, list[bool]] = {}
        at = 0
        for one in asked:
            passed = logits[at : at + len(one.best)] >= np.log(least / (1 - least))
            at += len(one.best)
            answers = one.kind in ("same words", "other words", LIFE)
            those = zip(passed.tolist(), one.best, strict=True)
            found.setdefault(one.kind, []).append(
                any(passes and (right or not answers) for passes, (_, right) in those)
            )
        shares = ", ".join(f"{kind} {mean(those):.2f}" for kind, those in found.items())
        sys.stdout.write(f"  from {least}: {shares}\n")


def _fitted(x: Floats, y: Floats) -> tuple[Floats, float]:
    factor = 1 / (x.std(axis=0) + 1e-9)
    return fit_scaled(x, y, penalty=PENALTY, mean=x.mean(axis=0), factor=factor)


if __name__ == "__main__":
    main()
