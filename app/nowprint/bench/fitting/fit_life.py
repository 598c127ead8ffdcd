"""``python -m nowprint.bench.fitting.fit_life [--write]``: does a message ask for its user's life?

The weights of the model *life* (language/meanings.py). Fitted on the corpus: the messages that need a fact,
and those that ask another thing of the same person, against those that ask the world or nothing
(``relevance-*.jsonl``); and the plain messages of ``own-words.jsonl``, of which some are labelled with
``life``. It prints the AUC by folds, and for what needs nothing by kind.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.logistic import auc, fit_scaled
from nowprint.language.meanings import write
from nowprint.memory.embedding.embedder import Embedder
from nowprint.settings import bundled_encoder, resources

FOLDS = 5
PENALTY = 10.0
"""The AUC by folds is .912 with 1, .916 with 10, .911 with 100."""
SCALE = 10.0
"""The encoder's vectors are close together: their components are multiplied by this for the penalty."""
SEED = 3
ENGLISH, OTHER = 500, 110
"""How many facts of English, and of each other language, give their messages."""
IDLE = (
    *("question", "task", "command about the answer", "small talk", "reaction"),
    *("opinion about the world", "chit-chat with I"),
)
"""The kinds of messages in ``own-words.jsonl`` that ask nothing of the user's life, if no label says so."""
LONGEST = 300
"""Characters of the longest message: long ones are mostly material."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    life: bool
    kind: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nowprint.bench.fitting.fit_life")
    parser.add_argument("--write", action="store_true", help="put the weights into life.json")
    options = parser.parse_args()
    found = [*of_facts(), *plain()]
    x = Embedder(bundled_encoder()).embed([one.text for one in found]).astype(np.float64)
    y = np.array([float(one.life) for one in found])
    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(y))
    logits = np.zeros(len(y))
    for one in range(FOLDS):
        weights, bias = fitted(x[fold != one], y[fold != one])
        logits[fold == one] = x[fold == one] @ weights + bias
    sys.stdout.write(f"{len(y)} messages, AUC by folds {auc(logits, y):.3f}\n")
    kinds = np.array([one.kind for one in found])
    for kind in sorted(set(kinds[y == 0].tolist())):
        some = (y == 1) | (kinds == kind)
        sys.stdout.write(f"  {kind}: {auc(logits[some], y[some]):.3f}\n")
    if options.write:
        write("life", *fitted(x, y))


def of_facts() -> Iterator[Message]:
    rows = [one for file in sorted(_corpus().glob("relevance-*.jsonl")) for one in json_lines(file)]
    random.Random(SEED).shuffle(rows)
    taken = Counter[str]()
    for row in rows:
        language = row["language"]
        taken[language] += 1
        if taken[language] > (ENGLISH if language == "en" else OTHER):
            continue
        for text in row["asks"][:2]:
            yield Message(text, True, "asks")
        if len(row["misses"]) == 3:
            yield Message(row["misses"][0], True, "asks another thing")
            yield Message(row["misses"][2], False, "asks the world")


def plain() -> Iterator[Message]:
    for row in json_lines(_corpus() / "own-words.jsonl"):
        if "life" in row:
            yield Message(row["text"], row["life"], row["kind"])
        elif not row["worth"] and row["kind"] in IDLE and len(row["text"]) < LONGEST:
            yield Message(row["text"], False, row["kind"])


def fitted(x: Floats, y: Floats) -> tuple[Floats, float]:
    return fit_scaled(x, y, penalty=PENALTY, mean=0.0, factor=SCALE)


def _corpus() -> Path:
    return resources() / "corpus"


if __name__ == "__main__":
    main()
