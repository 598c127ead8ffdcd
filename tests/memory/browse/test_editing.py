"""Edits that keep the old text, merging, splitting, confirming, and the chain that shows it."""

from __future__ import annotations

import pytest

from nowprint.errors import UserError
from nowprint.inspection import EpisodeFilter, OldText
from nowprint.records import Episode

from ..conftest import CAT, CELLO, Draft, Profiled, texts
from .test_query import put

BOTH = f"{CAT}\n{CELLO}"


def ids(episodes: tuple[Episode, ...]) -> list[int]:
    return [episode.id for episode in episodes]


def held(home: Profiled) -> set[int]:
    """What the index finds."""
    return set(home.memory._index_sync.opened().ids())


# --- edits -------------------------------------------------------------------------------------


def test_an_edit_keeps_what_it_said_before(home: Profiled, make_draft: Draft) -> None:
    id = home.memory.keep(make_draft(CAT)).episode.id
    home.memory.edit(id, "Our parrot speaks Basque.")
    home.memory.edit(id, "Our parrot speaks Basque.")
    home.memory.edit(id, CELLO)
    home.reopen()
    newest, oldest = home.memory.chains.old_texts(id)
    assert (newest.text, oldest.text) == ("Our parrot speaks Basque.", CAT)
    assert isinstance(newest, OldText)
    assert newest.at >= oldest.at
    assert texts(home, "kidney") == []
    assert [line.action for line in home.memory.detail(id).history] == ["kept", "edited", "edited"]
    home.memory.forget([id])
    home.memory.close()
    data = home.profile.database.read_bytes()
    home.open()
    assert b"parrot" not in data


def test_an_edit_brings_nothing_back_that_is_held_back(home: Profiled, make_draft: Draft) -> None:
    id = home.memory.keep(make_draft(CAT)).episode.id
    put(home, "held_back", {id: "it gives instructions"})
    home.reopen()
    home.memory.edit(id, CELLO)
    assert held(home) == set()


# --- merging -----------------------------------------------------------------------------------


def test_merging_leaves_one_in_the_place_of_these(home: Profiled, make_draft: Draft) -> None:
    asked, _ = home.turn(make_draft, CAT, CELLO)
    put(home, "salience", {2: 0.95})
    home.memory.pin([1], True)
    merged = home.memory.editing.merge([2, 1], "")
    assert (merged.text, merged.kind, merged.salience) == (BOTH, "remembered", 0.95)
    assert merged.pinned
    assert [s.message_id for s in merged.sources] == [asked.id, asked.id]
    assert texts(home) == [BOTH]
    assert [e.id for e in home.memory.pinned()] == [merged.id]
    assert held(home) == {merged.id}
    chain = home.memory.chains.chain(merged.id)
    assert (ids(chain.made_from), chain.made_into) == ([1, 2], ())
    assert ids(home.memory.chains.chain(1).made_into) == [merged.id]
    home.reopen()
    assert held(home) == {merged.id}
    (found,) = home.memory.retrieval.recall("What does my cat need to eat?", limit=3)
    assert found.episode.id == merged.id
    assert all(finding.ok for finding in home.memory.findings(False))
    with pytest.raises(UserError, match="behind another"):
        home.memory.editing.merge([1, merged.id], "")
    with pytest.raises(UserError, match="behind another"):
        home.memory.edit(1, "Another text.")


def test_a_repetition_reinforces_what_was_merged(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, CAT, CELLO)
    merged = home.memory.editing.merge([1, 2], CAT)
    again = home.memory.keep(make_draft(CAT))
    assert again.reinforced
    assert again.episode.id == merged.id


def test_what_a_part_had_changed_is_changed_by_the_whole(home: Profiled, make_draft: Draft) -> None:
    old = home.memory.keep(make_draft("The launch is on April 3.")).episode.id
    new = home.memory.keep(make_draft("The launch moved to April 17.")).episode
    assert new.replaces == old
    other = home.memory.keep(make_draft(CAT)).episode.id
    merged = home.memory.editing.merge([new.id, other], "")
    assert merged.replaces == old
    found = home.memory.retrieval.recall("When is our launch?", limit=3)
    assert [one.episode.id for one in found] == [merged.id]
    assert ids(home.memory.chains.chain(old).newer) == [merged.id]
    assert ids(home.memory.chains.chain(merged.id).older) == [old]


