"""Backups of an encrypted profile are encrypted, too, follow forgetting, and are restored with its key."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nowprint.encryption.cipher import ProfileCipher
from nowprint.errors import MemoryFileError
from nowprint.inspection import Forgetting
from nowprint.memory.backups import restoring
from nowprint.memory.backups.folder import Folder
from nowprint.memory.backups.making import make
from nowprint.memory.encryption.copying import copy
from nowprint.memory.erasure.raw_bytes import search
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore

from ..conftest import Draft
from ..marked import WordEmbedder
from ..talked import ALL, BOILER, CAT, Talk
from .test_backups import backups
from .test_following import held
from .test_restoring import memories, well

CIPHER = ProfileCipher(bytes(range(32)))
OTHER = ProfileCipher(bytes(32))


class SecretTalk(Talk):
    def open(self) -> None:
        self.store = ConversationStore(self.folder / "memory.db", CIPHER)
        index = self.folder / "index.hnsw"
        self.memory = Memory(self.store, WordEmbedder(), index, self.told.append, clock=self.clock)

    def inside(self, text: str) -> set[str]:
        """The files that hold the text, in whatever form."""
        parts = backups(self).parts
        handles = self.store.database.handles()
        return set(search(self.folder, [text.encode()], handles, parts, CIPHER).by_file)


@pytest.fixture
def talk(tmp_path: Path, make_draft: Draft) -> Iterator[SecretTalk]:
    talk = SecretTalk(tmp_path / "profile", make_draft)
    (talk.folder / "key.json").write_text("{}", "utf-8")
    (talk.folder / "settings.json").write_bytes(CIPHER.seal("settings.json", CAT.encode()))
    yield talk
    talk.memory.close()


def test_no_part_of_a_backup_can_be_read(talk: SecretTalk) -> None:
    talk.say(CAT)
    made = backups(talk).make()
    assert held(talk, CAT) == []
    assert talk.inside(CAT) >= {f"backups/{Path(made.path).name}", "settings.json"}
    assert not list(talk.folder.glob("backups/.work-*"))
    well(talk)


def test_one_outside_brings_what_opens_it(talk: SecretTalk, tmp_path: Path) -> None:
    talk.say(CAT)
    here, outside = backups(talk).make(), backups(talk).make(str(tmp_path / "outside.zip"))
    names = [set(zipfile.ZipFile(one.path).namelist()) for one in (here, outside)]
    assert names[1] - names[0] == {"key.json"}
    zipfile.ZipFile(outside.path).extractall(tmp_path / "unpacked")
    store = ConversationStore(tmp_path / "unpacked" / "memory.db", CIPHER)
    try:
        assert store.database.value("SELECT text FROM live") == CAT
    finally:
        store.database.close()


def test_it_follows_forgetting(talk: SecretTalk) -> None:
    cat, *_ = talk.say(CAT)
    talk.say(BOILER)
    (talk.folder / "settings.json").unlink()
    backups(talk).make()
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    talk.memory.purge(all=True)
    (receipt,) = talk.memory.purging.receipts.all()
    assert sum(check.hits for check in receipt.checks) == 0
    assert talk.inside(CAT) == set()
    assert [name for name in talk.inside(BOILER) if name.startswith("backups/")]
    assert held(talk, CAT, BOILER) == []
    well(talk)


def test_it_is_restored_and_the_key_stays_the_profiles(talk: SecretTalk) -> None:
    talk.say(CAT)
    made = backups(talk).make()
    talk.say(BOILER)
    (talk.folder / "key.json").write_text('{"newer": true}', "utf-8")
    assert backups(talk).preview(made.path).newer == 1
    backups(talk).ask_to_restore(made.path)
    talk.memory.close()
    done = restoring.at_opening(talk.folder, talk.clock, CIPHER)
    talk.open()
    assert done is not None
    assert done.fault == ""
    assert memories(talk) == [CAT]
    assert (talk.folder / "key.json").read_text("utf-8") == '{"newer": true}'
    assert held(talk, CAT, BOILER) == []
    well(talk)


def test_one_that_is_not_encrypted_is_not_taken_over(
    talk: SecretTalk, tmp_path: Path, make_draft: Draft
) -> None:
    talk.say(CAT)
    plain = Talk(tmp_path / "plain", make_draft)
    plain.say(BOILER)
    file = backups(plain).make(str(tmp_path / "plain.zip")).path
    try:
        with pytest.raises(MemoryFileError, match="is not encrypted, and this profile"):
            backups(talk).preview(file)
        encrypted = backups(talk).make(str(tmp_path / "encrypted.zip")).path
        with pytest.raises(MemoryFileError, match="damaged, encrypted, or no profile"):
            backups(plain).preview(encrypted)
    finally:
        plain.memory.close()
    assert memories(talk) == [CAT]


def test_one_of_another_key_is_not_taken_over(talk: SecretTalk, tmp_path: Path) -> None:
    talk.say(CAT)
    talk.memory.close()
    (tmp_path / "other").mkdir()
    copy(talk.folder / "memory.db", CIPHER, tmp_path / "other" / "memory.db", OTHER)
    talk.open()
    file = tmp_path / "other.zip"
    make(Folder(tmp_path / "other", OTHER), file, "by hand", talk.clock())
    with pytest.raises(MemoryFileError, match="encrypted with another key"):
        backups(talk).preview(str(file))
    assert memories(talk) == [CAT]
