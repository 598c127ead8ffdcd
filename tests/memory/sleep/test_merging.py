"""What tells the same goes behind the newest telling, and can be parted again."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from nowprint.inspection import Forgetting
from nowprint.language.dates import DAY
from nowprint.memory.storage.doubts import Doubts

from .conftest import FOOD, Sleeping, changes

SAME = "My cat Pickwick has kidney disease, and needs the low phosphorus food!"
MORE = "My cat Pickwick has kidney disease and needs the low phosphorus food, always."
LESS = "Pickwick has kidney disease and needs the low phosphorus food."


def test_the_older_goes_behind_the_newer(sleeping: Sleeping) -> None:
    older = sleeping.tell(FOOD, salience=0.9, kind="remembered", measured=2, influence=1.5)
    newer = sleeping.tell(SAME, reinforced=1, measured=1, influence=3.0)
    other = sleeping.tell("The boiler in the cellar is serviced by Tomasz every May.")
    report = sleeping.night()
    assert changes(report) == [("merged", newer, older)]
    assert sleeping.memory.query.ids() == (other, newer)
    assert older not in sleeping.indexed()
    kept = sleeping.episode(newer)
    assert (kept.text, kept.salience, kept.kind, kept.reinforced) == (SAME, 0.9, "remembered", 2)
    assert (kept.measured, kept.influence) == (3, 2.0)
    assert {one.message_id for one in kept.sources} == {
        one.message_id for id in (older, newer) for one in sleeping.episode(id).sources
    }
    assert [one.id for one in sleeping.memory.chains.chain(newer).made_from] == [older]
    assert (report.night.looked_at, report.night.replayed) == (3, 2)
    assert dict(report.night.changes) == {"merged": 1}


def test_who_says_more_or_less_stays(sleeping: Sleeping) -> None:
    told = [sleeping.tell(text) for text in (FOOD, MORE, LESS)]
    assert not any(one[0] == "merged" for one in changes(sleeping.night()))
    assert set(sleeping.memory.query.ids()) == set(told)


def test_what_was_used_yesterday_stays_so(sleeping: Sleeping) -> None:
    """Else a rule of forgetting would take for unused what is behind a newer one that was never recalled."""
    day = sleeping.now - DAY
    older = sleeping.tell(FOOD, recalled=3, last_recalled=day, updated=day)
    newer = sleeping.tell(SAME, recalled=1)
    before = sleeping.rows()
    report = sleeping.night()
    kept = sleeping.episode(newer)
    assert (kept.recalled, kept.last_recalled, kept.updated >= day) == (4, day, True)
    sleeping.undo(report, *report.changes)
    assert sleeping.rows() == before
    assert sleeping.episode(older).recalled == 3


@pytest.mark.parametrize(
    "columns",
    [
        {"pinned": 1.0},
        {"edited": 1},
        {"confirmed": 0},
        {"held_back": "it gives instructions"},
        {"archived": 1.0},
    ],
)
def test_what_stays(sleeping: Sleeping, columns: dict[str, Any]) -> None:
    older, newer = sleeping.tell(FOOD, **columns), sleeping.tell(SAME)
    assert not any(one[0] == "merged" for one in changes(sleeping.night()))
    assert not sleeping.rows()["made_from"]
    assert {older, newer} == {one.id for one in sleeping.memory.episodes([older, newer])}


def test_projects_stay_apart(sleeping: Sleeping) -> None:
    home = sleeping.memory.projects.create("Home").id
    sleeping.tell(FOOD, project=home)
    sleeping.tell(SAME)
    assert not changes(sleeping.night())


def test_what_is_no_longer_so_stays_behind_what_changed_it(sleeping: Sleeping) -> None:
    first = sleeping.tell("I live in Porto now.")
    second = sleeping.tell("I moved to Tromsø.", replaces=first)
    sleeping.tell("I live in Porto now!")
    merged = [one for one in changes(sleeping.night()) if one[0] == "merged"]
    assert merged == []
    assert sleeping.episode(first).replaced_by == second


@pytest.mark.parametrize("which", ["older", "newer"])
def test_what_takes_the_place_of_another_stays(sleeping: Sleeping, which: str) -> None:
    """Behind another, it would take the link along, or leave one that leads nowhere."""
    first = sleeping.tell("We had no cat then.")
    sleeping.tell(FOOD, replaces=first if which == "older" else None)
    sleeping.tell(SAME, replaces=first if which == "newer" else None)
    assert not any(one[0] == "merged" for one in changes(sleeping.night()))


def test_what_may_have_changed_another_stays(sleeping: Sleeping) -> None:
    first = sleeping.tell("We had no cat then.")
    older = sleeping.tell(FOOD)
    sleeping.tell(SAME)
    with sleeping.database.writing():
        Doubts(sleeping.database).add(older, {first: 0.4})
    assert not any(one[0] == "merged" for one in changes(sleeping.night()))


def test_a_day_is_not_the_same_day_a_week_later(sleeping: Sleeping) -> None:
    text = "I have an appointment at the dentist's in Lisbon tomorrow."
    sleeping.tell(text)
    sleeping.now += 7 * DAY
    sleeping.tell(text)
    assert not changes(sleeping.night())


def test_the_way_back_restores_both_and_they_stay_apart(sleeping: Sleeping) -> None:
    sleeping.tell(FOOD, salience=0.9, measured=2, influence=1.5, influential=1)
    sleeping.tell(SAME, measured=1, influence=0.1)
    before, indexed = sleeping.rows(), sleeping.indexed()
    report = sleeping.night()
    assert sleeping.rows() != before
    assert all(one.undone for one in sleeping.undo(report, *report.changes).changes)
    assert (sleeping.rows(), sleeping.indexed()) == (before, indexed)
    sleeping.now += 40 * DAY
    sleeping.night()
    assert sleeping.rows() == before


def test_several_of_the_same_come_apart_in_any_order(sleeping: Sleeping) -> None:
    for _ in range(4):
        sleeping.tell(FOOD)
    before = sleeping.rows()
    report = sleeping.night()
    assert len(sleeping.memory.query.ids()) == 1
    for change in reversed(report.changes):
        sleeping.undo(report, change)
    assert sleeping.rows() == before


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_in_whatever_order_they_part_what_stays_behind_counts(
    sleeping: Sleeping, order: tuple[int, ...]
) -> None:
    newest = 0.5
    saliences = {sleeping.tell(FOOD, salience=told): told for told in (0.7, 0.9, 0.8)}
    kept = sleeping.tell(FOOD, salience=newest, measured=1, influence=0.3)
    with sleeping.database.writing() as connection:
        connection.execute(
            "UPDATE episode SET measured = 2, influence = id, kind = 'remembered' WHERE id IN (1, 2)"
        )
    before = sleeping.rows()
    report = sleeping.night()
    for place in order:
        change = report.changes[place]
        sleeping.undo(report, change)
        saliences.pop(change.other.id if change.other else 0)
        now = sleeping.episode(kept)
        assert now.salience == max([newest, *saliences.values()])
        assert now.reinforced == len(saliences)
        assert {one.message_id for one in now.sources} == {
            one.message_id for id in (kept, *saliences) for one in sleeping.episode(id).sources
        }
    assert sleeping.rows() == before


def test_what_was_counted_since_stays_counted(sleeping: Sleeping) -> None:
    sleeping.tell(FOOD)
    newer = sleeping.tell(SAME)
    report = sleeping.night()
    sleeping.memory._episodes.reinforce(newer, sleeping.draft(SAME), sleeping.now)
    sleeping.undo(report, *report.changes)
    assert sleeping.episode(newer).reinforced == 1


@pytest.mark.parametrize("since", ["edited", "pinned", "merged", "forgotten"])
def test_what_the_user_changed_since_stays(sleeping: Sleeping, since: str) -> None:
    older, newer = sleeping.tell(FOOD), sleeping.tell(SAME)
    other = sleeping.tell("The boiler in the cellar is serviced by Tomasz every May.")
    report = sleeping.night()
    sleeping.now += 60
    if since == "edited":
        sleeping.memory.edit(newer, "My cat Pickwick is well again.")
    elif since == "pinned":
        sleeping.memory.pin([newer], True)
    elif since == "merged":
        sleeping.memory.editing.merge([newer, other], "")
    else:
        sleeping.memory.forget([newer])
    before = sleeping.rows()
    after = sleeping.undo(report, *report.changes)
    assert sleeping.rows() == before
    assert not any(one.undone for one in after.changes)
    assert len(after.changes) == (0 if since == "forgotten" else 1)
    assert older not in sleeping.indexed()


def test_forgetting_the_newer_forgets_the_older(sleeping: Sleeping) -> None:
    older, newer = sleeping.tell(FOOD), sleeping.tell(SAME)
    sleeping.night()
    sleeping.memory.forgetting.forget(Forgetting((newer,)))
    assert not sleeping.memory.episodes([older, newer])
