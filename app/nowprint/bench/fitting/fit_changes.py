"""Fits the weights of memory/capture/changes.py, and says how well they would have done on unseen cases.

Run as ``python -m nowprint.bench.fitting.fit_changes FILE [--write]``; with ``--write`` the weights go to
``resources/changes.json``. The pairs are

- those of ``tests/corpora/changes-dev.jsonl``: each telling with the one before it, and the newest with what
  is near it in other cases of its language;
- those of ``tests/memory/data/changes.json``;
- facts of ``resources/corpus``, of which hardly any changes another: those that have a word of change, each
  with the nearest ones;
- turns of the long conversations in ``FILE`` (LoCoMo's form), where hardly anything changes, in the same way.

Ten-fold cross-validation keeps the pairs of a case together; "by language" leaves out one language in turn.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nowprint.bench.locomo import read_conversations
from nowprint.bench.logistic import auc, fit_logistic
from nowprint.memory.capture.changes import (
    SURE,
    UNCLEAR,
    bounded,
    features,
    stated,
    tells_of_change,
)
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import CHANGES
from nowprint.settings import bundled_embedder, bundled_encoder, resources

Floats = npt.NDArray[np.float64]
PENALTY = 3.0
FOLDS = 10
SEED = 1
OTHERS, NEAR = 3, 4
"""How many near tellings of other cases each newest telling is paired with; how many near texts each text of
the corpus or of a conversation is."""
FACTS, MOST_FACTS = 400, 1000
CONVERSATIONS, TURNS, MOST_TURNS = 3, 220, 700
"""How many facts and turns are looked at, and the most pairs made of them (of each conversation's turns)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """``relation`` is the case's, "other case", or "own change" and "own other" for pairs of our own."""

    old: str
    new: str
    changes: bool
    case: str
    language: str
    relation: str


def pairs(cases: Path, own: Path, embedder: Embedder) -> list[Pair]:
    told = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    found: list[Pair] = []
    texts = {one["text"] for case in told for one in case["tellings"]}
    vectors = dict(zip(texts, embedder.embed(list(texts)), strict=True))
    for case in told:
        said = [one["text"] for one in case["tellings"]]
        about = case["id"], case["language"]
        changes = case["relation"] != "different"
        for old, new in itertools.pairwise(said):
            found.append(Pair(old, new, changes, *about, case["relation"]))
        elsewhere = [
            one["text"]
            for other in told
            if other["language"] == case["language"] and other["kind"] != case["kind"]
            for one in other["tellings"]
        ]
        near = sorted(elsewhere, key=lambda text: -float(vectors[text] @ vectors[said[-1]]))
        found += [Pair(old, said[-1], False, *about, "other case") for old in near[:OTHERS]]
    for half, kinds in json.loads(own.read_text(encoding="utf-8")).items():
        for kind, rows in kinds.items():
            for n, (old, new) in enumerate(rows):
                changes = kind == "changes"
                relation = "own change" if changes else "own other"
                found.append(Pair(old, new, changes, f"{half} {kind} {n}", "", relation))
    return found


def apart(
    texts: Sequence[str], embedder: Embedder, relation: str, most: int, *, earlier: bool
) -> list[Pair]:
    """At most ``most`` pairs of texts of which none changes another: each with the nearest ones, half of
    them of texts that have a word of change; ``earlier``: of those before it."""
    vectors = embedder.embed(list(texts))
    found: dict[bool, list[Pair]] = {True: [], False: []}
    for n, text in enumerate(texts):
        said = stated(text)
        if not said:
            continue
        cosines = vectors[: n if earlier else None] @ vectors[n]
        near = [at for at in np.argsort(-cosines)[:8].tolist() if at != n and stated(texts[at])]
        pairs = [Pair(texts[at], text, False, text, "", relation) for at in near[:NEAR]]
        found[tells_of_change(said)] += pairs
    for those in found.values():
        random.Random(SEED).shuffle(those)
    return found[True][: most // 2] + found[False][: most // 2]


def corpus_facts() -> list[str]:
    found: dict[str, None] = {}
    for file in sorted((resources() / "corpus").glob("relevance-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            found[json.loads(line)["fact"]] = None
    facts = list(found)
    random.Random(SEED).shuffle(facts)
    return facts[:FACTS]


def chats(file: Path) -> list[list[str]]:
    """The first turns of the first conversations of a LoCoMo file."""
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [
        [turn.text for session in one.sessions for turn in session.turns][:TURNS]
        for one in read_conversations(rows)[:CONVERSATIONS]
    ]


def measured(found: Sequence[Pair], embedder: Embedder) -> tuple[list[str], Floats]:
    """The names of the features, and their values, shape (pairs, features)."""
    before = embedder.embed([pair.old for pair in found])
    after = embedder.embed([pair.new for pair in found])
    cosines = (before * after).sum(axis=1).tolist()
    rows = [
        features(stated(pair.new), stated(pair.old), cosine)
        for pair, cosine in zip(found, cosines, strict=True)
    ]
    names = list(rows[0])
    return names, np.array([[row[name] for name in names] for row in rows])


def read(found: Sequence[Pair], encoder: Embedder) -> Floats:
    """What the reranker says of each pair, shape (pairs,). It was fitted to other pairs."""
    olds: dict[str, list[str]] = {}
    for pair in found:
        olds.setdefault(pair.new, []).append(pair.old)
    said: dict[tuple[str, str], float] = {}
    for new, those in olds.items():
        judged = encoder.judge(CHANGES, new, those)
        assert judged is not None
        said |= {(new, old): bounded(one) for old, one in zip(those, judged.tolist(), strict=True)}
    return np.array([said[pair.new, pair.old] for pair in found])


def crossed(x: Floats, y: Floats, fold: npt.NDArray[np.int64]) -> Floats:
    """The logit of each pair by weights that were fitted without its fold."""
    logits = np.zeros(len(y))
    for one in np.unique(fold):
        rest = fold != one
        weights, bias = fit_logistic(x[rest], y[rest], penalty=PENALTY)
        logits[~rest] = x[~rest] @ weights + bias
    return logits


def report(title: str, found: Sequence[Pair], logits: Floats) -> None:
    say = sys.stdout.write
    relation = np.array([pair.relation for pair in found])
    y = np.array([float(pair.changes) for pair in found])
    told = np.isin(relation, ("change", "changed back", "different"))
    say(f"{title}: AUC of changes against different facts {auc(logits[told], y[told]):.3f}\n")
    p = 1 / (1 + np.exp(-logits))
    for name in dict.fromkeys(relation.tolist()):
        mine = p[relation == name]
        say(
            f"  {name:13} n {len(mine):4}  taken for a change {np.mean(mine >= SURE):.3f}"
            f"  or unclear {np.mean(mine >= UNCLEAR):.3f}\n"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="long conversations")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--tests", type=Path, default=Path("tests"))
    options = parser.parse_args()
    embedder = Embedder(bundled_embedder())
    found = pairs(
        options.tests / "corpora" / "changes-dev.jsonl",
        options.tests / "memory" / "data" / "changes.json",
        embedder,
    )
    found += apart(corpus_facts(), embedder, "other fact", MOST_FACTS, earlier=False)
    for turns in chats(options.file):
        found += apart(turns, embedder, "other turn", MOST_TURNS, earlier=True)
    found = [pair for pair in found if stated(pair.old) and stated(pair.new)]
    names, values = measured(found, embedder)
    stored = {}
    # without the reranker only what has a word of change is compared at all
    told = np.array([tells_of_change(stated(pair.new)) for pair in found])
    sys.stdout.write("--- by words\n")
    those = [pair for pair, one in zip(found, told.tolist(), strict=True) if one]
    stored["words"] = fitted(names, values[told], those)
    sys.stdout.write("--- by words and reranker\n")
    said = read(found, Embedder(bundled_encoder()))
    stored["read"] = fitted([*names, "read"], np.column_stack([values, said]), found)
    if options.write:
        path = resources() / "changes.json"
        path.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def fitted(names: Sequence[str], values: Floats, found: Sequence[Pair]) -> dict[str, Any]:
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-6
    x, y = (values - mean) / scale, np.array([float(pair.changes) for pair in found])
    case = np.array([zlib.crc32(pair.case.encode()) % FOLDS for pair in found])
    languages = sorted({pair.language for pair in found})
    language = np.array([languages.index(pair.language) for pair in found])
    for title, fold in (("ten folds", case), ("by language", language)):
        report(title, found, crossed(x, y, fold))
    weights, bias = fit_logistic(x, y, penalty=PENALTY)
    report("all", found, x @ weights + bias)
    rows = zip(names, mean, scale, weights, strict=True)
    return {
        "bias": round(float(bias), 4),
        "features": {name: [round(float(v), 4) for v in row] for name, *row in rows},
    }


if __name__ == "__main__":
    main()
