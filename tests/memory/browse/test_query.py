"""What a filter lets through, in which order, and how it is saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.inspection import EpisodeFilter, SavedFilter
from nowprint.language.words import content_words
from nowprint.memory.browse import query
from nowprint.memory.embedding.embedder import Embedder
from nowprint.records import Recollection
from nowprint.settings import Profile

from ..conftest import CAT, CELLO, Draft, Profiled

BOILER = "The boiler is serviced every May."
EVERY = EpisodeFilter()


def found(home: Profiled, wanted: EpisodeFilter = EVERY, sort: query.FoundSort = "oldest"):
    """The texts, by pages of two, which agree with the ids and the count."""
    pages = [home.memory.query.page(wanted, sort, offset, 2) for offset in (0, 2, 4)]
    episodes = [episode for page in pages for episode in page.episodes]
    assert {page.total for page in pages} == {len(episodes)}
    assert home.memory.query.ids(wanted, sort) == tuple(episode.id for episode in episodes)
    return [episode.text for episode in episodes]


def put(home: Profiled, column: str, values: dict[int, object]) -> None:
    with home.store.database.writing() as connection:
        for id, value in values.items():
            connection.execute(f"UPDATE episode SET {column} = ? WHERE id = ?", [value, id])


@pytest.fixture
def kept(home: Profiled, make_draft: Draft) -> Profiled:
    """Three episodes of two conversations, told at 100, 200 and 300."""
    home.turn(make_draft, CAT, CELLO)
    home.memory.keep(make_draft(BOILER, kind="remembered"))
    put(home, "created", {1: 100.0, 2: 200.0, 3: 300.0})
    put(home, "salience", {1: 0.5, 2: 0.9, 3: 0.7})
    put(home, "recalled", {1: 0, 2: 3, 3: 1})
    return home


def test_sorts(kept: Profiled) -> None:
    assert found(kept, sort="newest") == [BOILER, CELLO, CAT]
    assert found(kept, sort="oldest") == [CAT, CELLO, BOILER]
    assert found(kept, sort="salience") == [CELLO, BOILER, CAT]
    assert found(kept, sort="recalled") == [CELLO, BOILER, CAT]
    assert found(kept, sort="nearest") == [BOILER, CELLO, CAT]


@pytest.mark.parametrize(
    ("wanted", "texts"),
    [
        (EpisodeFilter(kept_since=200.0), [CELLO, BOILER]),
        (EpisodeFilter(kept_until=200.0), [CAT]),
        (EpisodeFilter(recalls="never"), [CAT]),
        (EpisodeFilter(recalls="ever"), [CELLO, BOILER]),
        (EpisodeFilter(salience_from=0.7), [CELLO, BOILER]),
        (EpisodeFilter(salience_to=0.7), [CAT, BOILER]),
        (EpisodeFilter(conversation=1), [CAT, CELLO]),
        (EpisodeFilter(conversation=7), []),
        (EpisodeFilter(ids=(3, 1, 99)), [CAT, BOILER]),
        (EpisodeFilter(ids=()), []),
        (EpisodeFilter(text="KIDNEY food"), [CAT]),
        (EpisodeFilter(text="cats"), [CAT]),
        (EpisodeFilter(text="the bo"), [BOILER]),
        (EpisodeFilter(text="bo the"), []),
        (EpisodeFilter(text="?!"), []),
        (EpisodeFilter(text="') OR 1=1 --"), []),
        (EpisodeFilter(kept_since=150.0, recalls="ever", salience_from=0.8), [CELLO]),
    ],
)
def test_filters(kept: Profiled, wanted: EpisodeFilter, texts: list[str]) -> None:
    assert found(kept, wanted) == texts


def test_pinned_project_and_import(kept: Profiled) -> None:
    kept.memory.pin([2], True)
    assert found(kept, EpisodeFilter(pinned_only=True)) == [CELLO]
    project = kept.memory.projects.create("House").id
    kept.memory.projects.move([3], project)
    assert found(kept, EpisodeFilter(project=project)) == [BOILER]
    assert found(kept, EpisodeFilter(project=0)) == [CAT, CELLO]
    with kept.store.database.writing() as connection:
        connection.execute("INSERT INTO import (id, at, name, source) VALUES (4, 1, 'a', 'b')")
    put(kept, "origin", {1: 4})
    assert found(kept, EpisodeFilter(origin=4)) == [CAT]
    assert found(kept, EpisodeFilter(origin=0)) == [CAT]
    assert found(kept, EpisodeFilter(origin=5)) == []


def test_what_is_forgotten_merged_or_held_back_is_not_found(kept: Profiled) -> None:
    put(kept, "held_back", {1: "it gives instructions"})
    put(kept, "merged", {2: 1})
    kept.reopen()
    assert found(kept) == [BOILER]
    assert found(kept, EpisodeFilter(held_back=True)) == [CAT]
    assert found(kept, EpisodeFilter(meaning="My pet is ill", held_back=True)) == [CAT]
    assert found(kept, EpisodeFilter(meaning="My pet is ill")) == []
    anything = kept.memory.retrieval.search("kidney disease of my cat, cello of my sister", 9)
    assert [one.episode.text for one in anything] == [BOILER]
    kept.memory.forget([1, 3])
    assert found(kept) == found(kept, EpisodeFilter(held_back=True)) == []


@pytest.mark.parametrize("compared", [0, 4000])
def test_meaning_finds_what_shares_no_word_nearest_first(
    kept: Profiled, monkeypatch: pytest.MonkeyPatch, compared: int
) -> None:
    monkeypatch.setattr(query, "MOST_COMPARED", compared)
    health = EpisodeFilter(meaning="my pet's health")
    assert found(kept, health) == [CAT]
    assert found(kept, replace(health, recalls="ever")) == []
    family = EpisodeFilter(meaning="My sister is a musician, and my cat is ill")
    assert found(kept, family, "nearest")[:2] == [CELLO, CAT]
    assert found(kept, family, "oldest")[:2] == [CAT, CELLO]


def test_without_an_embedder_a_meaning_is_a_sentence_to_the_user(
    profile: Profile, make_draft: Draft
) -> None:
    home = Profiled(profile, Embedder(profile.home / "nothing"))
    home.memory.keep(make_draft(CAT))
    with pytest.raises(UserError, match="search by words"):
        home.memory.query.ids(EpisodeFilter(meaning="pets"))
    assert found(home, EpisodeFilter(text="cat")) == [CAT]
    home.memory.close()


# --- saved filters -----------------------------------------------------------------------------


def test_filters_are_saved_by_name(home: Profiled) -> None:
    wanted = EpisodeFilter("pet \ud800", "health", 1.5, recalls="never", project=2, ids=(4, 5))
    home.memory.saved_filters.save("weekly", EVERY, "newest")
    home.memory.saved_filters.save(" Pets ", EVERY, "newest")
    home.memory.saved_filters.save("Pets", wanted, "nearest")
    home.reopen()
    stored = replace(wanted, text="pet \ufffd")
    both = SavedFilter("Pets", stored, "nearest"), SavedFilter("weekly", EVERY, "newest")
    assert home.memory.saved_filters.all() == both
    assert home.memory.saved_filters.delete("weekly") == both[:1]
    for use in (
        lambda: home.memory.saved_filters.save(" ", EVERY, "newest"),
        lambda: home.memory.saved_filters.delete("weekly"),
    ):
        with pytest.raises((UserError, NotFound)):
            use()


def test_a_deleted_filter_s_bytes_go(home: Profiled) -> None:
    home.memory.saved_filters.save("Xylophones", EpisodeFilter("zygomorphic"), "newest")
    home.memory.saved_filters.delete("Xylophones")
    home.memory.close()
    data = home.profile.database.read_bytes()
    home.open()
    assert b"Xylophones" not in data
    assert b"zygomorphic" not in data


def test_what_was_recalled_is_counted(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, CAT)
    (recollection,) = home.memory.retrieval.recall("What does my cat need to eat?", limit=1)
    assert isinstance(recollection, Recollection)
    home.turn(make_draft, CELLO, recollections=(recollection,))
    assert found(home, EpisodeFilter(recalls="ever")) == [CAT]
    assert found(home, EpisodeFilter(recalls="never")) == [CELLO]


# --- words within a run ------------------------------------------------------------------------

DOU = "我的猫叫豆豆，今年八岁了。"
WEDDING = "妹の結婚式は十月に京都であります。"
THAI = "แมวของฉันชื่อมะลิ"


@pytest.mark.parametrize(
    ("text", "told"),
    [("豆豆", DOU), ("八岁", DOU), ("結婚式", WEDDING), ("京都", WEDDING), ("มะลิ", THAI)],
)
def test_a_word_within_a_run_is_found(
    home: Profiled, make_draft: Draft, text: str, told: str
) -> None:
    for one in (DOU, WEDDING, THAI):
        home.memory.keep(make_draft(one))
    assert found(home, EpisodeFilter(text=text)) == [told]


@pytest.mark.parametrize(("message", "told"), [("豆豆几岁了？", DOU), ("結婚式はいつ？", WEDDING)])
def test_a_message_finds_what_shares_a_word_within_a_run(
    home: Profiled, make_draft: Draft, message: str, told: str
) -> None:
    ids = {one: home.memory.keep(make_draft(one)).episode.id for one in (DOU, WEDDING)}
    holding = {id for word in content_words(message) for id in home.memory._episodes.holding(word)}
    assert holding == {ids[told]}


def test_a_held_back_episode_is_shown_by_its_id(kept: Profiled) -> None:
    """As the chip below a message names it."""
    put(kept, "held_back", {2: "it gives instructions"})
    assert found(kept, EpisodeFilter(ids=(1, 2))) == [CAT, CELLO]
    assert found(kept) == [CAT, BOILER]
