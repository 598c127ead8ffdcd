"""The figures at the top of the inspector."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nowprint.memory.browse.dashboard import WEEKS, DashboardFigures
from nowprint.records import Recollection

from ..conftest import CAT, CELLO, Draft, Profiled
from .test_query import put


def recollection(home: Profiled, id: int) -> Recollection:
    return Recollection(home.memory.detail(id).episode, 1.0, (("meaning", 1.0),))


@pytest.fixture
def dashboard(home: Profiled):
    """As of a Wednesday noon."""
    wednesday = datetime(2026, 3, 18, 12)
    figures = DashboardFigures(home.store.database, home.profile.index, wednesday.timestamp)
    return figures.dashboard


def test_an_empty_memory(home: Profiled, dashboard) -> None:
    told = dashboard()
    assert (told.episodes, told.answers, told.recalling, told.influenced) == (0, 0, 0, 0)
    assert [week.kept for week in told.weeks] == [0] * WEEKS


def test_what_is_kept_recalled_and_matters_is_counted(
    home: Profiled, make_draft: Draft, dashboard
) -> None:
    home.turn(make_draft, CAT, CELLO)
    _, answer = home.turn(make_draft, "The boiler is old.", recollections=(recollection(home, 1),))
    _, other = home.turn(
        make_draft, "Invoice 7 is paid.",
        recollections=(recollection(home, 1), recollection(home, 2)),
    )  # fmt: skip
    home.memory.measurements.set_influence(answer.id, {1: 0.2})
    home.memory.measurements.set_influence(other.id, {1: 0.2, 2: 1.5})
    put(home, "held_back", {4: "it gives instructions"})
    told = dashboard()
    assert (told.episodes, told.recalled_never, told.held_back) == (3, 1, 1)
    assert (told.answers, told.recalling, told.measured, told.influenced) == (3, 2, 2, 1)
    # that of the statistics, without the pages that the chats take
    stats = home.memory.stats()
    assert told.bytes == pytest.approx(stats.bytes_per_episode * stats.episodes, rel=0.01)
    home.memory.forget([1])
    assert dashboard().episodes == 2


def test_answers_of_imported_chats_are_not_counted(
    home: Profiled, make_draft: Draft, dashboard
) -> None:
    home.turn(make_draft, CAT)
    talk = home.store.create_conversation().id
    home.store.add_message(talk, "assistant", "An answer of another program.")
    with home.store.database.writing() as connection:
        connection.execute("INSERT INTO import (id, at, name, source) VALUES (4, 1, 'a', 'b')")
        connection.execute("UPDATE message SET import = 4 WHERE conversation_id = ?", [talk])
    assert dashboard().answers == 1


def test_weeks_begin_on_monday_in_local_time(home: Profiled, make_draft: Draft, dashboard) -> None:
    home.turn(make_draft, CAT, CELLO)
    home.turn(make_draft, "The boiler is old.", recollections=(recollection(home, 1),))
    monday = datetime(2026, 3, 16)
    with home.store.database.writing() as connection:
        connection.execute("UPDATE audit SET at = ?", [monday.timestamp()])
    first = monday - timedelta(weeks=WEEKS - 1)
    told = {1: monday, 2: monday - timedelta(seconds=1), 3: first - timedelta(seconds=1)}
    put(home, "created", {id: at.timestamp() for id, at in told.items()})
    weeks = dashboard().weeks
    assert [datetime.fromtimestamp(week.start) for week in weeks] == [
        first + timedelta(weeks=n) for n in range(WEEKS)
    ]
    assert [week.kept for week in weeks] == [0] * (WEEKS - 2) + [1, 1]
    assert [week.recalled for week in weeks] == [0] * (WEEKS - 1) + [1]
