"""The order of a night's work, its interruptions, and how long a way back there is."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest

from nowprint.errors import NotFound
from nowprint.inspection import Forgetting
from nowprint.language.dates import DAY
from nowprint.settings import Settings
from nowprint.sleep_records import TIDYING, UNDO_DAYS

from .conftest import FOOD, Sleeping, changes

BOILER = "The boiler in the cellar is serviced by Tomasz every May."
CELLO = "My sister Marta plays the cello in Porto."
HOUR = 3600.0
SECONDS = 30.0


class After:
    """Set from the n-th look on; counts the looks, one after each piece."""

    def __init__(self, looks: int) -> None:
        self.left = looks
        self.pieces = 0

    def is_set(self) -> bool:
        self.pieces += 1
        self.left -= 1
        return self.left <= 0


def looked_at(sleeping: Sleeping) -> list[int]:
    """The episodes in the order in which they were looked at."""
    with sleeping.database.reading() as connection:
        return [
            row[0] for row in connection.execute("SELECT episode FROM slept ORDER BY at, episode")
        ]


def test_each_step_can_be_the_last_and_the_end_is_the_same(sleeping: Sleeping) -> None:
    """However often it is interrupted, it comes to the same end, one step further each time."""
    told = [sleeping.tell(text) for text in (FOOD, FOOD, CELLO)]
    nights = []
    for looks in range(1, 60):
        if sleeping.sleep.run(After(looks), Settings()):
            break
        nights.append(sleeping.sleep.state("").nights)
    else:
        pytest.fail("it never ends")
    assert nights[0] == ()  # a night begins with what it has to note
    assert len(sleeping.sleep.state("").nights) == 1
    assert (
        looked_at(sleeping) == told[1:]
    )  # the first one went behind the second when it was interrupted
    report = sleeping.sleep.report(1)
    assert changes(report) == [("merged", told[1], told[0])]
    assert sleeping.sleep.state("").waiting == 0


def test_a_request_ends_it_within_a_piece(sleeping: Sleeping) -> None:
    for text in (FOOD, BOILER, CELLO):
        sleeping.tell(text)
    sleeping.night()  # what is slow for the first time
    for number in range(40):
        sleeping.tell(f"{FOOD} He is {number} years old, Marta says, and sleeps near the boiler.")
    wanted = Event()
    ended: list[bool] = []

    def work() -> None:
        ended.append(sleeping.sleep.run(wanted, Settings()))

    thread = Thread(target=work)
    thread.start()
    while sleeping.sleep.state("").waiting == 40:
        time.sleep(0.01)
    wanted.set()
    left = sleeping.sleep.state("").waiting
    thread.join(SECONDS)
    assert ended == [False]
    assert sleeping.sleep.state("").waiting >= left - 1  # no more than the one it was looking at


def test_each_episode_is_looked_at_in_several_pieces(sleeping: Sleeping) -> None:
    for number in range(6):
        sleeping.tell(f"{FOOD} He is {number} years old, and sleeps near the boiler.")
    looks = After(10_000)
    assert sleeping.sleep.run(looks, Settings())
    assert looks.pieces > 6 * 4


def test_new_ones_come_first_then_those_longest_ago_once_a_month(sleeping: Sleeping) -> None:
    second, first = sleeping.tell(FOOD), sleeping.tell(BOILER)
    sleeping.night()
    with sleeping.database.writing() as connection:
        connection.execute("UPDATE slept SET at = at - 60 WHERE episode = ?", [first])
    assert sleeping.night().night.looked_at == 2  # nobody looks again
    sleeping.now += 31 * DAY
    third = sleeping.tell(CELLO)
    order = []
    looks = After(10_000)
    is_set = looks.is_set

    def noting() -> bool:
        order.extend(id for id in sleeping.sleep._left if id not in order)
        return is_set()

    looks.is_set = noting  # type: ignore[method-assign]
    assert sleeping.sleep.run(looks, Settings())
    assert order == [third, first, second]
    assert sleeping.sleep.state("").nights[0].looked_at == 3


def test_a_night_goes_on_after_a_pause_and_another_begins_after_six_hours(
    sleeping: Sleeping,
) -> None:
    sleeping.tell(FOOD)
    sleeping.night()
    for hours, nights in ((5, 1), (5, 1), (7, 2)):
        sleeping.now += hours * HOUR - DAY
        sleeping.tell(CELLO)
        sleeping.sleep.run(Event(), Settings())
        assert len(sleeping.sleep.state("").nights) == nights


def test_after_a_week_there_is_no_way_back_and_its_effects_stay(sleeping: Sleeping) -> None:
    older, newer = sleeping.tell(FOOD), sleeping.tell(FOOD)
    report = sleeping.night()
    assert report.until == sleeping.now + UNDO_DAYS * DAY
    sleeping.now += UNDO_DAYS * DAY + 60
    assert sleeping.sleep.state("").nights == ()
    assert not sleeping.undo(report, *report.changes).changes[0].undone
    assert sleeping.sleep.run(Event(), Settings(), at_once=True)
    with pytest.raises(NotFound):
        sleeping.sleep.report(report.night.id)
    assert sleeping.memory.query.ids() == (newer,)
    assert sleeping.episode(older)


def test_what_is_forgotten_is_in_no_report_at_once(sleeping: Sleeping) -> None:
    sleeping.tell(FOOD)
    newer = sleeping.tell(FOOD)
    report = sleeping.night()
    batch = sleeping.memory.forgetting.forget(Forgetting((newer,))).batch
    hidden = sleeping.sleep.report(report.night.id)
    assert (hidden.changes, hidden.night.changes) == ((), ())
    sleeping.memory.forgetting.undo(batch)
    assert sleeping.sleep.report(report.night.id) == report


def test_the_archive_takes_what_the_settings_say_and_the_user_brings_it_back(
    sleeping: Sleeping,
) -> None:
    for text in (FOOD, BOILER, CELLO):
        sleeping.tell(text)
    report = sleeping.night(most_episodes=2)
    (change,) = report.changes
    assert (change.kind, change.reason) == ("archived", "faded")
    assert 0 < change.retrievability <= 1
    assert change.episode.archived
    assert (sleeping.sleep.state("").active, sleeping.sleep.state("").archived) == (2, 1)
    assert sleeping.undo(report, change).changes[0].undone
    assert sleeping.sleep.state("").archived == 0
    assert len(sleeping.indexed()) == 3
    sleeping.now += DAY
    others = [one for one in sleeping.night(most_episodes=2).changes if not one.undone]
    assert [one.kind for one in others] == ["archived"]  # the budget holds, and another one leaves
    assert others[0].episode.id != change.episode.id
    assert sleeping.sleep.state("").active == 2


def test_looking_for_what_leaves_takes_its_time_and_holds_nobody_up(
    sleeping: Sleeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeping.tell(FOOD)
    held, looking = Event(), Event()

    def due(**_: object) -> list[object]:
        looking.set()
        held.wait(SECONDS)
        return []

    monkeypatch.setattr(sleeping.memory.archive, "due", due)
    assert not sleeping.sleep.run(looking, Settings())  # a request comes while it looks
    assert sleeping.sleep.state("").waiting == 0
    held.set()
    assert sleeping.sleep.run(Event(), Settings())


def test_it_says_how_far_it_is(sleeping: Sleeping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nowprint.memory.sleep.sleeper.TELL_SECONDS", 0.0)
    for text in (FOOD, BOILER, CELLO):
        sleeping.tell(text)
    told = []
    sleeping.sleep.run(Event(), Settings(), told.append)
    assert {one.task for one in told} == {TIDYING}
    fractions = [one.fraction for one in told if one.fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.5 < fractions[-1] <= 1.0


def test_a_fault_with_one_episode_does_not_hold_up_the_others(
    sleeping: Sleeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sleeping.tell(FOOD), sleeping.tell(CELLO)
    look = sleeping.sleep._merging.merge

    def merge(id: int) -> None:
        if id == first:
            raise ZeroDivisionError
        look(id)

    monkeypatch.setattr(sleeping.sleep._merging, "merge", merge)
    with pytest.raises(ZeroDivisionError):
        sleeping.sleep.run(Event(), Settings())
    assert looked_at(sleeping) == [second]
    assert sleeping.sleep.state("").waiting == 0  # nobody waits for what was given up
    assert sleeping.sleep.run(Event(), Settings())


def test_without_an_embedder_nothing_is_looked_at(
    sleeping: Sleeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeping.tell(FOOD)
    with monkeypatch.context() as missing:
        missing.setattr(sleeping.memory._index_sync, "load", lambda: False)
        assert sleeping.sleep.run(Event(), Settings())
    assert sleeping.sleep.state("").waiting == 1
    sleeping.night()
    assert sleeping.sleep.state("").waiting == 0


def test_what_was_confirmed_is_looked_at_without_a_rest(sleeping: Sleeping) -> None:
    held = sleeping.tell(FOOD, held_back="it gives instructions")
    last = sleeping.tell(CELLO)
    assert sleeping.sleep.run(Event(), Settings())
    assert looked_at(sleeping) == [last]
    sleeping.memory.editing.confirm([held])
    assert sleeping.sleep.run(Event(), Settings())
    assert looked_at(sleeping) == [held, last]
