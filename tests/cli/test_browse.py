"""``nowprint memory list, chain, dashboard, merge, split, move, confirm, projects``."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from nowprint.errors import UserError
from nowprint.inspection import Chain, Dashboard, EpisodeFilter, Project, Week
from nowprint.records import EpisodePage
from nowprint.service.requests.memory import (
    ConfirmEpisodes,
    CreateProject,
    DeleteProject,
    FindEpisodes,
    GetChain,
    GetDashboard,
    ListProjects,
    MergeEpisodes,
    MoveEpisodes,
    SplitEpisode,
)

from .conftest import episode

HOUSE = Project(7, "House", 3, 1)


@pytest.mark.parametrize(
    ("line", "wanted", "sort"),
    [
        ("", EpisodeFilter(), "newest"),
        ("--text cat", EpisodeFilter("cat"), "newest"),
        ("--match cat --sort oldest", EpisodeFilter("cat"), "oldest"),
        ("--meaning pets", EpisodeFilter(meaning="pets"), "nearest"),
        ("--meaning pets --sort salience", EpisodeFilter(meaning="pets"), "salience"),
        ("--never-recalled --pinned", EpisodeFilter(recalls="never", pinned_only=True), "newest"),
        ("--project house", EpisodeFilter(project=7), "newest"),
        ("--conversation 5", EpisodeFilter(conversation=5), "newest"),
        ("--held-back", EpisodeFilter(held_back=True), "newest"),
        ("--archived", EpisodeFilter(archived=True), "newest"),
    ],
)
def test_list_filters(core, run, line: str, wanted: EpisodeFilter, sort: str) -> None:
    core.replies[ListProjects] = (HOUSE,)
    core.replies[FindEpisodes] = EpisodePage((), 0)
    nothing = "Nothing is kept yet.\n" if wanted == EpisodeFilter() else "No memory matches.\n"
    assert run("memory", "list", *line.split())[:2] == (0, nothing)
    assert core.requests[-1] == FindEpisodes(wanted, sort)


def test_list_from_one_day_to_another(core, run) -> None:
    core.replies[FindEpisodes] = EpisodePage((episode(),), 3)
    _, out, _ = run(
        "memory", "list", "--since", "2026-03-01", "--until", "2026-04-01T12:30", "--offset", "2"
    )
    since, until = datetime(2026, 3, 1), datetime(2026, 4, 1, 12, 30)
    wanted = EpisodeFilter(kept_since=since.timestamp(), kept_until=until.timestamp())
    assert core.requests == [FindEpisodes(wanted, offset=2)]
    assert out.splitlines()[-1].startswith("1 of 3")
    core.replies[FindEpisodes] = EpisodePage((), 3)
    assert run("memory", "list", "--offset", "9")[1] == "There are only 3.\n"


def test_an_unknown_project_is_told(core, run) -> None:
    core.replies[ListProjects] = (HOUSE,)
    status, out, err = run("memory", "list", "--project", "Work")
    assert (status, out) == (1, "")
    assert "Work" in err
    assert "House" in err


def test_chain(core, run) -> None:
    core.replies[GetChain] = Chain(
        before=(episode(2, "Nearest"), episode(1, "Farthest")), after=(), older=(episode(9, "Old"),),
        newer=(), made_from=(), made_into=(),
    )  # fmt: skip
    _, out, _ = run("memory", "chain", "3")
    assert core.requests == [GetChain(3)]
    lines = [line for line in out.splitlines() if line.startswith("#")]
    assert lines == ["#1 Farthest", "#2 Nearest", "#9 Old"]
    told = json.loads(run("memory", "chain", "3", "--json")[1])
    assert [one["id"] for one in told["before"]] == [2, 1]
    core.replies[GetChain] = Chain((), (), (), (), (), ())
    assert (
        run("memory", "chain", "3")[1] == "Nothing else was said with it, and nothing changed it.\n"
    )


def test_dashboard(core, run) -> None:
    weeks = (Week(datetime(2026, 3, 16).timestamp(), 4, 2),)
    core.replies[GetDashboard] = Dashboard(12, 34_000, 5, 1, weeks, 9, 6, 4, 3, 2, 1)
    _, out, _ = run("memory", "dashboard")
    assert out.splitlines()[0].split()[:2] == ["episodes", "12,"]
    assert "9, 6 with memories" in out
    assert "3 of 4 that were measured" in out
    assert "2 questions about you found nothing" in out
    assert "1 memory, you said" in out
    assert out.splitlines()[-1].split() == ["2026-03-16", "4", "2"]
    assert json.loads(run("memory", "dashboard", "--json")[1])["weeks"][0]["kept"] == 4


def test_merge_and_split(core, run) -> None:
    core.replies[MergeEpisodes] = episode(8, "Both\nof them")
    assert run("memory", "merge", "3", "#4", "--text", "Both of them")[0] == 0
    assert core.requests == [MergeEpisodes((3, 4), "Both of them")]
    (merged,) = json.loads(run("memory", "merge", "3", "4", "--json")[1])["episodes"]
    assert (merged["id"], merged["text"]) == (8, "Both\nof them")
    core.replies[SplitEpisode] = (episode(8, "One"), episode(9, "Two"))
    assert run("memory", "split", "3", "--at", "4", "9")[1] == "#8 One\n#9 Two\n"
    assert core.requests[-1] == SplitEpisode(3, (4, 9))
    core.replies[SplitEpisode] = UserError("Choose places within the text to split it at.")
    assert run("memory", "split", "3", "--at", "400")[0] == 1


def test_move_and_confirm(core, run) -> None:
    core.replies |= {ListProjects: (HOUSE,), MoveEpisodes: 2, ConfirmEpisodes: 1}
    assert run("memory", "move", "3", "4", "--project", " HOUSE")[1] == "Moved: 2\n"
    assert core.requests[-1] == MoveEpisodes((3, 4), 7)
    assert json.loads(run("memory", "move", "3", "--everywhere", "--json")[1]) == {"moved": 2}
    assert core.requests[-1] == MoveEpisodes((3,), None)
    assert run("memory", "confirm", "3")[1] == "Confirmed: 1\n"
    assert core.requests[-1] == ConfirmEpisodes((3,))


def test_projects(core, run) -> None:
    core.replies |= {ListProjects: (HOUSE,), CreateProject: HOUSE, DeleteProject: None}
    _, out, _ = run("memory", "projects", "--create", "House")
    assert core.requests == [CreateProject("House"), ListProjects()]
    assert out.splitlines()[1].split() == ["7", "3", "1", "House"]
    run("memory", "projects", "--delete", "house")
    assert DeleteProject(7) in core.requests
    assert json.loads(run("memory", "projects", "--json")[1])["projects"][0]["name"] == "House"
    core.replies[ListProjects] = ()
    assert run("memory", "projects")[1] == "There is no project yet.\n"


@pytest.mark.parametrize(
    "line",
    ["memory split 3", "memory split 3 --at 0", "memory move 3", "memory merge", "memory confirm",
     "memory move 3 --project a --everywhere", "memory list --since x", "memory chain"],
)  # fmt: skip
def test_the_rest_is_a_usage_error(line: str, run) -> None:
    status, _, err = run(*line.split())
    assert status == 2
    assert err.startswith("usage: nowprint")
