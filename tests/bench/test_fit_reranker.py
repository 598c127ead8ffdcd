"""Fitting the reranker: a few pairs, on the real encoder.

It needs torch, which takes seconds to load: that is left to the tests that are run.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.fitting.reranker_corpus import Corpus, Listed
from nowprint.bench.fitting.reranker_lives import Lives, corpus_lives, is_held_out
from nowprint.bench.lives import Life
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import CHANGES, HELPS, Adapters, PairReader, read_tokenizer
from nowprint.settings import resources

FACTS = ("My sister Marta is a paramedic.", "The boiler man comes on Friday.")
LINE = {"asks": ["a", "b", "c"], "misses": ["d", "e", "f"], "language": "en"}
CHANGE = {
    "old": "We live in Köln.",
    "new": "We live in Lübeck now.",
    "question": "Where do I live?",
}
CHANGE |= {"change": True, "answers": "new", "language": "en"}  # type: ignore[dict-item]

BOAT, BERTH, DOG, SOLD = (
    "We bought a boat.",
    "It lies in Hoorn.",
    "Bo the dog swims.",
    "Boat's gone.",
)
LIFE = Life(
    "en",
    (BOAT, BERTH, DOG, SOLD),
    (None, None, None, 0),
    (("Can we sail?", (3,)), ("Where is our berth?", (1,))),
    ("How old is Bo?",),
)


@pytest.fixture
def corpus(tmp_path: Path, encoder: Embedder, embedder: Embedder) -> Corpus:
    lines = [{**LINE, "fact": fact, "group": 1} for fact in FACTS]
    lines.append({**LINE, "fact": "Our cat is called Pickwick."})
    (tmp_path / "relevance-x.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    idle = json.dumps({"text": "Good morning!", "worth": False})
    (tmp_path / "messages-x.jsonl").write_text(idle, encoding="utf-8")
    measured = {"pairs": [{"fact": "Our cat is called Pickwick."}]}
    (tmp_path / "dialogue.json").write_text(json.dumps(measured), encoding="utf-8")
    (tmp_path / "changes.jsonl").write_text(json.dumps(CHANGE), encoding="utf-8")
    return Corpus(tmp_path, encoder.embed, embedder.embed)


def test_an_epoch_lists_each_message_with_its_own_fact_and_near_ones(corpus: Corpus) -> None:
    lists = corpus.of_help(random.Random(1), near=1, others=0)
    asks = [one for one in lists if one.ordered]
    assert Listed((("a", FACTS[0]), ("a", FACTS[1])), (True, False), ordered=True) in asks
    misses = [one for one in lists if one.pairs[0][0] == "d"]
    assert {one.pairs for one in misses} == {
        (("d", fact),) for fact in FACTS
    }  # not the group's others
    assert all(not any(one.right) for one in misses)
    assert sum(one.pairs[0][0] == "Good morning!" for one in lists) == 1
    assert Listed(((CHANGE["question"], CHANGE["new"]),), (True,)) in lists


def test_only_a_newer_telling_changes_an_older_one(corpus: Corpus) -> None:
    lists = corpus.of_change(random.Random(1))
    assert Listed(((CHANGE["new"], CHANGE["old"]),), (True,)) in lists
    assert Listed(((CHANGE["old"], CHANGE["new"]),), (False,)) in lists
    assert sum(any(one.right) for one in lists) == 1


def test_the_corpus_keeps_its_distance_from_what_measures(corpus: Corpus) -> None:
    both = [corpus.of_help(random.Random(1), 1, 1, held_out=held) for held in (True, False)]
    texts = {text for lists in both for one in lists for pair in one.pairs for text in pair}
    assert not any("Pickwick" in text for text in texts)


def test_of_a_life_a_question_needs_the_newest_and_what_that_changed_is_no_wrong_one(
    encoder: Embedder,
) -> None:
    lists = Lives([LIFE], encoder.embed).of_help(random.Random(1), 3, 0, held_out=is_held_out(LIFE))
    sail, berth, old = lists
    assert sail.pairs[0] == ("Can we sail?", SOLD)
    assert {told for _, told in sail.pairs[1:]} == {BERTH, DOG}
    assert sail.right == (True, False, False)
    assert sail.ordered
    assert {told for _, told in berth.pairs[1:]} == {BOAT, DOG, SOLD}
    assert old.right == (False, False)
    assert not old.ordered


def test_of_a_life_a_message_changes_only_what_is_older_and_of_its_matter(
    encoder: Embedder,
) -> None:
    lives = Lives([LIFE], encoder.embed)
    lists = lives.of_change(random.Random(1), held_out=is_held_out(LIFE))
    right = {one.pairs[0]: one.right[0] for one in lists}
    assert [pair for pair, is_right in right.items() if is_right] == [(SOLD, BOAT)]
    assert {(BERTH, BOAT), (SOLD, BERTH), (SOLD, DOG)} <= set(right)
    assert (BOAT, BERTH) not in right
    assert lives.of_change(random.Random(1), held_out=not is_held_out(LIFE)) == []


def test_a_matter_is_all_that_a_message_changes_and_is_changed_by() -> None:
    life = Life("en", ("",) * 5, (None, 0, None, 1, 2), (), ())
    assert [life.matter(n) for n in range(5)] == [{0, 1, 3}, {0, 1, 3}, {2, 4}, {0, 1, 3}, {2, 4}]


def test_the_stages_stand_on_each_other(
    corpus: Corpus, encoder: Embedder, encoder_folder: Path
) -> None:
    """And what they fit is what onnxruntime reads: the adapters of all judgements side by side."""
    from nowprint.bench.fitting.fit_reranker import Stage, fit
    from nowprint.bench.fitting.reranker_training import RANK

    reader = PairReader(read_tokenizer(encoder_folder))
    told = corpus, Lives([LIFE, replace(LIFE, told=LIFE.told[::-1])], encoder.embed)
    helps = Stage(HELPS, epochs=1, rate=1e-3, near=1, lives=True)
    first, curve = fit(helps, encoder_folder, reader, told, Adapters(encoder_folder.name, {}))
    assert set(curve) >= {"loss", "AUC"}
    again, _ = fit(helps, encoder_folder, reader, told, first)
    both, _ = fit(Stage(CHANGES, epochs=1, rate=1e-3), encoder_folder, reader, told, again)
    assert len(both.of[CHANGES].dense) == 72
    assert both.on(HELPS).tolist() == [1] * RANK + [0] * RANK
    assert both.on(CHANGES).tolist() == [1] * 2 * RANK
    assert both.of[HELPS] is again.of[HELPS]
    assert CHANGES not in again.of


def test_every_line_of_the_corpus_is_whole() -> None:
    facts = []
    for file in sorted((resources() / "corpus").glob("relevance-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            assert len(one["asks"]) == len(one["misses"]) == 3
            assert all(one["asks"] + one["misses"])
            facts.append(one["fact"])
    assert len(facts) == len(set(facts)) >= 1200


def test_every_change_of_the_corpus_is_whole() -> None:
    file = resources() / "corpus" / "changes.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert all(one["old"] and one["new"] and one["question"] for one in rows)
    assert all(one["answers"] in ("old", "new") for one in rows)
    assert all(one["answers"] == "new" for one in rows if one["change"])
    assert 0.4 < sum(one["change"] for one in rows) / len(rows) < 0.6


def test_every_retelling_of_the_corpus_is_whole() -> None:
    rows = json_lines(resources() / "corpus" / "retellings.jsonl")
    assert len({one["old"] for one in rows}) == len(rows) == 1000
    assert all(one["question"] for one in rows)
    assert all(3 <= len(one["changes"]) <= 4 == len(one["holds"]) for one in rows)


def test_every_life_of_the_corpus_is_whole() -> None:
    lives = corpus_lives(resources() / "corpus")
    assert len({one.told for one in lives}) == len(lives) > 600
    assert all(one.asks and one.misses and len(one.told) >= 20 for one in lives)
    assert 0.1 < sum(map(is_held_out, lives)) / len(lives) < 0.25
