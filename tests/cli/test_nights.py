"""``nowprint memory nights``, ``sleep`` and ``archive``: what is asked of the core, and what is printed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.cli.conftest import episode

from nowprint.cli.options import read_options
from nowprint.errors import CoreDied, NotFound
from nowprint.events import Progress
from nowprint.service.requests.sleep import (
    ArchiveEpisodes,
    GetNight,
    GetSleepState,
    SleepNow,
    UndoNightChanges,
)
from nowprint.sleep_records import TIDYING, Night, NightChange, NightReport, SleepState

NIGHT = Night(5, 1e9, 1e9 + 60, 40, 30, 28, (("merged", 1), ("not found", 2)))
STATE = SleepState((NIGHT,), 1200, 34, 7, 1_000_000)
CHANGES = (
    NightChange(13, "archived", episode(8, "I like plums."), retrievability=0.25, reason="faded"),
    NightChange(12, "not found", episode(6, "The boiler is old.")),
    NightChange(11, "merged", episode(4), episode(3), undone=True),
)
REPORT = NightReport(NIGHT, CHANGES, 1e9 + 604_800)


@pytest.fixture(autouse=True)
def answers(core) -> None:
    core.replies[GetSleepState] = STATE
    core.replies[GetNight] = REPORT
    core.replies[ArchiveEpisodes] = 2


def test_the_nights_of_the_week(core, run) -> None:
    out = run("memory", "nights")[1]
    assert core.requests == [GetSleepState()]
    for told in (
        "1,200 episodes, 34 in the archive, 7 not looked at yet",
        "28 of 30",
        "1 merged, 2 not",
    ):
        assert told in out
    core.replies[GetSleepState] = replace(
        STATE, nights=(), held_up="The computer runs on its battery."
    )
    out = run("memory", "nights")[1]
    assert "battery" in out
    assert "No night in the last week." in out


def test_one_night(core, run) -> None:
    out = run("memory", "nights", "5")[1]
    assert core.requests == [GetNight(5)]
    for told in (
        "13  archived: #8 I like plums. (faded, retrievability 0.25)",
        "12  not found: #6 The boiler is old.",
        "11  merged: #4 My cat is Pickwick. ← #3 My cat is Pickwick. (taken back)",
    ):
        assert told in out


def test_changes_are_taken_back_as_far_as_they_can_be(core, run) -> None:
    core.replies[UndoNightChanges] = replace(
        REPORT, changes=(replace(CHANGES[0], undone=True), *CHANGES[1:])
    )
    out = run("memory", "nights", "5", "--undo", "13", "12")[1]
    assert core.requests[-1] == UndoNightChanges(5, (13, 12))
    assert "Taken back: 1 change." in out
    assert "can't be any more: 12." in out


def test_without_a_night_nothing_is_taken_back(core, run) -> None:
    status, _, err = run("memory", "nights", "--undo", "13")
    assert (status, core.requests) == (1, [])
    assert "Say the night" in err


def test_a_night_that_is_gone(core, run) -> None:
    core.replies[GetNight] = NotFound("There is no night 9.")
    assert run("memory", "nights", "9")[::2] == (1, "nowprint: There is no night 9.\n")


def test_as_json(core, run) -> None:
    assert json.loads(run("memory", "nights", "--json")[1])["nights"][0]["found"] == 28
    told = json.loads(run("memory", "nights", "5", "--json")[1])
    assert [one["kind"] for one in told["changes"]] == ["archived", "not found", "merged"]
    assert told["changes"][2]["other"]["id"] == 3


def test_now_and_to_the_end(core, run) -> None:
    core.announced[SleepNow] = [
        Progress(TIDYING, 0.5),
        Progress("Another", 1.0),
        Progress(TIDYING, 1.0),
    ]
    out = run("memory", "sleep")[1]
    assert core.requests[-2:] == [SleepNow(), GetSleepState()]
    assert "28 of 30" in out


def test_a_core_that_dies_ends_it(core, run, monkeypatch: pytest.MonkeyPatch) -> None:
    from nowprint.cli.session import CommandSession

    begin = CommandSession.until_ended

    def die(session: CommandSession, task: str) -> None:
        session._on_death(CoreDied("It ended."))
        begin(session, task)

    monkeypatch.setattr(CommandSession, "until_ended", die)
    assert run("memory", "sleep")[0] == 1


@pytest.mark.parametrize(
    ("option", "archived", "said"),
    [((), True, "Archived: 2 episodes."), (("--bring-back",), False, "Brought back: 2 episodes.")],
)
def test_the_archive(core, run, option: tuple[str, ...], archived: bool, said: str) -> None:
    assert run("memory", "archive", "3", "4", *option)[1] == f"{said}\n"
    assert "The others are" in run("memory", "archive", "3", "4", "99", *option)[1]
    core.requests.pop()
    assert core.requests == [ArchiveEpisodes((3, 4), archived)]
    told = json.loads(run("memory", "archive", "3", "4", *option, "--json")[1])
    assert list(told.values()) == [2]


@pytest.mark.parametrize(
    "line", ["nights x", "nights 5 6", "nights 5 --undo", "archive", "sleep 3"]
)
def test_a_line_that_says_something_else(line: str) -> None:
    with pytest.raises(SystemExit):
        read_options(["memory", *line.split()])
