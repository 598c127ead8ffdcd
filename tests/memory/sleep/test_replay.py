"""Recall is tried with the common words of an episode; what it doesn't find is told."""

from __future__ import annotations

import pytest

from .conftest import FOOD, Sleeping, changes

VET = "The vet in Linz looked after my cat Pickwick again, and Doctor Huber said nothing helps."
CROWD = 14


def crowd(sleeping: Sleeping) -> None:
    """Many episodes that hold the common words of ``VET`` and no other."""
    for number in range(CROWD):
        sleeping.tell(f"The vet saw my cat, visit number {number}.")


def found(sleeping: Sleeping, id: int) -> int | None:
    value: int | None = sleeping.database.value("SELECT found FROM slept WHERE episode = ?", [id])
    return value


def test_the_question_is_the_common_third(sleeping: Sleeping) -> None:
    crowd(sleeping)
    replay = sleeping.sleep.replay
    assert replay.question(VET) == "vet cat"
    assert replay.question(VET, 2) == "vet cat huber"
    assert replay.question("Yes, the cat.") == ""
    plan = "On Monday, November 30, the vet sees my cat again."
    assert replay.question(plan, 1) == "vet sees cat"


def test_what_is_found_is_counted(sleeping: Sleeping) -> None:
    id = sleeping.tell(FOOD)
    short = sleeping.tell("Yes, the cat.")
    night = sleeping.night().night
    assert (night.looked_at, night.replayed, night.found) == (2, 1, 1)
    assert (found(sleeping, id), found(sleeping, short)) == (1, None)


def test_what_is_not_found_is_told_once(
    sleeping: Sleeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = sleeping.tell(FOOD)
    monkeypatch.setattr(sleeping.sleep.replay, "_finds", lambda *_: False)
    report = sleeping.night()
    assert changes(report) == [("not found", id, None)]
    assert (report.night.replayed, report.night.found, found(sleeping, id)) == (1, 0, 0)
    assert not sleeping.undo(report, *report.changes).changes[0].undone
    sleeping.now += 3_000_000
    assert changes(sleeping.night()) == []


def test_what_an_easier_question_finds_is_not_told(sleeping: Sleeping) -> None:
    id = sleeping.tell(VET)
    crowd(sleeping)
    report = sleeping.night()
    assert found(sleeping, id) == 0
    assert id not in {one.episode.id for one in report.changes}


def test_what_another_took_the_place_of_is_not_asked_for(sleeping: Sleeping) -> None:
    older = sleeping.tell(FOOD)
    sleeping.tell("Pickwick is well again and eats what he likes.", replaces=older)
    night = sleeping.night().night
    assert (night.looked_at, night.replayed) == (2, 1)
    assert found(sleeping, older) is None
