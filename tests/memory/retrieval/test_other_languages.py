"""A message in another language than English is compared by the encoder, which knows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import FLOOR, Scored
from nowprint.memory.retrieval.reordering import NEAR, compared
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.salience.episodes import added_draft
from nowprint.settings import resources


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> Embedder:
    return Embedder(encoder_folder)


def told(facts: list[str], embedder: Embedder, encoder: Embedder | None) -> Memory:
    memory = Memory(ConversationStore(None), embedder, None, lambda _: None, encoder=encoder)
    for fact in facts:
        memory.keep(added_draft(fact, None))
    return memory


@pytest.fixture(scope="module")
def german() -> list[dict[str, Any]]:
    """Facts, each with a second question that shares no word of weight with it."""
    path = resources() / "corpus" / "relevance-other-languages-2.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["language"] == "de"][:20]


def test_a_german_question_in_other_words_finds_more_with_the_encoder(
    german: list[dict[str, Any]], embedder: Embedder, encoder: Embedder
) -> None:
    without, with_it = (found_among_three(german, embedder, model) for model in (None, encoder))
    assert with_it >= 1.3 * without
    assert with_it >= 8


def found_among_three(
    rows: list[dict[str, Any]], embedder: Embedder, encoder: Embedder | None
) -> int:
    memory = told([row["fact"] for row in rows], embedder, encoder)
    found = 0
    for row in rows:
        question = row["asks"][1]
        weighed = memory.retrieval.weigh(question, memory.retrieval.gather(question))[:3]
        found += row["fact"] in [one.text for one in memory.episodes(w.id for w in weighed)]
    memory.close()
    return found


def test_an_english_message_is_the_rerankers(embedder: Embedder, encoder: Embedder) -> None:
    memory = told(["My sister Marta is a paramedic.", "The rent is 950 euros."], embedder, encoder)
    gathered = memory.retrieval.gather("What does my sister do for a living?")
    ranked = memory.retrieval.weigh("What does my sister do for a living?", gathered)
    other = told(["My sister Marta is a paramedic.", "The rent is 950 euros."], embedder, None)
    assert ranked == other.retrieval.weigh("What does my sister do for a living?", gathered)
    memory.close()
    other.close()


@pytest.fixture
def ranked() -> list[Scored]:
    return [Scored(id, 3.0 - id / 10, (("meaning", 3.0 - id / 10),), 0.5, True) for id in (1, 2, 3)]


def test_the_encoders_cosine_takes_the_place_of_the_embedders(ranked: list[Scored]) -> None:
    found = compared(ranked, {1: (0.5, NEAR - 0.02), 2: (0.5, NEAR + 0.05)}, {})
    assert [one.id for one in found] == [2, 1, 3]
    assert [one.passes for one in found] == [True, False, False]
    assert found[0].evidence == pytest.approx(FLOOR + 0.25)
    assert all(sum(dict(one.parts).values()) == pytest.approx(one.score) for one in found)


def test_the_newer_one_gets_the_better_of_both(ranked: list[Scored]) -> None:
    found = compared(ranked, {1: (0.5, NEAR + 0.05), 2: (0.5, NEAR - 0.1)}, {1: 2})
    assert [one.passes for one in found] == [True, True, False]


def test_a_text_is_read_once_for_several_messages(encoder: Embedder) -> None:
    class Counting(Embedder):
        read = 0

        def embed(self, texts):  # type: ignore[no-untyped-def]
            self.read += len(texts)
            return encoder.embed(texts)

    counting = Counting(encoder._folder)
    judge = Encoder(counting)
    facts = ["Meine Schwester heißt Ilka.", "Die Miete beträgt 950 Euro."]
    first = judge.compare("Wie heißt meine Schwester?", facts)
    again = judge.compare("Wie heißt meine Schwester?", facts[::-1])
    assert counting.read == 4
    assert first is not None
    assert again is not None
    assert first[0] > first[1]
    assert again.tolist() == pytest.approx(first[::-1].tolist(), abs=1e-5)
    assert judge.compare("Wie?", []) is None
