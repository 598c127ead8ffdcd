"""Fits the weights of memory/capture/changes.py, and says how well they would have done on unseen cases.

Run as ``python -m nowprint.bench.fitting.fit_changes [--write]``; with ``--write`` the weights go to
``resources/changes.json``. The pairs are

- those of ``tests/corpora/changes-dev*.jsonl``: each telling with the one before it, and the newest with what
  is near it in other cases of its language. Different facts count ``ALIKE`` times, since they are few beside
  the far ones, and hardest to tell from changes;
- those of ``tests/memory/data/changes.json``;
- facts of ``resources/corpus`` and of one person in ``tests/corpora/questions-dev.json``, of which hardly any
  changes another: each with the nearest ones, half of them of those that have a word of change;
- messages of ``resources/corpus`` in which people tell of themselves, each another person, in the same way;
- messages of the lives in ``resources/corpus`` that the reranker wasn't fitted to: each with the one that it
  changes, and with the nearest earlier ones of other matters.

It isn't fitted on the 710 cases of ``changes-spare.jsonl``. With 360 of them, and a model that says of the
newer text alone whether it sounds like an update, .85 of a blind list came first instead of .78; but of one
person's 100 facts, of which many sound so, too, .86 instead of .97 in the same words. With the bounds raised
until that was .91, nothing was left of it (.68 of the English changes instead of .66).

Ten-fold cross-validation keeps the pairs of a case together; "by list" leaves out one list of cases in turn.
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

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.fitting.reranker_lives import corpus_lives, is_held_out
from nowprint.bench.lives import Life
from nowprint.bench.logistic import auc, fit_logistic
from nowprint.bench.samples import even
from nowprint.memory.capture.changes import (
    SURE_READ,
    UNCLEAR,
    Reading,
    features,
    read_features,
    stated,
    tells_of_change,
)
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import CHANGES
from nowprint.settings import bundled_embedder, bundled_encoder, resources

LEAST = (UNCLEAR, 0.1, 0.2, 0.3, 0.5, 0.7, SURE_READ, 0.85)
"""The probabilities whose reach is reported."""
Floats = npt.NDArray[np.float64]
PENALTY = 3.0
FOLDS = 10
SEED = 1
LIVES = 90
"""How many lives are taken; more take long and change little."""
OTHERS, NEAR = 3, 4
"""How many near tellings of other cases each newest telling is paired with; how many near texts each text of
the corpus and each message of a life is, for each model."""
ALIKE = 5
"""How often a pair of different facts counts that a case's writer put together."""
FACTS, MOST_FACTS = 1200, 2000
"""How many facts of the corpus are looked at, and the most pairs made of them."""
MOST_PERSONAL = 200
"""The most pairs made of one person's facts."""
MESSAGES, MOST_MESSAGES, LONGEST = 660, 2100, 300
"""How many messages are looked at, the most pairs made of them, and how many characters each has at most."""


@dataclass(frozen=True, slots=True)
class Pair:
    """``relation`` is the case's, "other case", or "own change" and "own other" for pairs of our own;
    ``list`` names the list of cases, if the pair is of one."""

    old: str
    new: str
    changes: bool
    case: str
    language: str
    relation: str
    list: str = ""

    @property
    def alike(self) -> bool:
        return self.relation in ("different", "own other")


def of_cases(cases: Path, embedder: Embedder) -> list[Pair]:
    told = json_lines(cases)
    found: list[Pair] = []
    texts = {one["text"] for case in told for one in case["tellings"]}
    vectors = dict(zip(texts, embedder.embed(list(texts)), strict=True))
    for case in told:
        said = [one["text"] for one in case["tellings"]]
        about = f"{cases.stem} {case['id']}", case["language"]
        changes = case["relation"] != "different"
        for old, new in itertools.pairwise(said):
            found.append(Pair(old, new, changes, *about, case["relation"], cases.stem))
        elsewhere = [
            one["text"]
            for other in told
            if other["language"] == case["language"] and other["kind"] != case["kind"]
            for one in other["tellings"]
        ]
        near = sorted(elsewhere, key=lambda text: -float(vectors[text] @ vectors[said[-1]]))
        for old in near[:OTHERS]:
            found.append(Pair(old, said[-1], False, *about, "other case", cases.stem))
    return found


