"""``nowprint memory retention``: what is asked of the core, and when the user is asked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.cli.conftest import episode

from nowprint.cli.options import read_options
from nowprint.forgetting_plan import ForgettingPlan, RetentionPlan, RetentionRules
from nowprint.inspection import Forgotten, Project
from nowprint.service.requests.memory import ListProjects
from nowprint.service.requests.retention import (
    ForgetByRules,
    GetRetention,
    PlanRetention,
    UseRetention,
)

RULES = RetentionRules(12, projects=((9, 3),), messages=True)
GIVEN = ("--older", "12", "--project", "Home", "3", "--messages")


@pytest.fixture(autouse=True)
def answers(core) -> None:
    core.replies[GetRetention] = RetentionRules()
    core.replies[ListProjects] = (Project(9, "home", 1, 1),)
    core.replies[PlanRetention] = RetentionPlan(
        RULES, (1, 0), 2, ForgettingPlan((3,), 0, (7,), (8,), (episode(3),))
    )
    core.replies[UseRetention] = replace(RULES, on=True)
    core.replies[ForgetByRules] = Forgotten(4, 1, 1, 0)


def test_without_rules_it_says_so(core, run) -> None:
    core.replies[PlanRetention] = RetentionPlan(
        RetentionRules(), (), 0, ForgettingPlan((), 0, (), (), ())
    )
    assert "There is no rule" in run("memory", "retention")[1]
    assert core.requests == [GetRetention(), PlanRetention(RetentionRules())]


def test_what_goes_is_said_before_the_rules_are_on(core, run) -> None:
    out = run("memory", "retention", *GIVEN, "--on")[1]
    on = replace(RULES, on=True)
    assert core.requests[-2:] == [PlanRetention(on), UseRetention(on)]
    for told in ("older than 12 months: 1 episode", "pinned: 2 episodes", "My cat is Pickwick."):
        assert told in out
    assert "1 answer that repeats it would stay without --answers" in out
    assert out.endswith("The rules are on.\n")


def test_now_forgets_once_and_keeps_no_rule(core, run) -> None:
    out = run("memory", "retention", *GIVEN, "--now")[1]
    assert ForgetByRules(RULES) in core.requests
    assert not any(isinstance(one, UseRetention) for one in core.requests)
    assert out.endswith("Forgotten for good: 1 episode, 1 message\n")


@pytest.mark.parametrize("way", ["--on", "--now"])
def test_at_a_terminal_the_user_agrees_first(
    core, run, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    run("memory", "retention", *GIVEN, way)
    assert not any(isinstance(one, ForgetByRules | UseRetention) for one in core.requests)


def test_off_keeps_the_rules(core, run) -> None:
    core.replies[GetRetention] = replace(RULES, on=True)
    core.replies[UseRetention] = RULES
    assert run("memory", "retention", "--off")[1].endswith("The rules are off.\n")
    assert core.requests[-1] == UseRetention(RULES)


def test_json_names_what_would_go(core, run) -> None:
    told = json.loads(run("memory", "retention", "--json")[1])
    assert (told["would_go"], told["counts"], told["spared"]) == ([3], [1, 0], 2)


@pytest.mark.parametrize("line", ["--older 0", "--older 1000", "--on --off", "--project Home"])
def test_a_rule_needs_months(line: str) -> None:
    with pytest.raises(SystemExit):
        read_options(["memory", "retention", *line.split()])


@pytest.mark.parametrize(("name", "months"), [("Nowhere", "3"), ("Home", "x"), ("Home", "0")])
def test_a_project_and_its_months_are_checked(run, name: str, months: str) -> None:
    status, _, err = run("memory", "retention", "--project", name, months)
    assert status == 1
    assert "no project" in err or "no number of months" in err
