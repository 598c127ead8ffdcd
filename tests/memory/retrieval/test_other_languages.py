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

LISTS = Path(__file__).parents[2] / "corpora" / "questions-dev.json"


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
