"""Questions typed in haste, broken off, or asked with a wrong name: ``corpora/broken-cues.jsonl``, by a
writer who had seen no code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.salience.episodes import added_draft

CORPORA = Path(__file__).parents[2] / "corpora"


@pytest.fixture(scope="module")
def found(embedder: Embedder) -> dict[str, float]:
    """For each kind of cue the share that finds the right one of 100 facts first; without the encoder."""
    lists = json.loads((CORPORA / "questions-held.json").read_text(encoding="utf-8"))
    facts = {pair["question"]: pair["fact"] for pair in lists["pairs"]}
    cues = (CORPORA / "broken-cues.jsonl").read_text(encoding="utf-8").splitlines()
    memory = Memory(ConversationStore(None), embedder, None, lambda _: None)
    for fact in facts.values():
        memory.keep(added_draft(fact, None))
    right = dict.fromkeys(("question", "typos", "half", "wrong_name"), 0)
    for cue in map(json.loads, cues):
        for kind in right:
            (first,) = memory.retrieval.search(cue[kind], 1)
            right[kind] += first.episode.text == facts[cue["question"]]
    memory.close()
    return {kind: count / len(cues) for kind, count in right.items()}


def test_haste_costs_little(found: dict[str, float]) -> None:
    assert found["question"] >= 0.65
    assert found["typos"] >= found["question"] - 0.15


def test_half_a_question_or_a_wrong_name_costs_little(found: dict[str, float]) -> None:
    assert found["half"] >= found["question"] - 0.12
    assert found["wrong_name"] >= found["question"] - 0.05
