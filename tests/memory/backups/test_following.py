"""Forgetting for good reaches the backups in the profile, and names those that it can't reach."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from nowprint.errors import UserError
from nowprint.inspection import Forgetting, Receipt
from nowprint.memory.backups import backups as module
from nowprint.memory.backups import container

from ..talked import ALL, BOILER, CAT, Talk
from .test_backups import backups


def held(talk: Talk, *texts: str) -> list[str]:
    """Which of these any part of any backup in the profile holds, or any file."""
    found = {text for text in texts for data in _all(talk.folder) if text.encode() in data}
    return [text for text in texts if text in found]


def _all(folder: Path) -> list[bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = [path.read_bytes() for path in files]
    for path in files:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as zipped:
                found += [zipped.read(name) for name in zipped.namelist()]
    return found


def forget(talk: Talk, *ids: int) -> Receipt:
    talk.memory.forgetting.forget(Forgetting(ids), **ALL)
    talk.memory.purge(all=True)
    return talk.memory.purging.receipts.all()[0]


def test_no_byte_is_left_in_any_backup(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT, f"You said: {CAT}")
    talk.say(BOILER)
    first = backups(talk).make()
    talk.say("The code of the garage is 471109.")
    second = backups(talk).make()
    assert held(talk, CAT, BOILER) == [CAT, BOILER]
    assert talk.memory.forgetting.plan(Forgetting((cat,))).backups == 2
    receipt = forget(talk, cat)
    assert held(talk, CAT, "Pickwick", "phosphorus", BOILER) == [BOILER]
    assert set(receipt.rewritten) == {f"backups/{Path(p.path).name}" for p in (first, second)}
    assert receipt.deleted == receipt.found_in == receipt.elsewhere == ()
    assert not any(check.hits for check in receipt.checks)
    listed = backups(talk).list()
    assert [one.contents.memories for one in listed.backups] == [2, 1]
    assert {one.made for one in listed.backups} == {first.made, second.made}
    for one in listed.backups:
        with container.reading(Path(one.path)) as reader:
            reader.verify()
    assert not backups(talk).unfollowed()


def test_one_that_holds_none_of_it_stays_as_it_is(talk: Talk) -> None:
    talk.say(BOILER)
    made = Path(backups(talk).make().path)
    before = made.read_bytes()
    cat, _, _ = talk.say(CAT)
    assert forget(talk, cat).rewritten == ()
    assert made.read_bytes() == before


def test_a_deleted_chat_leaves_the_backups_too(talk: Talk) -> None:
    _, asked, _ = talk.say(CAT)
    backups(talk).make()
    talk.memory.forgetting.forget(Forgetting(conversation=asked.conversation_id), **ALL)
    talk.memory.purge(all=True)
    assert held(talk, CAT, "Pickwick") == []


def test_names_of_projects_leave_the_backups_too(talk: Talk) -> None:
    projects = [talk.memory.projects.create(name) for name in ("Zeppelin", "Quokka", "Okapi")]
    talk.say(BOILER)
    backups(talk).make()
    assert held(talk, "Zeppelin", "Quokka") == ["Zeppelin", "Quokka"]
    talk.memory.forgetting.delete_project(projects[0].id)
    talk.memory.purge(all=True)
    assert held(talk, "Zeppelin", "Quokka") == ["Quokka"]
    assert not backups(talk).unfollowed()
    talk.memory.forgetting.forget(Forgetting(everything=True), **ALL)
    talk.memory.purge(all=True)
    assert held(talk, "Quokka", "Okapi", BOILER) == []
    assert len(backups(talk).list().backups) == 1


def test_what_was_told_anew_stays_in_the_backups(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    forget(talk, cat)
    talk.say(CAT)
    made = backups(talk).make()
    boiler, _, _ = talk.say(BOILER)
    forget(talk, boiler)
    assert held(talk, CAT) == [CAT]
    assert backups(talk).list().backups == (made,)


def test_one_that_cant_be_rewritten_is_deleted_and_told(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cat, _, _ = talk.say(CAT)
    made = Path(backups(talk).make().path)
    (talk.folder / "backups" / "broken.zip").write_bytes(b"PK" + CAT.encode())

    def fail(*_: object) -> bool:
        raise UserError("The disk is full.")

    monkeypatch.setattr(module, "rewrite", fail)
    receipt = forget(talk, cat)
    assert set(receipt.deleted) == {f"backups/{made.name}", "backups/broken.zip"}
    assert receipt.rewritten == ()
    assert held(talk, CAT) == []
    assert not made.exists()


def test_one_of_another_profile_loses_the_same_texts(talk: Talk, tmp_path: Path) -> None:
    """Its rows have other ids: it is known by what they say."""
    other = Talk(tmp_path / "other", talk.draft)
    other.say(BOILER)
    other.say(CAT)
    made = Path(backups(other).make().path)
    other.memory.close()
    there = talk.folder / "backups"
    there.mkdir()
    made.rename(there / made.name)
    talk.say(BOILER)
    cat, _, _ = talk.say(CAT)
    receipt = forget(talk, cat)
    assert receipt.rewritten == (f"backups/{made.name}",)
    assert held(talk, CAT, BOILER) == [BOILER]


def test_a_kill_between_purge_and_backups_is_made_up_for(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cat, _, _ = talk.say(CAT)
    talk.say(BOILER)
    backups(talk).make()
    with monkeypatch.context() as patch:
        patch.setattr(type(backups(talk)), "follow", _killed)
        with pytest.raises(KeyboardInterrupt):
            forget(talk, cat)
        talk.store.database.close()
    talk.open()
    assert held(talk, CAT) == [CAT]
    assert backups(talk).unfollowed()
    backups(talk).follow()
    assert held(talk, CAT, BOILER) == [BOILER]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_those_elsewhere_are_named(talk: Talk, tmp_path: Path) -> None:
    cat, _, _ = talk.say(CAT)
    made = backups(talk).make(str(tmp_path / "usb.zip"))
    later, _, _ = talk.say(BOILER)
    assert talk.memory.forgetting.plan(Forgetting((later,))).elsewhere == ()
    assert [one.path for one in talk.memory.forgetting.plan(Forgetting((cat,))).elsewhere] == [
        made.path
    ]
    assert forget(talk, later).elsewhere == ()
    receipt = forget(talk, cat)
    assert [(one.path, one.made) for one in receipt.elsewhere] == [(made.path, made.made)]
    talk.reopen()
    assert talk.memory.purging.receipts.all()[0] == receipt
