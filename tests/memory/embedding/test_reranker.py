"""The reranker that reads two texts together: on the real encoder with the shipped adapters."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.reranker import (
    CHANGES,
    HELPS,
    TELLS,
    TOKENS,
    Adapters,
    Fitted,
    PairReader,
    read_adapters,
    write_adapters,
)
from nowprint.memory.retrieval.ranking import Scored, floor
from nowprint.memory.retrieval.reordering import ENGLISH, Read, reranked
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


CHANGED = {
    "I'm a vegetarian, have been since school.": "Had my first steak in years, and there will be more.",
    "My landlord's phone number is 555-0134.": "It's 555-0199, my landlord's number, I told you wrong.",
    "Wir wohnen in Köln, im dritten Stock.": "Seit Samstag schlafen wir im eigenen Haus in Lübeck.",
    "Je travaille comme serveuse au Petit Zinc.": "J'ai rendu mon tablier au Petit Zinc, place à l'école.",
}
"""Facts, each with a later one that changes it; none is in the corpus."""


def test_what_answers_helps_more_than_what_only_shares_words(encoder: Embedder) -> None:
    right, wrong = [], []
    for fact, (answered, unanswered) in TOLD.items():
        for question, found in ((answered, right), (unanswered, wrong)):
            judged = encoder.judge(HELPS, [(question, fact)])
            assert judged is not None
            found.append(float(judged[0]))
    pairs = [(a, b) for a in right for b in wrong]
    assert np.mean([a > b for a, b in pairs]) >= 0.8
    assert np.mean(right) > np.mean(wrong) + 1.0


def test_what_changes_a_fact_is_told_from_what_only_comes_later(encoder: Embedder) -> None:
    found = []
    for own, new in enumerate(CHANGED.values()):
        judged = encoder.judge(CHANGES, [(new, old) for old in CHANGED])
        assert judged is not None
        found.append(int(judged.argmax()) == own)
    assert sum(found) >= 3


def test_a_judgement_does_not_change_what_is_embedded(encoder: Embedder) -> None:
    fact = next(iter(TOLD))
    before = encoder.embed([fact])
    assert encoder.judge(HELPS, [("When?", fact), ("When?", fact + " word" * 400)]) is not None
    assert np.array_equal(encoder.embed([fact]), before)


def test_many_pairs_are_judged_as_each_alone(encoder: Embedder) -> None:
    """They are read in batches of similar length, and come back in their own order."""
    pairs = [
        ("When?", fact * (1 + n % 7)) for n in range(10) for fact in ("Bo swims. ", "At six. ")
    ]
    together = encoder.judge(HELPS, pairs)
    assert together is not None
    alone = [encoder.judge(HELPS, [pair]) for pair in pairs]
    assert together == pytest.approx([one[0] for one in alone if one is not None], abs=0.02)


def test_nothing_to_judge(encoder: Embedder) -> None:
    assert encoder.judge(HELPS, []) is None


def test_without_a_model_there_is_no_judgement(tmp_path: Path) -> None:
    for none in (Encoder(None), Encoder(Embedder(tmp_path / "nothing"))):
        none.prepare()
        assert none.helps("Where's my passport?", ["In the drawer."]) is None
        assert none.changes("It's in the car now.", ["In the drawer."]) is None
        assert none.read(["In the drawer."]) is None


def test_pairs_are_read_as_one_text(encoder: Embedder) -> None:
    encoder.load()
    reader = PairReader(encoder._runtime.tokenizer)  # type: ignore[union-attr]
    tokens, mask = reader.read([("Who?", "Marta."), ("Who?", "so " * 500)])
    assert tokens.shape == mask.shape == (2, TOKENS)
    few = int(mask.sum(axis=1)[0])
    assert few < 16
    assert mask.sum(axis=1).tolist() == [few, TOKENS]
    assert not tokens[0, few:].any()


def test_the_shipped_adapters_belong_to_the_encoder(encoder_folder: Path) -> None:
    adapters = read_adapters(ADAPTERS, encoder_folder.name)
    assert adapters is not None
    assert set(adapters.of) == {HELPS, CHANGES, TELLS}
    assert all(len(one.dense) == 72 for one in adapters.of.values())
    assert read_adapters(ADAPTERS, "another") is None


def fitted(chance: np.random.Generator, rank: int) -> Fitted:
    down, up, head = (
        chance.normal(size=shape).astype(np.float16).astype(np.float32)
        for shape in ((rank, 4), (3, rank), (8,))
    )
    return Fitted({"layer.dense": (down, up)}, head, 0.25)


def test_adapters_are_written_and_read(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    helps, changes, tells = (fitted(chance, rank) for rank in (2, 2, 1))
    file = tmp_path / "a.npz"
    write_adapters(file, Adapters("small", {TELLS: tells, CHANGES: changes, HELPS: helps}))
    first = file.read_bytes()
    read = read_adapters(file, "small")
    assert read is not None
    assert np.array_equal(read.of[CHANGES].head, changes.head)
    assert read.of[TELLS].bias == 0.25
    down, up = read.dense("layer.dense")
    assert np.array_equal(down[:2], helps.dense["layer.dense"][0])
    assert np.array_equal(up[:, 4:], tells.dense["layer.dense"][1])
    assert read.on(HELPS).tolist() == [1, 1, 0, 0, 0]
    assert read.on(CHANGES).tolist() == [1, 1, 1, 1, 0]
    assert read.on(TELLS).tolist() == [0, 0, 0, 0, 1]
    write_adapters(file, read)
    assert file.read_bytes() == first


@pytest.mark.parametrize("kept", [0, 10, 4000])
def test_damaged_adapters_leave_the_cosine(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "relevance.npz"
    assert read_adapters(file, "multilingual-e5-small") is None
    file.write_bytes(ADAPTERS.read_bytes()[:kept])
    assert read_adapters(file, "multilingual-e5-small") is None


def test_an_embedder_without_adapters_cannot_judge(embedder: Embedder) -> None:
    assert embedder.judge(HELPS, [("Where's my passport?", "In the drawer.")]) is None


# --- its part in recall ------------------------------------------------------------------------


def scored(id: int, score: float, evidence: float) -> Scored:
    return Scored(id, score, (("meaning", score),), evidence, evidence >= 0.29)


def test_a_judgement_moves_score_and_evidence() -> None:
    """And what wasn't read stays where it was, behind."""
    ranked = [scored(1, 1.0, 0.4), scored(2, 0.9, 0.4), scored(3, 0.8, 0.6)]
    read = {1: Read(-4.0, 0.4), 2: Read(4.0, 0.4)}
    found = reranked(ranked, read, {}, personal=True)
    assert [one.id for one in floor(found)] == [2]
    assert [one.id for one in found] == [2, 1, 3]
    assert sum(value for _, value in found[0].parts) == pytest.approx(found[0].score)
    unread = next(one for one in found if one.id == 3)
    assert (unread.evidence, unread.passes) == (0.0, False)


