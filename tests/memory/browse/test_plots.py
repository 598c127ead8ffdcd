"""Columns of what a filter lets through, and a map on which what is alike lies near."""

from __future__ import annotations

import queue
from array import array
from collections.abc import Sequence

import numpy as np
import pytest

from nowprint.inspection import EpisodeFilter, EpisodePlot, MapLaidOut
from nowprint.memory.browse import map_layout
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.settings import Profile

from ..conftest import CAT, CELLO, Draft, Profiled
from .test_query import put

TOPICS = (
    "My {} cat needs the low phosphorus food of the vet.",
    "The {} train to Porto leaves from platform two.",
    "We rehearse the {} quartet for cello and violin.",
)
ADJECTIVES = ("old", "grey", "second", "small", "new", "slow", "famous", "other", "early", "late")


class Mapped:
    """A memory of three topics, ten episodes each, that tells when its map is better."""

    def __init__(self, home: Profiled) -> None:
        self.told: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.store = ConversationStore(home.profile.database)
        self.memory = Memory(self.store, home.embedder, home.profile.index, self.told.put)

    def plot(self, wanted: EpisodeFilter | None = None) -> EpisodePlot:
        return self.memory.plots.plot(wanted or EpisodeFilter())

    def better(self) -> EpisodePlot:
        """The plot once the better map is told."""
        self.plot()
        while not isinstance(self.told.get(timeout=60), MapLaidOut):
            pass
        return self.plot()


@pytest.fixture
def mapped(home: Profiled, make_draft: Draft):
    for adjective in ADJECTIVES:
        for topic in TOPICS:
            home.memory.keep(make_draft(topic.format(adjective)))
    home.memory.close()
    mapped = Mapped(home)
    yield mapped
    mapped.memory.close()
    home.open()


def alike(plot: EpisodePlot) -> float:
    """The share of episodes whose nearest on the map tells of the same."""
    places = np.stack([plot.x, plot.y], axis=1)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    topics = (np.array(plot.ids) - 1) % len(TOPICS)
    return float(np.mean(topics[apart.argmin(axis=1)] == topics))


def test_columns_are_of_what_the_filter_lets_through_the_oldest_first(
    home: Profiled, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT, CELLO)
    home.memory.keep(make_draft("The boiler is old.", kind="remembered", salience=0.25))
    put(home, "created", {1: 300.0, 2: 200.0, 3: 100.0})
    home.memory.pin([1], True)
    home.memory.archive.archive([2])
    plot = home.memory.plots.plot(EpisodeFilter())
    assert plot.ids == array("q", [3, 2, 1])
    assert plot.conversations == array("q", [0, 1, 1])
    assert plot.created == array("d", [100.0, 200.0, 300.0])
    assert plot.salience == array("d", [0.25, 0.8, 0.8])
    assert plot.kind == array("b", [1, 0, 0])
    assert plot.archived == array("b", [0, 1, 0])
    assert len(plot.x) == len(plot.y) == 3
    one = home.memory.plots.plot(EpisodeFilter(pinned_only=True))
    assert (one.ids, one.x[0]) == (array("q", [1]), plot.x[2])
    none = home.memory.plots.plot(EpisodeFilter(text="nothing of the kind"))
    assert (list(none.ids), list(none.x)) == ([], [])


def test_without_vectors_there_is_no_map(profile: Profile, make_draft: Draft) -> None:
    home = Profiled(profile, Embedder(profile.home / "nothing"))
    home.memory.keep(make_draft(CAT))
    plot = home.memory.plots.plot(EpisodeFilter())
    assert (list(plot.ids), list(plot.x), list(plot.y)) == ([1], [], [])
    home.memory.close()


def test_what_is_alike_lies_near_and_the_map_is_the_same_again(
    mapped: Mapped, home: Profiled
) -> None:
    first, better = mapped.plot(), mapped.better()
    for plot in (first, better):
        assert alike(plot) > 0.9
        assert max(map(abs, (*plot.x, *plot.y))) == 1.0
    again = Mapped(home)
    assert again.plot().x == first.x
    assert again.better().y == better.y
    again.memory.close()


def test_what_is_new_lies_beside_what_it_is_like(mapped: Mapped, make_draft: Draft) -> None:
    before = mapped.better()
    id = mapped.memory.keep(make_draft(TOPICS[1].format("very late night"))).episode.id
    after = mapped.plot()
    assert after.x[:-1] == before.x
    assert after.ids[-1] == id
    near = np.hypot(np.array(before.x) - after.x[-1], np.array(before.y) - after.y[-1]).argmin()
    assert near % len(TOPICS) == 1


def test_the_first_map_of_very_many_is_made_beside(
    mapped: Mapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_layout, "AT_ONCE", 10)
    assert list(mapped.plot().x) == []
    assert alike(mapped.better()) > 0.9


def test_a_few_have_a_map_too(home: Profiled, make_draft: Draft) -> None:
    texts: Sequence[str] = (CAT, CELLO, "The boiler is old.")
    for number, text in enumerate(texts):
        home.memory.keep(make_draft(text))
        plot = home.memory.plots.plot(EpisodeFilter())
        assert len(plot.x) == number + 1
        assert not np.isnan([*plot.x, *plot.y]).any()
