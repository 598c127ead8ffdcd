"""What belongs to a project comes back only there."""

from __future__ import annotations

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.inspection import Project

from ..conftest import CAT, CELLO, Draft, Profiled

EATS = "What does my cat need to eat?"


@pytest.fixture
def house(home: Profiled) -> Project:
    return home.memory.projects.create("  House\nand garden ")


def recalled(home: Profiled, project: int | None, question: str = EATS) -> list[str]:
    return [
        one.episode.text for one in home.memory.retrieval.recall(question, limit=5, project=project)
    ]


def told(home: Profiled, draft: Draft, text: str, project: int | None = None) -> int:
    """An episode told in a conversation of the project."""
    conversation = home.store.create_conversation().id
    home.memory.projects.move_conversation(conversation, project)
    home.turn(draft, text, conversation=conversation)
    return max(home.memory.query.ids())


def test_projects_have_names_of_their_own(home: Profiled, house: Project) -> None:
    assert house.name == "House and garden"
    work = home.memory.projects.create("about work")
    assert home.memory.projects.rename(house.id, "Home").name == "Home"
    assert [p.name for p in home.memory.projects.all()] == ["about work", "Home"]
    for use in (
        lambda: home.memory.projects.create(" "),
        lambda: home.memory.projects.create("HOME"),
        lambda: home.memory.projects.rename(work.id, "Home"),
    ):
        with pytest.raises(UserError):
            use()
    assert home.memory.projects.rename(work.id, "About work").name == "About work"
    for missing in (
        lambda: home.memory.projects.rename(99, "x"),
        lambda: home.memory.forgetting.delete_project(99),
        lambda: home.memory.projects.move([1], 99),
        lambda: home.memory.projects.move_conversation(1, 99),
        lambda: home.memory.projects.move_conversation(99, None),
    ):
        with pytest.raises(NotFound):
            missing()


def test_what_is_told_in_a_project_comes_back_only_there(
    home: Profiled, make_draft: Draft, house: Project
) -> None:
    work = home.memory.projects.create("Work").id
    told(home, make_draft, CELLO)
    id = told(home, make_draft, CAT, house.id)
    (episode,) = home.memory.episodes([id])
    assert episode.project == house.id
    assert recalled(home, house.id) == [CAT]
    assert recalled(home, None) == recalled(home, work) == []
    sister = "What does my sister play?"
    assert recalled(home, house.id, sister) == recalled(home, None, sister) == [CELLO]
    assert home.memory.retrieval.search(EATS, 1)[0].episode.text == CAT
    (counted,) = (p for p in home.memory.projects.all() if p.id == house.id)
    assert (counted.episodes, counted.conversations) == (1, 1)


def test_pins_too(home: Profiled, make_draft: Draft, house: Project) -> None:
    ids = [told(home, make_draft, CELLO), told(home, make_draft, CAT, house.id)]
    home.memory.pin(ids, True)
    assert [e.text for e in home.memory.pinned()] == [CELLO]
    assert {e.text for e in home.memory.pinned(house.id)} == {CAT, CELLO}


def test_a_crowd_of_another_project_hides_nothing(
    home: Profiled, make_draft: Draft, house: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nowprint.memory.retrieval.candidates.CANDIDATES", 1)
    told(home, make_draft, "The cat of the neighbours needs to eat much less.")
    for name in range(20):
        text = f"My cat number {name} needs to eat the food of brand {name * 7}."
        told(home, make_draft, text, house.id)
    assert recalled(home, None) == ["The cat of the neighbours needs to eat much less."]


def test_moving_changes_what_comes_back(home: Profiled, make_draft: Draft, house: Project) -> None:
    id = told(home, make_draft, CAT)
    assert home.memory.projects.move([id, 99], house.id) == 1
    assert home.memory.projects.move([id], house.id) == 0
    assert recalled(home, None) == []
    assert home.memory.detail(id).history[-1].detail == f"to project {house.id}"
    home.memory.forgetting.delete_project(house.id)
    assert recalled(home, None) == [CAT]
    (episode,) = home.memory.episodes([id])
    assert episode.project is None


def test_what_another_project_says_is_neither_repeated_nor_changed(
    home: Profiled, make_draft: Draft, house: Project
) -> None:
    old = told(home, make_draft, "The launch is on April 3.", house.id)
    again = told(home, make_draft, "The launch is on April 3.")
    assert again != old
    other = home.memory.projects.create("Work").id
    moved = told(home, make_draft, "The launch moved to April 17.", other)
    (newer,) = home.memory.episodes([moved])
    assert newer.replaces == again
    launch = "When is our launch?"
    assert recalled(home, other, launch) == ["The launch moved to April 17."]
    assert recalled(home, None, launch) == ["The launch is on April 3."]


def test_signatures_stay_within_a_project(
    home: Profiled, make_draft: Draft, house: Project
) -> None:
    here, there = told(home, make_draft, CELLO), told(home, make_draft, CAT, house.id)
    signatures = home.memory.measurements.signatures
    assert set(signatures(frozenset()).episodes.tolist()) == {here}
    assert set(signatures(frozenset({house.id})).episodes.tolist()) == {here, there}
