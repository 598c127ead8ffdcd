"""Questions in another language than English, which the embedder doesn't know and the reranker does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.salience.episodes import added_draft

CORPORA = Path(__file__).parents[2] / "corpora"
LISTS = CORPORA / "questions-dev.json"
FACTS, CUES = CORPORA / "questions-held.json", CORPORA / "broken-cues.jsonl"


@pytest.mark.parametrize("language", ["de", "ru", "zh"])
def test_a_question_in_other_words_finds_more_with_the_reranker(
    language: str, embedder: Embedder, encoder: Embedder
) -> None:
    """The list's writer had seen neither the code nor the corpus."""
    lists = json.loads(LISTS.read_text(encoding="utf-8"))["languages"]
    pairs = lists[language]["pairs"]
    without, with_it = (found_among_three(pairs, embedder, model) for model in (None, encoder))
    assert with_it > without
    assert with_it >= 14


def test_a_question_in_another_language_than_the_facts_finds_them(
    embedder: Embedder, encoder: Embedder
) -> None:
    """English facts, asked for in ten other languages."""
    pairs = json.loads(FACTS.read_text(encoding="utf-8"))["pairs"][:30]
    lines = CUES.read_text(encoding="utf-8").splitlines()
    asked = {cue["question"]: cue["other_language"] for cue in map(json.loads, lines)}
    found = {}
    for model in (None, encoder):
        memory = Memory(ConversationStore(None), embedder, None, lambda _: None, encoder=model)
        ids = [memory.keep(added_draft(pair["fact"], None)).episode.id for pair in pairs]
        found[model] = sum(
            id in [one.id for one in memory.retrieval.gather(asked[pair["question"]]).ranked()[:3]]
            for id, pair in zip(ids, pairs, strict=True)
        )
        memory.close()
    assert found[encoder] >= 24
    assert found[encoder] >= found[None] + 8


def found_among_three(
    pairs: list[dict[str, Any]], embedder: Embedder, encoder: Embedder | None
) -> int:
    memory = Memory(ConversationStore(None), embedder, None, lambda _: None, encoder=encoder)
    for pair in pairs:
        memory.keep(added_draft(pair["fact"], None))
    found = 0
    for pair in pairs:
        gathered = memory.retrieval.gather(pair["question"])
        weighed = memory.retrieval.weigh(pair["question"], gathered)[:3]
        found += pair["fact"] in [one.text for one in memory.episodes(w.id for w in weighed)]
    memory.close()
    return found