def test_what_is_held_back_or_imported_stays_so_when_merged(
    home: Profiled, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT, CELLO)
    with home.store.database.writing() as connection:
        connection.execute("INSERT INTO import (id, at, name, source) VALUES (4, 1, 'a', 'b')")
    put(home, "origin", {1: 4})
    put(home, "confirmed", {1: 0})
    put(home, "held_back", {1: "it gives instructions"})
    merged = home.memory.editing.merge([1, 2], "Both of them.")
    assert (merged.origin, merged.confirmed, merged.held_back) == (
        4,
        False,
        "it gives instructions",
    )
    assert texts(home) == []
    assert merged.id not in held(home)
    assert home.memory.editing.confirm([merged.id, 99]) == 1
    assert home.memory.editing.confirm([merged.id]) == 0
    assert texts(home) == ["Both of them."]
    assert held(home) == {merged.id}
    (confirmed,) = home.memory.episodes([merged.id])
    assert (confirmed.origin, confirmed.confirmed, confirmed.held_back) == (4, True, "")


def test_what_can_t_be_merged_is_told(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, CAT, CELLO)
    home.memory.projects.move([1], home.memory.projects.create("House").id)
    for chosen, sentence in (((1, 1), "at least two"), ((1, 2), "different projects")):
        with pytest.raises(UserError, match=sentence):
            home.memory.editing.merge(chosen, "")
    with pytest.raises(UserError):
        home.memory.editing.merge((1, 99), "")
    assert texts(home) == [CAT, CELLO]


# --- splitting ---------------------------------------------------------------------------------


def test_splitting_keeps_each_piece_s_place(home: Profiled, make_draft: Draft) -> None:
    asked, _ = home.turn(make_draft, f"{CAT} {CELLO}")
    home.memory.pin([1], True)
    first, second = home.memory.editing.split(1, [len(CAT)])
    assert texts(home) == [CAT, CELLO]
    for piece in (first, second):
        (source,) = piece.sources
        assert asked.text[source.start : source.end] == piece.text
        assert (piece.pinned, piece.kind, piece.salience) == (True, "captured", 0.8)
        assert [c.feature for c in home.memory.why(piece.id).contributions] == ["words"]
        assert ids(home.memory.chains.chain(piece.id).made_from) == [1]
    assert held(home) == {first.id, second.id}
    assert home.memory.detail(first.id).next_id == second.id
    (found,) = home.memory.retrieval.recall("What does my cat need to eat?", limit=3)
    assert found.episode.id == first.id


def test_an_edited_episode_s_pieces_stand_where_they_are_verbatim(
    home: Profiled, make_draft: Draft
) -> None:
    asked, _ = home.turn(make_draft, CAT)
    added = "She likes to sleep."
    home.memory.edit(1, f"{added} {CAT[:30]}")
    one, other = home.memory.editing.split(1, [len(added)])
    assert one.sources == ()
    (source,) = other.sources
    assert asked.text[source.start : source.end] == other.text == CAT[:30]


@pytest.mark.parametrize("at", [(), (0,), (len(CAT),), (-3,), (999,), (2, 3)])
def test_a_place_that_splits_nothing_is_told(
    home: Profiled, make_draft: Draft, at: tuple[int, ...]
) -> None:
    home.memory.keep(make_draft(CAT))
    with pytest.raises(UserError):
        home.memory.editing.split(1, at)
    assert texts(home) == [CAT]


# --- chains ------------------------------------------------------------------------------------


def test_the_chain_has_what_was_told_around_it(home: Profiled, make_draft: Draft) -> None:
    asked, _ = home.turn(make_draft, "I live in Braga now.", CAT, CELLO)
    home.turn(make_draft, "The boiler is old.", conversation=asked.conversation_id)
    home.turn(make_draft, "Another conversation.")
    chain = home.memory.chains.chain(2)
    assert (ids(chain.before), ids(chain.after)) == ([1], [3, 4])
    merged = home.memory.editing.merge([2, 3], "")
    assert ids(home.memory.chains.chain(merged.id).before) == [1]
    assert ids(home.memory.chains.chain(merged.id).after) == [4]
    assert ids(home.memory.chains.chain(1).after) == [merged.id, 4]


def test_a_ring_of_changes_has_an_end(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, CAT, CELLO)
    put(home, "replaces", {1: 2, 2: 1})
    assert ids(home.memory.chains.chain(1).older) == [2]
    assert found_ids(home) == (2, 1)


def found_ids(home: Profiled) -> tuple[int, ...]:
    return home.memory.query.ids(EpisodeFilter())
