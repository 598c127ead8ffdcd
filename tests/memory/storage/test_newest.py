"""The last one of a chain of changes, also where the user has merged or split what is in it."""

from __future__ import annotations

import pytest

from nowprint.memory.storage.newest import newest_of

from ..conftest import CELLO, Draft, Profiled


def chained(home: Profiled, replaces: dict[int, int]) -> None:
    with home.store.database.writing() as connection:
        connection.executemany(
            "UPDATE episode SET replaces = ? WHERE id = ?",
            [(older, newer) for newer, older in replaces.items()],
        )


def test_a_chain_goes_on_as_what_its_end_became(home: Profiled, make_draft: Draft) -> None:
    for year in range(2020, 2024):
        home.memory.keep(make_draft(f"In {year} I lived in house {year % 7}."))
    chained(home, {2: 1, 3: 2})
    database = home.store.database
    assert newest_of(database, [1, 2, 4], None) == {1: 3, 2: 3}
    other = home.memory.keep(make_draft(CELLO)).episode.id
    merged = home.memory.editing.merge([3, other], "").id
    assert newest_of(database, [1, 2], None) == {1: merged, 2: merged, 3: merged}
    text = home.memory.episodes([merged])[0].text
    pieces = home.memory.editing.split(merged, [text.index("\n")])
    assert newest_of(database, [1], None)[1] == max(piece.id for piece in pieces)
    home.memory.forget([piece.id for piece in pieces])
    assert newest_of(database, [1], None)[1] not in [piece.id for piece in pieces]


def test_a_ring_ends(home: Profiled, make_draft: Draft) -> None:
    for year in range(2020, 2022):
        home.memory.keep(make_draft(f"In {year} I lived in house {year % 7}."))
    chained(home, {1: 2, 2: 1})
    assert set(newest_of(home.store.database, [1], None)) <= {1, 2}


@pytest.mark.timeout(20)
def test_a_ring_can_be_forgotten(home: Profiled, make_draft: Draft) -> None:
    for year in range(2020, 2023):
        home.memory.keep(make_draft(f"In {year} I lived in house {year % 7}."))
    chained(home, {1: 2, 2: 1, 3: 2})
    home.memory.forget([1, 2])
    home.memory.purge(all=True)
    assert [one.replaces for one in home.memory.episodes([1, 2, 3])] == [None]
