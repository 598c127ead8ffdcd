"""A newer telling wins: on tellings by somebody who had not seen the code, and in a memory as a whole."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from nowprint.errors import UserError
from nowprint.memory.capture.changes import (
    SURE,
    SURE_READ,
    UNCLEAR,
    Reading,
    probability,
    tells_of_change,
)
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.retrieval.newest import LIKELY
from nowprint.memory.storage.doubts import ASKED, Doubts

from ..conftest import Draft, Profiled
from .test_contradictions import keep, recalled

CORPORA = Path(__file__).parents[2] / "corpora"
SICHUAN = (
    "I love Sichuan food, the hotter the better.",
    "I can't stand Sichuan food any more, it upsets my stomach.",
)
PHONE = (
    "My landlord's phone number is 555-0134.",
    "My landlord's phone number is 555-0199 now.",
    "My landlord's phone number is 555-0134 again, the other one was wrong.",
)
WHAT_NUMBER = "What is my landlord's phone number?"


def test_taste_turned_round(home: Profiled, make_draft: Draft) -> None:
    old, new = keep(home, make_draft, *SICHUAN)
    assert (new.replaces, old.replaced_by) == (old.id, new.id)
    found = recalled(home, "Should I take Sichuan food for my own birthday dinner?")
    assert found == [SICHUAN[1]]
    assert [one.text for one in home.memory.chains.chain(new.id).older] == [SICHUAN[0]]


def test_changed_and_changed_back(home: Profiled, make_draft: Draft) -> None:
    first, second = keep(home, make_draft, *PHONE[:2])
    assert recalled(home, WHAT_NUMBER) == [PHONE[1]]
    (third,) = keep(home, make_draft, PHONE[2])
    assert (third.replaces, third.reinforced) == (second.id, 0)
    assert recalled(home, WHAT_NUMBER) == [PHONE[2]]
    chain = home.memory.chains.chain(third.id)
    assert [one.id for one in chain.older] == [second.id, first.id]


def test_what_is_told_over_and_over_leads_straight_to_the_newest(
    home: Profiled, make_draft: Draft
) -> None:
    tellings = [f"My landlord's phone number is 555-01{n} now." for n in range(34, 40)]
    *older, last = keep(home, make_draft, *tellings)
    assert older[-1].replaced_by == last.id
    gathered = home.memory.retrieval.gather(WHAT_NUMBER)
    newest = {one.id: one.replaced_by for one in gathered.candidates}
    assert newest == dict.fromkeys((one.id for one in older), last.id) | {last.id: None}
    home.memory.forget([last.id])
    gathered = home.memory.retrieval.gather(WHAT_NUMBER)
    assert {one.replaced_by for one in gathered.candidates} == {older[-1].id, None}


def test_only_what_changes_something_close_is_kept_for_that_alone(
    home: Profiled, make_draft: Draft
) -> None:
    keep(home, make_draft, PHONE[0], "I paint in gouache.", "Got a 2:1 in the end!!")
    change = make_draft(PHONE[1])
    talk = [
        "No, you've misunderstood me again. I asked how to take it off, without chemicals, not from wood.",
        "No, I meant the first version, but with the ending from the second one, please.",
        "Never mind, it works now.",
    ]
    found = home.memory.changing([change, *map(make_draft, talk)])
    assert found == (change,)


# --- where it is unclear -----------------------------------------------------------------------


@pytest.fixture
def doubtful(home: Profiled, make_draft: Draft) -> tuple[int, int]:
    """A newer and an older episode of which it is unclear whether one changes the other."""
    older, newer = keep(
        home,
        make_draft,
        "My cat eats the low phosphorus food.",
        "The cat eats dry food from the big bag.",
    )
    with home.store.database.writing() as connection:
        connection.execute("DELETE FROM doubt")  # what capture thought of it
        Doubts(home.store.database).add(newer.id, {older.id: ASKED})
    return newer.id, older.id


WHAT_FOOD = "What food does my cat eat?"


def test_the_newer_comes_first_and_the_user_is_asked(
    home: Profiled, doubtful: tuple[int, int]
) -> None:
    newer, older = doubtful
    found = [one.episode.id for one in home.memory.retrieval.recall(WHAT_FOOD, limit=5)]
    assert found == [newer, older]
    for id in doubtful:
        (doubt,) = home.memory.settling.doubts(id)
        assert (doubt.newer.id, doubt.older.id) == (newer, older)


@pytest.mark.parametrize(("holds", "place"), [("newer", 0), ("older", 1)])
def test_what_the_user_says_holds(
    home: Profiled, doubtful: tuple[int, int], holds: str, place: int
) -> None:
    pair = home.memory.settling.settle(*doubtful, holds)  # type: ignore[arg-type]
    assert [one.replaced_by is None for one in pair] == [place == 0, place == 1]
    found = [one.episode.id for one in home.memory.retrieval.recall(WHAT_FOOD, limit=5)]
    assert found == [doubtful[place]]
    assert home.memory.settling.doubts(doubtful[0]) == ()
    with pytest.raises(UserError, match="changed since"):
        home.memory.settling.settle(*doubtful, "both")


def test_both_hold(home: Profiled, doubtful: tuple[int, int]) -> None:
    home.memory.settling.settle(*doubtful, "both")
    assert home.memory.settling.doubts(doubtful[0]) == ()
    home.reopen()
    assert home.memory.settling.doubts(doubtful[1]) == ()
    found = [one.episode.id for one in home.memory.retrieval.recall(WHAT_FOOD, limit=5)]
    assert sorted(found) == sorted(doubtful)


def test_what_an_answer_puts_in_place_keeps_both_chains(home: Profiled, make_draft: Draft) -> None:
    first, second = keep(home, make_draft, *PHONE[:2])
    old, new = keep(home, make_draft, *SICHUAN)
    home.memory.settling.settle(new.id, second.id, "newer")
    chain = home.memory.chains.chain(new.id)
    assert [one.id for one in chain.older] == [second.id, first.id, old.id]


def test_a_doubt_goes_with_either_episode(home: Profiled, doubtful: tuple[int, int]) -> None:
    home.memory.forget([doubtful[1]])
    assert home.memory.settling.doubts(doubtful[0]) == ()
    home.memory.purge(all=True)
    assert home.store.database.value("SELECT count(*) FROM doubt") == 0


# --- on tellings by others ---------------------------------------------------------------------


def chances(
    embedder: Embedder, name: str, encoder: Encoder | None = None
) -> dict[str, list[tuple[str, float]]]:
    """For each relation the language of each pair of tellings, and the probability that the newer changes
    the older, by words alone if there is no encoder."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    cases = [json.loads(line) for line in (CORPORA / name).read_text("utf-8").splitlines()]
    if encoder:  # many texts are read together in less time
        encoder.known([one["text"] for case in cases for one in case["tellings"]])
    for case in cases:
        said = [one["text"] for one in case["tellings"]]
        vectors = embedder.embed(said)
        for n, (old, new) in enumerate(pairwise(said)):
            read = None if encoder is None else reading(encoder, new, old)
            chance = probability(new, old, float(vectors[n] @ vectors[n + 1]), read)
            found[case["relation"]].append((case["language"], chance))
    return found


