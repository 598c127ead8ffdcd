"""What tells that something has changed: the pure function on pairs, and what the memory makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nowprint.memory.capture.contradictions import Change, change
from nowprint.memory.embedding.embedder import Embedder
from nowprint.records import Episode

from ..conftest import CAT, Draft, Profiled, texts

PAIRS = json.loads(
    (Path(__file__).parents[1] / "data" / "changes.json").read_text(encoding="utf-8")
)
LAUNCH = "The launch of our new shop is on April 3."
MOVED = "The launch moved to April 17."
AGAIN = "Correction: the launch is on May 2."
WHEN = "When is the launch of our shop?"


def told(embedder: Embedder, pairs: list[list[str]]) -> list[tuple[str, str]]:
    """Those of the pairs (old, new) that are taken for changes."""
    before = embedder.embed([old for old, _ in pairs])
    after = embedder.embed([new for _, new in pairs])
    cosines = (before * after).sum(axis=1).tolist()
    return [
        (old, new)
        for (old, new), cosine in zip(pairs, cosines, strict=True)
        if change(new, old, cosine)
    ]


@pytest.mark.parametrize(("half", "recall"), [("setting", 0.9), ("held_out", 0.8)])
def test_changes_are_told_from_other_facts_about_the_same(
    embedder: Embedder, half: str, recall: float
) -> None:
    changes, others = PAIRS[half]["changes"], PAIRS[half]["others"]
    assert told(embedder, others) == []
    assert len(told(embedder, changes)) >= recall * len(changes)


def test_nothing_is_a_change_of_itself_or_of_what_is_far(embedder: Embedder) -> None:
    pairs = [pair for half in PAIRS.values() for kind in half.values() for pair in kind]
    same = [[text, text] for pair in pairs for text in pair]
    assert told(embedder, same) == []
    assert [change(new, old, 0.2) for old, new in pairs] == [None] * len(pairs)


@pytest.mark.parametrize(
    ("new", "old", "kind"),
    [
        (MOVED, LAUNCH, "value"),
        ("The rent is 990 euros.", "The rent is 950 euros.", "value"),
        ("I live in Braga now.", "I live in Porto.", "place"),
        ("I moved from Porto to Braga.", "I live in Porto.", "correction"),
        ("The code is 7214, not 7241.", "The code is 7241.", "correction"),
        ("I no longer eat meat.", "I eat meat on Sundays.", "ending"),
        ("I would like to live in Braga.", "I live in Porto.", None),
        ("Do I live in Braga now?", "I live in Porto.", None),
        ("She lives in Braga now.", "I live in Porto.", None),
        ("I won't quit the choir.", "I sing in the choir.", None),
        ("", LAUNCH, None),
    ],
)
def test_the_kind_of_a_change(new: str, old: str, kind: Change | None) -> None:
    assert change(new, old, 0.9) == kind


# --- the memory --------------------------------------------------------------------------------


def keep(home: Profiled, make_draft: Draft, *said: str) -> list[Episode]:
    """Each is said in a message, judged and kept; how they stand after the last."""
    ids = []
    for text in said:
        message = home.store.add_message(home.store.create_conversation().id, "user", text)
        (kept,) = home.memory.judge(message.id, None, (), [make_draft(text, message)])
        ids.append(kept.episode.id)
    there = {one.id: one for one in home.memory.episodes(ids)}
    return [there[id] for id in ids]


def recalled(home: Profiled, question: str) -> list[str]:
    return [one.episode.text for one in home.memory.retrieval.recall(question, limit=5)]


def test_a_changed_fact_is_the_newer_of_two_linked_episodes(
    home: Profiled, make_draft: Draft
) -> None:
    old, cat, new = keep(home, make_draft, LAUNCH, CAT, MOVED)
    assert (new.replaces, old.replaced_by) == (old.id, new.id)
    assert (cat.replaces, cat.replaced_by, new.reinforced) == (None, None, 0)
    assert recalled(home, WHEN) == [MOVED]
    looked: list[int] = []
    home.memory.retrieval.recall(
        WHEN, limit=5, resonate=lambda r: looked.extend(one.id for one in r) or {}
    )
    assert looked == [new.id]
    assert [one.episode.text for one in home.memory.retrieval.search(WHEN, 2)] == [MOVED, LAUNCH]
    (line,) = [one for one in home.memory.detail(old.id).history if one.action == "changed"]
    assert line.detail == f"by episode {new.id}"


def test_a_chain_of_changes_links_each_to_the_newest(home: Profiled, make_draft: Draft) -> None:
    first, second, third = keep(home, make_draft, LAUNCH, MOVED, AGAIN)
    assert (second.replaces, third.replaces) == (first.id, second.id)
    assert recalled(home, WHEN) == [AGAIN]
    home.memory.forget([third.id])
    assert recalled(home, WHEN) == [MOVED]
    home.memory.forget([second.id])
    assert recalled(home, WHEN) == [LAUNCH]
    home.memory.undo_forget([third.id])
    home.memory.purge(all=True)
    (first, third) = home.memory.query.page(sort="oldest").episodes
    assert (third.replaces, first.replaced_by) == (first.id, third.id)


def test_what_was_true_before_and_is_so_again_is_a_change(
    home: Profiled, make_draft: Draft
) -> None:
    first, second, third = keep(home, make_draft, LAUNCH, MOVED, LAUNCH)
    assert (third.replaces, third.text, first.reinforced) == (second.id, LAUNCH, 0)
    (again,) = keep(home, make_draft, LAUNCH)
    assert (again.id, again.reinforced) == (third.id, 1)
    assert recalled(home, WHEN) == [LAUNCH]


def test_a_change_within_one_message(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, LAUNCH, MOVED)
    old, new = home.memory.query.page(sort="oldest").episodes
    assert new.replaces == old.id


def test_other_facts_about_the_same_stand_beside_each_other(
    home: Profiled, make_draft: Draft
) -> None:
    said = [text for pair in PAIRS["setting"]["others"][:12] for text in pair]
    said = list(dict.fromkeys(said))
    assert {one.replaces for one in keep(home, make_draft, *said)} == {None}
    assert texts(home) == said
