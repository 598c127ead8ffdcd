"""The whole life of an encrypted profile: told, recalled, forgotten, exported, imported, checked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nowprint.encryption.cipher import ProfileCipher
from nowprint.inspection import EpisodeFilter, ExportOptions, Forgetting
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.erasure.raw_bytes import search
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.settings import Profile

from .conftest import CAT, CELLO, Draft, Profiled, texts

KEY = bytes(range(32))


class Encrypted(Profiled):
    def open(self) -> None:
        self.store = ConversationStore(self.profile.database, self.profile.cipher)
        self.memory = Memory(self.store, self.embedder, self.profile.index, self.events.append)

    def found(self, *said: str) -> dict[str, set[str]]:
        """The files that hold any of it: as they are ("raw"), and as what they stand for ("inside")."""
        wanted = [text.encode() for text in said]
        handles = self.store.database.handles()
        cipher = self.profile.cipher
        raw = search(self.profile.home, wanted, handles)
        inside = search(self.profile.home, wanted, handles, cipher=cipher)
        return {"raw": set(raw.by_file), "inside": set(inside.by_file)}


@pytest.fixture
def home(profile: Profile, embedder: Embedder) -> Iterator[Encrypted]:
    home = Encrypted(Profile(profile.home, ProfileCipher(KEY)), embedder)
    yield home
    home.memory.close()


def test_what_was_told_is_recalled_and_nowhere_to_be_read(
    home: Encrypted, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT)
    home.turn(make_draft, CELLO)
    assert home.found(CAT, CELLO) == {"raw": set(), "inside": {"memory.db-wal"}}
    home.reopen()
    best, *_ = home.memory.retrieval.search("What does my cat eat?", 1)
    assert best.episode.text == CAT
    assert texts(home, "cello") == [CELLO]
    assert home.found(CAT, CELLO) == {"raw": set(), "inside": {"memory.db"}}
    assert {"index.hnsw", "index.hnsw.json"} <= {p.name for p in home.profile.home.iterdir()}
    assert b"all-MiniLM" not in (home.profile.home / "index.hnsw.json").read_bytes()
    assert not home.events or "built anew" not in str(home.events)


def test_a_purge_leaves_no_byte_and_its_receipt_searched_the_content(
    home: Encrypted, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT)
    home.turn(make_draft, CELLO)
    home.memory.forgetting.forget(
        Forgetting(filter=EpisodeFilter("pickwick")), messages=True, answers=True
    )
    home.memory.purge(all=True)
    (receipt,) = home.memory.purging.receipts.all()
    assert receipt.searched >= 3
    assert sum(check.pieces for check in receipt.checks) > 20
    assert sum(check.hits for check in receipt.checks) == 0
    assert receipt.found_in == ()
    assert home.found(CAT) == {"raw": set(), "inside": set()}
    assert texts(home) == [CELLO]
    (home.profile.home / "forgotten.key").read_bytes().index(b"nowprint sealed")


def test_a_damaged_database_that_was_set_aside_goes_if_it_holds_it(
    home: Encrypted, make_draft: Draft
) -> None:
    """Both one that was encrypted, and one from before, which is sealed as it was."""
    home.turn(make_draft, CAT)
    home.reopen()
    folder = home.profile.home
    for name in ("memory.db.damaged-1", "memory.db.damaged-3"):
        shutil.copyfile(home.profile.database, folder / name)
    cipher = home.profile.cipher
    assert cipher
    sealed = cipher.seal("memory.db.damaged-2", b"an older page " + CAT.encode() * 3)
    (folder / "memory.db.damaged-2").write_bytes(sealed)
    with open(folder / "memory.db.damaged-3", "r+b") as file:  # damaged where it holds nothing
        file.seek(-50, 2)
        file.write(b"changed")
    home.turn(make_draft, CELLO)
    home.memory.forgetting.forget(
        Forgetting(filter=EpisodeFilter("pickwick")), messages=True, answers=True
    )
    home.memory.purge(all=True)
    (receipt,) = home.memory.purging.receipts.all()
    assert set(receipt.deleted) == {f"memory.db.damaged-{n}" for n in (1, 2, 3)}
    assert receipt.found_in == ()
    assert home.found(CAT) == {"raw": set(), "inside": set()}


def test_a_sealed_file_that_was_changed_stops_no_purge(home: Encrypted, make_draft: Draft) -> None:
    home.turn(make_draft, CAT)
    assert home.profile.cipher
    data = bytearray(home.profile.cipher.seal("memory.db.damaged-1", bytes(200_000)))
    data[100] ^= 1  # in the first of several chunks
    (home.profile.home / "memory.db.damaged-1").write_bytes(data)
    home.memory.forgetting.forget(Forgetting(filter=EpisodeFilter("pickwick")))
    home.memory.purge(all=True)
    (receipt,) = home.memory.purging.receipts.all()
    assert receipt.searched > 3


def test_it_is_exported_and_imported_into_a_plain_one_and_back(
    home: Encrypted, make_draft: Draft, embedder: Embedder, tmp_path: Path
) -> None:
    home.turn(make_draft, CAT)
    file = tmp_path / "memories.nowprint"
    home.memory.files.export(str(file), EpisodeFilter(), ExportOptions())
    plain = Profiled(Profile(tmp_path / "plain"), embedder)
    try:
        review = plain.memory.files.review(str(file), "")
        plain.memory.files.apply(review.id, (), read=False)
        assert texts(plain) == [CAT]
    finally:
        plain.memory.close()
    review = home.memory.files.review(str(file), "")
    assert [(group.name, group.count) for group in review.groups if group.count] == [
        ("duplicate", 1)
    ]


def test_doctor_finds_it_whole_and_repairs_its_index(home: Encrypted, make_draft: Draft) -> None:
    home.turn(make_draft, CAT, CELLO)
    assert all(finding.ok for finding in home.memory.findings(repair=False))
    home.memory.close()
    data = bytearray(home.profile.index.read_bytes())
    data[60] ^= 1
    home.profile.index.write_bytes(data)
    home.open()
    home.memory.prepare()
    assert "The search index was damaged and was built anew." in str(home.events)
    assert all(finding.ok for finding in home.memory.findings(repair=True))
    best, *_ = home.memory.retrieval.search("What does my cat eat?", 1)
    assert best.episode.text == CAT


def test_a_plain_profile_imports_nothing_of_encryption(profile: Profile) -> None:
    import subprocess
    import sys

    code = """if True:
        import sys
        from pathlib import Path
        from nowprint.memory.storage.conversations import ConversationStore
        from nowprint.settings import Profile, load_settings, save_settings
        profile = Profile(Path(sys.argv[1]))
        profile.home.mkdir()
        save_settings(profile, load_settings(profile))
        ConversationStore(profile.database).database.close()
        import nowprint.memory.memory, nowprint.service.handlers
        new = ("sqlcipher3", "keyring", "nowprint.encryption.")
        print(*[name for name in sys.modules if name.startswith(new)])
    """
    ended = subprocess.run(
        [sys.executable, "-c", code, str(profile.home)], capture_output=True, text=True, check=True
    )
    assert set(ended.stdout.split()) <= {"nowprint.encryption.contents"}
    assert not (profile.home / "appearance.json").exists()
