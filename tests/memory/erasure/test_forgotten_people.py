"""What the user chose for the pages of people: all that is stored of them goes with what told of them."""

from __future__ import annotations

from nowprint.inspection import Forgetting

from ..marked import everything
from ..talked import ALL, BOILER, Talk


def left(talk: Talk, *words: str) -> set[str]:
    """The files, streams and blobs that hold one of the words, in any case."""
    low = [word.lower().encode() for word in words]
    return {name for name, data in everything(talk.folder) if any(w in data.lower() for w in low)}


def chosen(talk: Talk) -> tuple[int, ...]:
    """Two pages merged and renamed; returns the episodes of the page."""
    talk.say(BOILER)
    for text in ("My sister Oksana plays.", "Oksana works as a nurse.", "My sister rang."):
        talk.say(text)
    people = talk.memory.people
    people.merge(("my sister",), "oksana")
    people.rename("oksana", "Ksenia Kowalczuk")
    return people.page("oksana").ids


def test_no_name_stays_in_any_file(talk: Talk) -> None:
    ids = chosen(talk)
    assert left(talk, "Kowalczuk")
    talk.memory.forgetting.forget(Forgetting(ids), **ALL)
    talk.memory.purge(all=True)
    assert left(talk, "Oksana", "Ksenia", "Kowalczuk", "sister") == set()
    (receipt,) = talk.memory.purging.receipts.all()
    assert not any(check.hits for check in receipt.checks)


def test_nor_in_a_backup(talk: Talk) -> None:
    ids = chosen(talk)
    assert talk.memory.backups is not None
    talk.memory.backups.make()
    talk.memory.forgetting.forget(Forgetting(ids), **ALL)
    talk.memory.purge(all=True)
    assert left(talk, "Oksana", "Ksenia", "Kowalczuk", "sister") == set()
    assert list(talk.folder.rglob("*.zip"))


def test_what_is_split_or_renamed_leaves_no_bytes_after_the_next_purge(talk: Talk) -> None:
    chosen(talk)
    people = talk.memory.people
    people.split("oksana")
    people.rename("oksana", "")
    talk.memory.purge(all=True)
    assert left(talk, "Ksenia", "Kowalczuk") == set()


def test_within_the_minute_all_comes_back(talk: Talk) -> None:
    ids = chosen(talk)
    other = talk.say("The garage code is 471109.")[0]
    batch = talk.memory.forgetting.forget(Forgetting(ids), **ALL).batch
    gone = talk.memory.forgetting.forget(Forgetting((other,)), **ALL).batch
    talk.memory.purging.purge(batch=gone)
    talk.memory.forgetting.undo(batch)
    name = talk.memory.people.page("my sister").name
    assert (name.shown, name.merged, name.episodes) == ("Ksenia Kowalczuk", 2, 3)
