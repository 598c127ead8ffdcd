"""Changes among episodes that were never compared are found, and unlinked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.storage.doubts import Doubts

from .conftest import Sleeping, changes

OLD, NEW = "The launch is on April 3.", "The launch moved to April 17."


@pytest.fixture
def imported(sleeping: Sleeping) -> int:
    with sleeping.database.writing() as connection:
        made = connection.execute("INSERT INTO import (at, name, source) VALUES (1, 'a', 'b')")
        return int(made.lastrowid or 0)


def test_the_newer_takes_the_place_of_the_older(sleeping: Sleeping, imported: int) -> None:
    sleeping.tell("My sister Marta plays the cello in Porto.", origin=imported)
    older, newer = sleeping.tell(OLD, origin=imported), sleeping.tell(NEW, origin=imported)
    assert changes(sleeping.night()) == [("changed", newer, older)]
    assert sleeping.episode(older).replaced_by == newer


def test_what_was_told_since_takes_the_place_of_what_is_imported(
    sleeping: Sleeping, imported: int
) -> None:
    newer = sleeping.tell(NEW)
    sleeping.night()
    sleeping.now -= 9 * 86_400
    older = sleeping.tell(OLD, origin=imported)
    sleeping.now += 9 * 86_400
    assert changes(sleeping.night())[-1] == ("changed", newer, older)


def test_an_import_never_takes_the_place_of_what_was_told_here(
    sleeping: Sleeping, imported: int
) -> None:
    sleeping.tell(OLD)
    sleeping.tell(NEW, origin=imported)
    assert not changes(sleeping.night())


def test_no_ring_is_made(sleeping: Sleeping, imported: int) -> None:
    older, newer = sleeping.tell(OLD, origin=imported), sleeping.tell(NEW, origin=imported)
    with sleeping.database.writing() as connection:  # as a file may say, or its user
        connection.execute("UPDATE episode SET replaces = ? WHERE id = ?", [newer, older])
    assert not changes(sleeping.night())
    assert sleeping.episode(newer).replaces is None


def test_other_projects_and_the_archive_are_left_alone(sleeping: Sleeping) -> None:
    home = sleeping.memory.projects.create("Home").id
    sleeping.tell(OLD, project=home)
    sleeping.tell(NEW)
    assert not changes(sleeping.night())


def test_what_is_unclear_becomes_a_doubt(sleeping: Sleeping) -> None:
    older = sleeping.tell("I play the cello.")
    newer = sleeping.tell("I sold the cello.")
    report = sleeping.night()
    assert not changes(report)
    assert [
        (one.newer, one.older) for one in Doubts(sleeping.database).newer_of([older])[older]
    ] == [(newer, older)]


def test_the_way_back_and_they_stay_apart(sleeping: Sleeping) -> None:
    older = sleeping.tell(OLD)
    newer = sleeping.tell(NEW)
    before = sleeping.rows()
    report = sleeping.night()
    assert changes(report) == [("changed", newer, older)]
    assert all(one.undone for one in sleeping.undo(report, *report.changes).changes)
    assert sleeping.rows() == before
    with sleeping.database.writing() as connection:
        connection.execute("DELETE FROM slept")
    assert len(sleeping.night().changes) == 1  # the one of before
    assert sleeping.rows() == before
    assert not sleeping.memory.settling.doubts(newer)


def test_a_link_that_the_user_edited_since_stays(sleeping: Sleeping) -> None:
    older, newer = sleeping.tell(OLD), sleeping.tell(NEW)
    report = sleeping.night()
    sleeping.now += 60
    sleeping.memory.edit(older, "The launch was to be on April 3.")
    assert not sleeping.undo(report, *report.changes).changes[0].undone
    assert sleeping.episode(newer).replaces == older


def test_without_an_encoder_words_of_change_are_enough(sleeping: Sleeping) -> None:
    sleeping.memory.encoder._model = None
    older = sleeping.tell("I live in Porto.")
    newer = sleeping.tell("I don't live in Porto any more, I moved to Tromsø.")
    assert changes(sleeping.night()) == [("changed", newer, older)]


def test_once_the_encoder_is_there_what_was_looked_at_without_it_is_linked(
    sleeping: Sleeping, tmp_path: Path
) -> None:
    encoder, sleeping.encoder = sleeping.encoder, Embedder(tmp_path / "nothing")
    for there in (False, True):
        sleeping.memory.close()
        if there:
            sleeping.encoder = encoder
        sleeping.open()
        if not there:
            older = sleeping.tell("A reunião de condomínio é dia 18 às 20h.")
            newer = sleeping.tell("Corrigindo: dia 28, e não 18, o síndico digitou errado.")
        for _ in range(2):
            report = sleeping.night()
            assert changes(report) == ([("changed", newer, older)] if there else [])
    assert report.night.looked_at == 4, "each once without it, and once with it"
