"""The keys of an episode stay with it, as long as its text does."""

from __future__ import annotations

from nowprint.memory.storage.keys import EpisodeKeys

from ..conftest import CAT, CELLO, Draft, Profiled


def test_the_weightiest_comes_first_and_new_ones_replace_old(
    home: Profiled, make_draft: Draft
) -> None:
    cat, cello = (home.memory.keep(make_draft(text)).episode.id for text in (CAT, CELLO))
    keys = EpisodeKeys(home.store.database)
    keys.put(cat, {"pet": 0.25, "vet": 0.5})
    keys.put(cello, {"pet": 0.125})
    assert list(keys.of(cat)) == ["vet", "pet"]
    keys.put(cat, {"food": 0.75})
    assert keys.of(cat) == {"food": 0.75}
    keys.drop(cat)
    assert (keys.of(cat), keys.of(cello)) == ({}, {"pet": 0.125})


def test_an_edited_text_loses_them(home: Profiled, make_draft: Draft) -> None:
    cat, cello = (home.memory.keep(make_draft(text)).episode.id for text in (CAT, CELLO))
    keys = EpisodeKeys(home.store.database)
    for id in (cat, cello):
        keys.put(id, {"pet": 0.5})
    home.memory.edit(cat, "My bicycle Pickwick needs new tyres.")
    assert (keys.of(cat), keys.of(cello)) == ({}, {"pet": 0.5})


def test_no_episode_no_keys(home: Profiled, make_draft: Draft) -> None:
    """A night may make them while the user forgets."""
    cat = home.memory.keep(make_draft(CAT)).episode.id
    keys = EpisodeKeys(home.store.database)
    keys.put(cat, {"pet": 0.5})
    home.memory.forget([cat])
    home.memory.purge(all=True)
    keys.put(cat, {"pet": 0.5})
    assert keys.of(cat) == {}
