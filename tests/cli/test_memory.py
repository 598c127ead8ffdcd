"""``nowprint memory …``: what they ask the core, and what they print."""

from __future__ import annotations

import json

import pytest

from nowprint.errors import NotFound, ProfileInUse
from nowprint.inspection import EpisodeFilter
from nowprint.records import AuditLine, EpisodeDetail, EpisodePage, Kept, MemoryStats, SourceTrace
from nowprint.service.protocol import (
    EditEpisode,
    MemoryStatistics,
    PinEpisodes,
    Remember,
    SearchEpisodes,
    ShowEpisode,
)
from nowprint.service.requests.memory import FindEpisodes

from .conftest import episode, message, recollection, token, why


def test_list(core, run) -> None:
    rude = episode(4, "Two\nlines \x1b[31mand 猫", pinned=True)
    core.replies[FindEpisodes] = EpisodePage((episode(), rude), 5)
    status, out, err = run("memory", "list", "--sort", "salience", "--pinned", "--limit", "2")
    assert (status, err) == (0, "")
    assert core.requests == [FindEpisodes(EpisodeFilter(pinned_only=True), "salience", limit=2)]
    head, first, second, rest = out.splitlines()
    assert head.split() == ["id", "age", "kind", "salience", "recalled", "mark", "text"]
    assert first.split()[0] == "3"
    assert first.endswith("My cat is Pickwick.")
    assert second.endswith("pinned  Two lines ␛[31mand 猫")
    assert rest.startswith("2 of 5")
    told = json.loads(run("memory", "list", "--json")[1])
    assert told["total"] == 5
    assert told["episodes"][1]["text"] == "Two\nlines \x1b[31mand 猫"
    core.replies[FindEpisodes] = EpisodePage((), 0)
    assert run("memory", "list")[1] == "Nothing is kept yet.\n"


def test_search(core, run) -> None:
    core.replies[SearchEpisodes] = (recollection(),)
    _, out, _ = run("memory", "search", "cat food")
    assert core.requests == [SearchEpisodes("cat food", 20)]
    assert out.splitlines()[1].split(maxsplit=2)[:2] == ["3", "0.90"]
    assert "embedding 0.60, words 0.30" in out
    (found,) = json.loads(run("memory", "search", "cat", "--json")[1])["memories"]
    assert (found["id"], found["parts"]) == (3, {"embedding": 0.6, "words": 0.3})


def test_show_has_the_salience_the_tokens_and_the_source(core, run) -> None:
    core.replies[ShowEpisode] = EpisodeDetail(
        episode(), why(), (SourceTrace(message(), 0, 9, (token(),)),), 2, None,
        (message(9, "It is Pickwick.", "assistant"),), (AuditLine(1000.0, "kept", "3"),),
    )  # fmt: skip
    told = json.loads(run("memory", "show", "3", "--json")[1])
    assert core.requests == [ShowEpisode(3)]
    assert (told["id"], told["text"], told["salience"]) == (3, "My cat is Pickwick.", 0.81)
    first = told["why"]["tokens"][0]
    assert (first["text"], first["statistic"]) == (" Pickwick", "surprisal")
    assert (first["value"], first["threshold"]) == (11.5, 6.25)
    (source,) = told["sources"]
    assert (source["message"]["id"], source["message"]["role"]) == (7, "user")
    assert source["message"]["text"] == "My cat is Pickwick."
    assert source["tokens"][0]["top"] == [{"token": 8, "text": " Tom", "p": 0.5}]
    assert (told["previous_id"], told["next_id"]) == (2, None)
    assert told["answers"][0]["id"] == 9
    assert told["history"][0]["action"] == "kept"
    _, out, _ = run("memory", "show", "#3")
    for part in ("#3 My cat is Pickwick.", "salience   0.81", "surprisal", "11.50", "6.25",
                 "source: message 7 (user)", "used in answer 9"):  # fmt: skip
        assert part in out