def reading(encoder: Encoder, new: str, old: str) -> Reading:
    nats, cosines = encoder.changes(new, [old]), encoder.compare(new, [old])
    assert nats is not None
    assert cosines is not None
    return Reading(float(nats[0]), float(cosines[0]))


def share(chances: list[tuple[str, float]], least: float) -> float:
    return sum(chance >= least for _, chance in chances) / len(chances)


def test_a_text_without_a_word_of_change_changes_nothing() -> None:
    assert not tells_of_change("My sister Marta plays the cello.")
    assert probability("My sister Marta plays the cello.", "My sister plays the flute.", 0.9) == 0.0


@pytest.fixture(scope="module")
def told(embedder: Embedder) -> dict[str, list[tuple[str, float]]]:
    return chances(embedder, "changes-dev.jsonl")


def test_changes_are_seen_and_different_facts_left_alone(
    told: dict[str, list[tuple[str, float]]],
) -> None:
    assert share(told["different"], SURE) <= 0.03
    assert share(told["change"], SURE) >= 0.3
    assert share(told["changed back"], SURE) >= 0.3


def test_in_every_language_most_changes_are_at_least_unclear(
    told: dict[str, list[tuple[str, float]]],
) -> None:
    languages: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for language, chance in (*told["change"], *told["changed back"]):
        languages[language].append((language, chance))
    assert len(languages) == 12
    assert {name for name, found in languages.items() if share(found, UNCLEAR) < 0.5} == set()


def test_held_out_different_facts_are_left_alone(embedder: Embedder) -> None:
    held = chances(embedder, "changes-held.jsonl")
    assert share(held["different"], SURE) <= 0.03
    assert share(held["change"] + held["changed back"], SURE) >= 0.1


def test_with_the_encoder_more_held_out_changes_are_sure(
    embedder: Embedder, encoder: Embedder
) -> None:
    held = chances(embedder, "changes-held.jsonl", Encoder(encoder))
    assert share(held["different"], SURE_READ) <= 0.03
    assert share(held["change"] + held["changed back"], SURE_READ) >= 0.3
    assert share(held["change"] + held["changed back"], LIKELY) >= 0.7