def test_a_terse_newer_telling_gets_the_judgement_of_the_older() -> None:
    ranked = [scored(2, 1.0, 0.4), scored(1, 0.9, 0.4)]
    found = reranked(ranked, {1: Read(5.0, 0.4), 2: Read(-5.0, 0.4)}, {1: 2}, personal=True)
    assert found[0].id == 2
    assert found[0].passes
    unread = reranked(ranked, {1: Read(5.0, 0.4)}, {1: 2}, personal=True)
    assert [(one.id, one.passes) for one in unread] == [(2, True), (1, True)]


def test_the_floor_is_a_probability_that_the_user_sets() -> None:
    ranked = [scored(1, 1.0, 0.4)]
    for helps, cosine in ((0.0, 0.3), (3.0, 0.6), (-2.0, 0.2)):
        nats = ENGLISH.nats(Read(helps, cosine), personal=True, life=0.0)
        chance = 1 / (1 + math.exp(-nats))
        for least, passes in ((chance - 0.01, True), (chance + 0.01, False)):
            (one,) = reranked(
                ranked, {1: Read(helps, cosine)}, {}, personal=True, least=max(0.0, least)
            )
            assert one.passes is passes


def test_a_message_that_asks_of_the_users_life_needs_less_in_another_language() -> None:
    ranked, read = [scored(1, 1.0, 0.4)], {1: Read(0.0, 0.85)}
    evidence = [
        reranked(ranked, read, {}, personal=False, life=life, foreign=True)[0].evidence
        for life in (-1.0, 0.0, 1.0)
    ]
    assert evidence == sorted(set(evidence))


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
    assert np.mean(together) > np.mean(alone) + 0.03
    found = [home.memory.retrieval.recall(right, limit=3) for right, _ in TOLD.values()]
    firsts = [one[0].episode.text if one else "" for one in found]
    assert sum(one == fact for one, fact in zip(firsts, TOLD, strict=True)) >= len(TOLD) - 1