def of_our_own(own: Path) -> list[Pair]:
    found = []
    for half, kinds in json.loads(own.read_text(encoding="utf-8")).items():
        for kind, rows in kinds.items():
            for n, (old, new) in enumerate(rows):
                changes = kind == "changes"
                relation = "own change" if changes else "own other"
                found.append(Pair(old, new, changes, f"{half} {kind} {n}", "", relation))
    return found


def apart(
    texts: Sequence[str], models: Sequence[Embedder], relation: str, most: int, *, earlier: bool
) -> list[Pair]:
    """At most ``most`` pairs of texts of which none changes another: each with the ``NEAR`` nearest ones to
    each model, half of them of texts that have a word of change; ``earlier``: of those before it."""
    spaces = [model.embed(list(texts)) for model in models]
    found: dict[bool, list[Pair]] = {True: [], False: []}
    for n, text in enumerate(texts):
        said = stated(text)
        if not said:
            continue
        near: dict[int, None] = {}
        for vectors in spaces:
            cosines = vectors[: n if earlier else None] @ vectors[n]
            best = [at for at in np.argsort(-cosines)[:8].tolist() if at != n and stated(texts[at])]
            near |= dict.fromkeys(best[:NEAR])
        pairs = [Pair(texts[at], text, False, text, "", relation) for at in near]
        found[tells_of_change(said)] += pairs
    for those in found.values():
        random.Random(SEED).shuffle(those)
    return found[True][: most // 2] + found[False][: most // 2]


def of_lives(lives: Sequence[Life], models: Sequence[Embedder]) -> list[Pair]:
    """Each message with the one that it changes, and with the ``NEAR`` nearest to each model of those before
    it that are of other matters."""
    found = []
    for life in lives:
        spaces = [model.embed(life.told) for model in models]
        for new, old in enumerate(life.changed):
            matter = life.matter(new)
            near: dict[int, bool] = {} if old is None else {old: True}
            for vectors in spaces:
                order = np.argsort(-(vectors[:new] @ vectors[new])).tolist()
                near |= dict.fromkeys([at for at in order if at not in matter][:NEAR], False)
            for at, changes in near.items():
                relation = "life, change" if changes else "life, other"
                pair = life.told[at], life.told[new]
                found.append(Pair(*pair, changes, life.told[0], life.language, relation))
    return found


def corpus_facts() -> list[str]:
    found: dict[str, None] = {}
    for file in sorted((resources() / "corpus").glob("relevance-*.jsonl")):
        found |= dict.fromkeys(one["fact"] for one in json_lines(file))
    facts = list(found)
    random.Random(SEED).shuffle(facts)
    return facts[:FACTS]


def personal_facts(lists: Path) -> list[list[str]]:
    """The facts of each person in a list of questions."""
    people = json.loads(lists.read_text(encoding="utf-8"))
    return [
        [pair["fact"] for pair in person["pairs"]]
        for person in (people, *people["languages"].values())
    ]


def messages() -> list[str]:
    """Messages that are worth keeping, as people write them."""
    corpus = resources() / "corpus"
    rows = [
        row
        for name in ("messages-english", "messages-other-languages", "own-words")
        for row in json_lines(corpus / f"{name}.jsonl")
    ]
    told = [row["text"] for row in rows if row["worth"] and len(row["text"]) <= LONGEST]
    random.Random(SEED).shuffle(told)
    return told[:MESSAGES]


def measured(found: Sequence[Pair], embedder: Embedder) -> list[dict[str, float]]:
    """The features of each pair that words alone give."""
    rows = zip(found, cosines(found, embedder), strict=True)
    return [features(stated(pair.new), stated(pair.old), cosine) for pair, cosine in rows]


def cosines(found: Sequence[Pair], model: Embedder) -> list[float]:
    texts = list(dict.fromkeys(text for pair in found for text in (pair.old, pair.new)))
    vectors = dict(zip(texts, model.embed(texts), strict=True))
    return [float(vectors[pair.old] @ vectors[pair.new]) for pair in found]


def read(found: Sequence[Pair], embedder: Embedder, encoder: Embedder) -> list[dict[str, float]]:
    """The features of each pair that the encoder gives. Its reranker was fitted to other pairs."""
    texts = list({(pair.new, pair.old) for pair in found})
    judged = encoder.judge(CHANGES, texts)
    assert judged is not None
    said = dict(zip(texts, judged.tolist(), strict=True))
    near = zip(found, cosines(found, embedder), cosines(found, encoder), strict=True)
    return [
        read_features(
            stated(pair.new), stated(pair.old), cosine, Reading(said[pair.new, pair.old], read)
        )
        for pair, cosine, read in near
    ]


def weighed(x: Floats, y: Floats, alike: npt.NDArray[np.int64]) -> tuple[Floats, float]:
    """The weights of a fit in which each pair that is ``alike`` counts ``ALIKE`` times."""
    times = np.where(alike, ALIKE, 1)
    weights, bias = fit_logistic(np.repeat(x, times, 0), np.repeat(y, times), penalty=PENALTY)
    return weights, float(bias)


def crossed(x: Floats, found: Sequence[Pair], fold: npt.NDArray[np.int64]) -> Floats:
    """The logit of each pair by weights that were fitted without its fold."""
    y, alike = labels(found)
    logits = np.zeros(len(y))
    for one in np.unique(fold):
        rest = fold != one
        weights, bias = weighed(x[rest], y[rest], alike[rest])
        logits[~rest] = x[~rest] @ weights + bias
    return logits


def labels(found: Sequence[Pair]) -> tuple[Floats, npt.NDArray[np.int64]]:
    return (
        np.array([float(pair.changes) for pair in found]),
        np.array([int(pair.alike) for pair in found]),
    )


def report(title: str, found: Sequence[Pair], logits: Floats) -> None:
    say = sys.stdout.write
    relation = np.array([pair.relation for pair in found])
    y, _ = labels(found)
    told = np.isin(relation, ("change", "changed back", "different"))
    say(f"{title}: AUC of changes against different facts {auc(logits[told], y[told]):.3f}\n")
    p = 1 / (1 + np.exp(-logits))
    for name in dict.fromkeys(relation.tolist()):
        mine = p[relation == name]
        shares = "  ".join(f"{least} {np.mean(mine >= least):.3f}" for least in LEAST)
        say(f"  {name:13} n {len(mine):4}  from {shares}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--tests", type=Path, default=Path("tests"))
    options = parser.parse_args()
    embedder, encoder = Embedder(bundled_embedder()), Embedder(bundled_encoder())
    both, corpora = (embedder, encoder), options.tests / "corpora"
    found = of_our_own(options.tests / "memory" / "data" / "changes.json")
    for cases in sorted(corpora.glob("changes-dev*.jsonl")):
        found += of_cases(cases, embedder)
    found += apart(corpus_facts(), both, "other fact", MOST_FACTS, earlier=False)
    for facts in personal_facts(corpora / "questions-dev.json"):
        found += apart(facts, both, "same person", MOST_PERSONAL, earlier=True)
    found += apart(messages(), both, "message", MOST_MESSAGES, earlier=False)
    lives = corpus_lives(resources() / "corpus")
    found += of_lives(even([life for life in lives if is_held_out(life)], LIVES), both)
    found = [pair for pair in found if stated(pair.old) and stated(pair.new)]
    rows = measured(found, embedder)
    stored = {}
    # without the encoder only what has a word of change is compared at all
    told = [n for n, pair in enumerate(found) if tells_of_change(stated(pair.new))]
    sys.stdout.write("--- by words\n")
    stored["words"] = fitted([rows[n] for n in told], [found[n] for n in told])
    sys.stdout.write("--- by words and encoder\n")
    said = read(found, embedder, encoder)
    stored["read"] = fitted([a | b for a, b in zip(rows, said, strict=True)], found)
    if options.write:
        path = resources() / "changes.json"
        path.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def fitted(rows: Sequence[dict[str, float]], found: Sequence[Pair]) -> dict[str, Any]:
    names = list(rows[0])
    values = np.array([[row[name] for name in names] for row in rows])
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-6
    x = (values - mean) / scale
    case = np.array([zlib.crc32(pair.case.encode()) % FOLDS for pair in found])
    lists = sorted({pair.list for pair in found})
    # what is of no list is left out in turn with one of them
    of = [
        1 + lists.index(pair.list) if pair.list else 1 + n % len(lists)
        for n, pair in enumerate(found)
    ]
    for title, fold in (("ten folds", case), ("by list", np.array(of))):
        report(title, found, crossed(x, found, fold))
    weights, bias = weighed(x, *labels(found))
    features = zip(names, mean, scale, weights, strict=True)
    return {
        "bias": round(bias, 4),
        "features": {name: [round(float(v), 4) for v in row] for name, *row in features},
    }


if __name__ == "__main__":
    main()
