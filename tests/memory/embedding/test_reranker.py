"""The reranker that reads a message and a memory together: on the real embedder with the shipped adapters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import (
    TOKENS,
    Adapters,
    PairReader,
    read_adapters,
    write_adapters,
)
from nowprint.memory.retrieval.ranking import Scored, floor
from nowprint.memory.retrieval.reordering import reranked
from nowprint.settings import resources

from ..conftest import Draft, Profiled

ADAPTERS = resources() / "relevance.npz"

TOLD = {
    "The piano tuner comes on Thursday at four.": (
        "When is somebody coming to look after the piano?",
        "What does the piano tuner charge?",
    ),
    "My cousin Ottilie moved to Trondheim to build boats.": (
        "In which town does Ottilie live these days?",
        "How old is Ottilie?",
    ),
    "We named the new puppy Marzipan.": (
        "What did we call the puppy?",
        "How many times a day should a puppy eat?",
    ),
    "I keep my passport in the drawer under the printer.": (
        "Where's my passport?",
        "When does my passport expire?",
    ),
    "Grandpa can't eat anything with walnuts in it.": (
        "Which nuts must I leave out when grandpa comes for dinner?",
        "When is grandpa coming for dinner?",
    ),
}
"""Facts, each with a question that it answers and one that only looks so; none is in the corpus."""


def test_what_answers_helps_more_than_what_only_shares_words(embedder: Embedder) -> None:
    right, wrong = [], []
    for fact, (answered, unanswered) in TOLD.items():
        for question, found in ((answered, right), (unanswered, wrong)):
            nats = embedder.rerank(question, [fact])
            assert nats is not None
            found.append(float(nats[0]))
    pairs = [(a, b) for a in right for b in wrong]
    assert np.mean([a > b for a, b in pairs]) >= 0.8
    assert np.mean(right) > np.mean(wrong) + 1.0


def test_a_judgement_does_not_change_what_is_embedded(embedder: Embedder) -> None:
    fact = next(iter(TOLD))
    before = embedder.embed([fact])
    assert (
        embedder.rerank("When does the tuner come?", [fact, fact + " " + "word " * 400]) is not None
    )
    assert np.array_equal(embedder.embed([fact]), before)


def test_nothing_to_judge(embedder: Embedder) -> None:
    assert embedder.rerank("Where's my passport?", []) is None


def test_pairs_are_read_as_one_text(embedder_folder: Path) -> None:
    tokens, mask = PairReader(embedder_folder).read([("Who?", "Marta."), ("Who?", "so " * 500)])
    assert tokens.shape == mask.shape == (2, TOKENS)
    assert mask.sum(axis=1).tolist() == [7, TOKENS]
    assert not tokens[0, 7:].any()


def test_the_shipped_adapters_belong_to_the_embedder(embedder_folder: Path) -> None:
    adapters = read_adapters(ADAPTERS, embedder_folder.name)
    assert adapters is not None
    assert len(adapters.dense) == 36
    assert read_adapters(ADAPTERS, "another") is None


def test_adapters_are_written_and_read(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    down, up, head = (
        chance.normal(size=shape).astype(np.float16).astype(np.float32)
        for shape in ((2, 4), (3, 2), (8,))
    )
    file = tmp_path / "a.npz"
    write_adapters(file, Adapters("small", {"layer.dense": (down, up)}, head, 0.5))
    first = file.read_bytes()
    read = read_adapters(file, "small")
    assert read is not None
    assert np.array_equal(read.dense["layer.dense"][1], up)
    assert read.bias == 0.5
    write_adapters(file, read)
    assert file.read_bytes() == first


@pytest.mark.parametrize("kept", [0, 10, 4000])
def test_damaged_adapters_leave_the_cosine(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "relevance.npz"
    assert read_adapters(file, "all-MiniLM-L6-v2") is None
    file.write_bytes(ADAPTERS.read_bytes()[:kept])
    assert read_adapters(file, "all-MiniLM-L6-v2") is None


def test_an_embedder_without_adapters_cannot_judge(torch_folder: Path, tmp_path: Path) -> None:
    """And needs nothing that only the reranker reads: it may be of another family."""
    other = tmp_path / "another"
    other.mkdir()
    for file in torch_folder.iterdir():
        if file.name != "tokenizer.json":
            (other / file.name).symlink_to(file)
    embedder = Embedder(other)
    assert embedder.embed(["In the drawer."]).shape == (1, 384)
    assert embedder.rerank("Where's my passport?", ["In the drawer."]) is None


# --- its part in recall ------------------------------------------------------------------------


def scored(id: int, score: float, evidence: float) -> Scored:
    return Scored(id, score, (("meaning", score),), evidence, evidence >= 0.29)


def test_a_judgement_moves_score_and_evidence() -> None:
    """And what wasn't judged stays where it was."""
    ranked = [scored(1, 1.0, 0.4), scored(2, 0.9, 0.4), scored(3, 0.8, 0.6)]
    found = reranked(ranked, {1: -4.0, 2: 4.0}, {})
    assert [one.id for one in floor(found)] == [2]
    assert [one.id for one in found] == [2, 1, 3]
    assert sum(value for _, value in found[0].parts) == pytest.approx(found[0].score)
    unjudged = next(one for one in found if one.id == 3)
    assert (unjudged.evidence, unjudged.passes) == (0.0, False)


def test_a_terse_newer_telling_gets_the_judgement_of_the_older() -> None:
    ranked = [scored(2, 1.0, 0.4), scored(1, 0.9, 0.4)]
    found = reranked(ranked, {1: 5.0, 2: -5.0}, {1: 2})
    assert found[0].id == 2
    assert found[0].passes


def test_it_parts_answers_from_near_misses_further_than_the_cosine(
    home: Profiled, make_draft: Draft
) -> None:
    for fact in TOLD:
        home.memory.keep(make_draft(fact))
    alone, together = [], []
    for questions in TOLD.values():
        gathered = [home.memory.retrieval.gather(text) for text in questions]
        right, wrong = (one.ranked()[0].evidence for one in gathered)
        alone.append(right - wrong)
        asked = zip(questions, gathered, strict=True)
        right, wrong = (home.memory.retrieval.weigh(text, one)[0].evidence for text, one in asked)
        together.append(right - wrong)
    assert np.mean(together) > np.mean(alone) + 0.15
    found = [home.memory.retrieval.recall(right, limit=3) for right, _ in TOLD.values()]
    assert [one[0].episode.text for one in found if one] == list(TOLD)
