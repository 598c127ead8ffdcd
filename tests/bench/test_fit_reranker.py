"""Fitting the reranker: a few pairs, on the real embedder.

It needs torch, which takes seconds to load: that is left to the tests that are run.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nowprint.memory.embedding.reranker import PairReader
from nowprint.settings import resources

FACT, OTHER = "My sister Marta is a paramedic.", "The boiler man comes on Friday."
ASKED = (
    ("What does Marta do for a living?", FACT, True, (OTHER,)),
    ("When was Marta born?", FACT, False, (OTHER,)),
    ("Who comes on Friday?", OTHER, True, (FACT,)),
    ("Good morning!", None, False, (FACT, OTHER)),
)


@pytest.fixture
def model(embedder_folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # else a thread of it stays
    return SentenceTransformer(str(embedder_folder), device="cpu", local_files_only=True)


def test_the_loss_falls_and_only_the_adapters_move(model: Any, embedder_folder: Path) -> None:
    from nowprint.bench.fitting.fit_reranker import TrainedReranker, TrainingPair, fit

    reranker = TrainedReranker(model[0].auto_model, 384)
    before = {name: values.clone() for name, values in reranker.encoder.state_dict().items()}
    asked = [TrainingPair(*one) for one in ASKED]
    losses = fit(reranker, PairReader(embedder_folder), asked, epochs=40)
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])  # one epoch drops and draws by chance
    assert all((before[name] == now).all() for name, now in reranker.encoder.state_dict().items())
    adapters = reranker.adapters("all-MiniLM-L6-v2")
    assert len(adapters.dense) == 36
    assert any(np.abs(up).max() > 0 for _, up in adapters.dense.values())


def test_an_epoch_pairs_each_message_with_its_own_fact_and_a_near_one() -> None:
    from nowprint.bench.fitting.fit_reranker import TrainingPair, pairs

    made = pairs([TrainingPair(*one) for one in ASKED], random.Random(1))
    assert ("What does Marta do for a living?", FACT, 1.0) in made
    assert ("What does Marta do for a living?", OTHER, 0.0) in made
    assert ("When was Marta born?", FACT, 0.0) in made
    assert sum(text == "Good morning!" for text, _, _ in made) == 1


def test_the_corpus_keeps_its_distance_from_what_measures(model: Any, tmp_path: Path) -> None:
    from nowprint.bench.fitting.fit_reranker import read_corpus

    line = {"fact": FACT, "asks": ["a", "b", "c"], "misses": ["d", "e", "f"], "group": 1}
    lines = [line, {**line, "fact": OTHER}, {**line, "fact": "Our cat is called Pickwick."}]
    (tmp_path / "relevance-x.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "messages-x.jsonl").write_text(
        json.dumps({"text": "Good morning!", "worth": False}), encoding="utf-8"
    )
    measured = {"pairs": [{"fact": "Marta, my sister, works as a paramedic."}]}
    (tmp_path / "dialogue.json").write_text(json.dumps(measured), encoding="utf-8")
    asked = read_corpus(tmp_path, model)
    assert {one.fact for one in asked} == {OTHER, lines[2]["fact"], None}
    misses = [one for one in asked if one.fact is not None and not one.right]
    assert all(not one.near for one in misses)  # another of the group might answer it


def test_every_line_of_the_corpus_is_whole() -> None:
    facts = []
    for file in sorted((resources() / "corpus").glob("relevance-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            assert len(one["asks"]) == len(one["misses"]) == 3
            assert all(one["asks"] + one["misses"])
            facts.append(one["fact"])
    assert len(facts) == len(set(facts)) >= 1200
