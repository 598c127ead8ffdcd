"""The inspector's requests answered by a core of their own process, which needs no model for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nowprint.errors import UserError
from nowprint.inspection import Chain, Dashboard, EpisodeFilter, EpisodePlot, Project, SavedFilter
from nowprint.records import Conversation, Episode
from nowprint.service.protocol import EditEpisode, Remember
from nowprint.service.requests import memory as m
from nowprint.settings import Profile

from .conftest import Front

CAT = "My cat Pickwick has kidney disease."
FERRY = "My sister Ingrid works on a ferry."


@pytest.fixture
def front(profile: Profile) -> Iterator[Front]:
    front = Front(profile)
    front.start(model=False)
    yield front
    front.close()


def test_every_request_of_looking_and_changing_is_answered(front: Front) -> None:
    ask = front.ask
    cat: Episode = ask(Remember(CAT)).episode
    ferry: Episode = ask(Remember(FERRY)).episode
    page = ask(m.FindEpisodes(EpisodeFilter("cat")))
    assert (page.episodes, page.total) == ((cat,), 1)
    assert ask(m.FindIds(EpisodeFilter(), "oldest")) == (cat.id, ferry.id)
    assert ask(m.FindIds(EpisodeFilter(meaning="an ill pet"), "nearest"))[0] == cat.id
    plot: EpisodePlot = ask(m.PlotEpisodes(EpisodeFilter()))
    assert (list(plot.ids), len(plot.x)) == ([cat.id, ferry.id], 2)
    assert isinstance(ask(m.GetDashboard()), Dashboard)

    saved = SavedFilter("pets", EpisodeFilter("cat"), "salience")
    assert ask(m.SaveFilter(saved.name, saved.filter, saved.sort)) == (saved,)
    assert ask(m.ListFilters()) == (saved,)
    assert ask(m.DeleteFilter("pets")) == ()

    ask(EditEpisode(ferry.id, "My sister Ingrid works on a train."))
    assert [old.text for old in ask(m.GetOldTexts(ferry.id))] == [FERRY]
    merged: Episode = ask(m.MergeEpisodes((cat.id, ferry.id), f"{CAT} {FERRY}"))
    chain: Chain = ask(m.GetChain(merged.id))
    assert [one.id for one in chain.made_from] == [cat.id, ferry.id]
    pieces: tuple[Episode, ...] = ask(m.SplitEpisode(merged.id, (len(CAT),)))
    assert [one.text for one in pieces] == [CAT, FERRY]
    assert ask(m.ConfirmEpisodes(tuple(one.id for one in pieces))) == 0

    house: Project = ask(m.CreateProject("Hous"))
    assert ask(m.RenameProject(house.id, "House")).name == "House"
    assert ask(m.MoveEpisodes((pieces[0].id,), house.id)) == 1
    id = front.new()
    moved: Conversation = ask(m.MoveConversation(id, house.id))
    assert moved.project == house.id
    assert ask(m.ListProjects()) == (Project(house.id, "House", 1, 1),)
    used: Conversation = ask(m.UseMemory(id, False, True))
    assert (used.recalls, used.captures, used.thinks) == (False, True, True)
    assert not ask(m.Think(id, False)).thinks
    assert ask(m.DeleteProject(house.id)).projects == 1
    assert ask(m.ListProjects()) == ()


def test_what_is_not_there_is_told_in_a_sentence(front: Front) -> None:
    for wrong in (
        m.GetChain(9), m.GetOldTexts(9), m.MergeEpisodes((9, 10)), m.SplitEpisode(9, (1,)),
        m.MoveEpisodes((9,), 9), m.RenameProject(9, "x"), m.DeleteProject(9),
        m.MoveConversation(9, None), m.UseMemory(9, True, True), m.Think(9, True), m.DeleteFilter("x"),
        m.CreateProject(" "), m.SaveFilter("", EpisodeFilter(), "newest"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=r"^[A-Z].*[.:]"):
            front.ask(wrong)