def test_show_of_a_change_names_the_other_one(core, run) -> None:
    def told(one):
        return EpisodeDetail(one, why(), (), None, None, (), ())

    old = episode(3, "The launch is on April 3.", replaced_by=4)
    new = episode(4, "The launch moved\nto April 17.", replaces=3)
    core.replies[ShowEpisode] = [told(new), told(old)]
    assert "changes    #3: The launch is on April 3.\n" in run("memory", "show", "4")[1]
    core.replies[ShowEpisode] = [told(old), told(new)]
    assert "changed by #4: The launch moved to April 17.\n" in run("memory", "show", "3")[1]
    assert core.requests == [ShowEpisode(4), ShowEpisode(3), ShowEpisode(3), ShowEpisode(4)]
    core.replies[ShowEpisode] = told(new)
    assert json.loads(run("memory", "show", "4", "--json")[1])["replaces"] == 3


def test_show_of_an_episode_that_was_asked_for_and_lost_its_source(core, run) -> None:
    asked = episode(kind="remembered", sources=())
    bare = why().__class__(1.0, 0.5, 0.0, (), ())
    core.replies[ShowEpisode] = EpisodeDetail(asked, bare, (), None, None, (), ())
    _, out, _ = run("memory", "show", "3")
    assert "You asked for it." in out
    assert "source messages are deleted" in out


def test_remember(core, run) -> None:
    core.replies[Remember] = Kept(episode(5, "The code is 7214."), why(), reinforced=False)
    assert run("memory", "remember", "The code is 7214.")[1] == "Kept: #5 The code is 7214.\n"
    assert core.requests == [Remember("The code is 7214.")]
    assert json.loads(run("memory", "remember", "x", "--json")[1])["id"] == 5


@pytest.mark.parametrize("words", [("3", "New"), ("3", "--text", "New"), ("--text", "New", "3")])
def test_edit(core, run, words: tuple[str, ...]) -> None:
    core.replies[EditEpisode] = episode(3, "New", edited=True)
    assert run("memory", "edit", *words)[:2] == (0, "#3 New (edited)\n")
    assert core.requests == [EditEpisode(3, "New")]


def test_pin_and_unpin_take_many(core, run) -> None:
    core.replies[PinEpisodes] = (episode(3, pinned=True), episode(4, pinned=True))
    assert run("memory", "pin", "3", "4")[1].count("(pinned)") == 2
    run("memory", "unpin", "3")
    assert core.requests == [PinEpisodes((3, 4), True), PinEpisodes((3,), False)]


def test_stats(core, run) -> None:
    core.replies[MemoryStatistics] = MemoryStats(12, 1, 4, 3, 40, 1000, 9500, 204800, 1800)
    _, out, _ = run("memory", "stats")
    assert "12, 1 pinned" in out
    assert "1,000 tokens, 9.5 bytes a token" in out
    assert "204.8 kB, index 1.8 kB" in out
    assert json.loads(run("memory", "stats", "--json")[1])["trace_bytes"] == 9500


def test_stats_tell_the_bytes_by_part(core, run) -> None:
    parts = (("traces", 9600), ("episodes", 4800), ("chats", 24000))
    core.replies[MemoryStatistics] = MemoryStats(
        12, 1, 4, 3, 40, 1000, 9500, 204800, 1800, parts, 1200.0
    )
    _, out, _ = run("memory", "stats")
    assert "1,200 bytes an episode" in out
    assert ["9.6", "kB", "800", "traces"] in [line.split() for line in out.splitlines()]
    told = json.loads(run("memory", "stats", "--json")[1])
    assert (told["bytes_per_episode"], told["parts"][0]) == (1200.0, ["traces", 9600])
    core.replies[MemoryStatistics] = MemoryStats(0, 0, 0, 0, 0, 0, 0, 4096, 0, parts, 14400.0)
    assert "an episode" not in run("memory", "stats")[1]


def test_faults_are_one_line(core, run) -> None:
    core.replies[ShowEpisode] = NotFound("There is no episode 99.")
    assert run("memory", "show", "99") == (1, "", "nowprint: There is no episode 99.\n")
    core.replies[FindEpisodes] = ProfileInUse("Another Nowprint\nhas it \x1b[31mopen.")
    assert run("memory", "list", "--json")[2] == "nowprint: Another Nowprint has it ␛[31mopen.\n"
