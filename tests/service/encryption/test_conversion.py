"""A profile is encrypted and decrypted as a whole; a kill at any step loses nothing, leaves no plain text."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

import pytest

from nowprint.encryption import key_file, unlocking
from nowprint.encryption.contents import contents
from nowprint.errors import ProfileError, ProfileInUse, ProfileLocked
from nowprint.logs import append, open_log
from nowprint.memory.backups import container
from nowprint.memory.backups.folder import Folder
from nowprint.memory.backups.making import make
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service.encryption.conversion import decrypt, encrypt
from nowprint.service.encryption.findings import finding
from nowprint.settings import Profile, Settings, load_settings, save_settings

PASSPHRASE = "correct horse battery"
SAID = "Pickwick-the-cat"
MESSAGES = 30
DRAFT = {"new": f"a draft about {SAID}"}


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody cuts the power here."""
    monkeypatch.setattr(key_file, "COST", 2**14)
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain profile that has a file of each kind, all of them with what was said."""
    profile = Profile(tmp_path_factory.mktemp("full"))
    store = ConversationStore(profile.database)
    with store.database.writing():
        chat = store.create_conversation(SAID)
        for number in range(MESSAGES):
            store.add_message(chat.id, "user", f"{SAID} {number} " + "told " * 200)
    store.database.close()
    save_settings(profile, Settings(model=f"/models/{SAID}.gguf", theme="dark", text_size=2.0))
    profile.drafts.write_text(json.dumps(DRAFT), encoding="utf-8")
    profile.model_settings_file.write_text(json.dumps({"m": {"system": SAID}}), encoding="utf-8")
    (profile.home / "memory.db.damaged-20261101-120000").write_bytes(SAID.encode() * 5000)
    (profile.home / "memory.db.damaged-20261101-120000-wal").write_bytes(SAID.encode() * 9)
    (profile.home / ".drafts.json.77.new").write_text(SAID, encoding="utf-8")
    append(profile.log, f"of {SAID}")
    folder = Folder(profile.home)
    folder.make()
    make(folder, folder.path / "20261101.zip", "by hand", 1.0)
    (folder.path / "20261102-damaged.zip").write_bytes(b"PK" + SAID.encode() * 99)
    (folder.path / ".work-7-7").mkdir()
    (folder.path / ".work-7-7" / "memory.db").write_bytes(SAID.encode())
    return profile.home


@pytest.fixture
def full(profile: Profile, made: Path) -> Profile:
    shutil.copytree(made, profile.home)
    return profile


def holding(home: Path) -> list[str]:
    """The files that hold what was said as it was said, also in zips."""
    found = []
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        data = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as zipped:
                data += map(zipped.read, zipped.namelist())
        if any(SAID.encode() in one for one in data):
            found.append(path.name)
    return found


def encrypted(profile: Profile, step: Callable[[str], None] = lambda _: None) -> Profile:
    key, file, _ = key_file.new_key(PASSPHRASE)
    return encrypt(profile, key, file, keyring=False, step=step)


def rewound(parts: Iterator[IO[bytes]]) -> Iterator[IO[bytes]]:
    for part in parts:
        part.seek(0)
        yield part


def see_all(profile: Profile) -> None:
    """Everything is there, whatever form it has."""
    store = ConversationStore(profile.database, profile.cipher)
    try:
        (chat,) = store.conversations()
        assert chat.title == SAID
        assert len(store.messages(chat.id, None, 100)) == MESSAGES
        assert store.database.damage() == ""
        assert store.database.value("SELECT count(*) FROM message_search('pickwick')") == MESSAGES
    finally:
        store.database.close()
    assert load_settings(profile) == Settings(
        model=f"/models/{SAID}.gguf", theme="dark", text_size=2.0
    )
    cipher = profile.cipher
    for path, form in contents(profile.home):
        data = path.read_bytes()
        if form == "lines":
            lines = [line.decode() for line in data.splitlines()]
            data = "\n".join(cipher.unseal_line(one) if cipher else one for one in lines).encode()
        elif form == "backup" and zipfile.is_zipfile(path):
            with container.reading(path) as reader:
                parts = [part.read() for part in rewound(reader.opened(profile.home, cipher))]
            assert any(SAID.encode() in part for part in parts)
            continue
        elif form != "database":
            data = cipher.unseal(path.name, data) if cipher else data
        assert form == "database" or SAID.encode() in data


def test_every_file_is_encrypted_and_comes_back_as_it_was(full: Profile) -> None:
    rewritten = ("database", "backup")
    before = {p.name: p.read_bytes() for p, form in contents(full.home) if form not in rewritten}
    opened = encrypted(full)
    assert holding(full.home) == []
    see_all(opened)
    assert unlocking.settle(full)
    see_all(unlocking.unlock(full, PASSPHRASE))
    # before the key is there, the window's look is all that is known
    assert load_settings(full) == Settings(theme="dark", text_size=2.0)
    plain = decrypt(opened)
    assert plain.cipher is None
    see_all(plain)
    assert {n: (full.home / n).read_bytes() for n in before} == before
    assert not full.key_file.exists()
    assert not full.appearance.exists()


def killing(at: int) -> Callable[[str], None]:
    count = iter(range(1000))

    def step(_: str) -> None:
        if next(count) == at:
            raise Killed

    return step


def every_kill(
    start: Path, home: Path, work: Callable[[Callable[[str], None]], object]
) -> Iterator[int]:
    """Begin ``work`` on a copy of ``start`` and end the process at its first step, at its second, ..."""
    for at in itertools.count():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(start, home)
        try:
            work(killing(at))
        except Killed:
            yield at
        else:
            return


def test_a_kill_at_any_step_of_encrypting_loses_nothing(full: Profile, made: Path) -> None:
    files = len(list(contents(made)))
    kills = turned = 0
    for _ in every_kill(made, full.home, partial(encrypted, full)):
        kills += 1
        if unlocking.settle(full):
            turned += 1
            assert holding(full.home) == []
            see_all(unlocking.unlock(full, PASSPHRASE))
        else:
            assert not full.key_file.exists()
            see_all(full)
        assert not list(full.home.glob(".*switching*"))
    assert kills == 2 + files + 2 * files + 1
    assert turned == 2 * files + 1  # from the one step on that says so
    see_all(unlocking.unlock(full, PASSPHRASE))


def test_a_kill_at_any_step_of_decrypting_loses_nothing(
    full: Profile, made: Path, tmp_path: Path
) -> None:
    files = len(list(contents(made)))
    opened = encrypted(full)
    start = tmp_path / "encrypted"
    shutil.copytree(full.home, start)
    kills = back = 0
    for _ in every_kill(start, full.home, partial(decrypt, opened)):
        kills += 1
        if unlocking.settle(full):
            back += 1
            assert holding(full.home) == []  # the plain files that were begun are gone again
            see_all(unlocking.unlock(full, PASSPHRASE))
        else:
            see_all(full)
        assert not list(full.home.glob(".*switching*"))
    assert kills == 2 + files + 2 * files + 2
    assert back == 2 + files
    see_all(full)


@pytest.mark.parametrize("state", ["encrypting", "becoming encrypted"])
def test_a_kill_of_the_start_that_goes_on_loses_nothing_either(full: Profile, state: str) -> None:
    last = 1 + len(list(contents(full.home)))
    with pytest.raises(Killed):
        encrypted(full, killing(last if state == "encrypting" else last + 1))
    assert key_file.read(full.key_file).state == state
    kills = 0
    while full.key_file.exists():
        try:
            unlocking.finish(full, killing(kills))
            break
        except Killed:
            kills += 1
    assert kills >= 4
    see_all(unlocking.unlock(full, PASSPHRASE) if unlocking.settle(full) else full)


def test_a_full_disk_takes_it_back(full: Profile) -> None:
    def step(name: str) -> None:
        if name == "write settings.json":
            raise OSError(28, "No space left on device")

    with pytest.raises(ProfileError, match="see that its disk has room; nothing was changed"):
        encrypted(full, step)
    assert not full.key_file.exists()
    assert not list(full.home.glob(".*switching"))
    see_all(full)


def test_a_backup_that_is_being_restored_comes_first(full: Profile) -> None:
    (full.home / "restore.ready").mkdir()
    with pytest.raises(ProfileError, match="open it once"):
        encrypted(full)
    assert not full.key_file.exists()


def test_nobody_else_has_the_profile_meanwhile(full: Profile) -> None:
    def step(name: str) -> None:
        if name == "write settings.json":
            with pytest.raises(ProfileInUse, match="wait until"):
                unlocking.settle(full)

    opened = encrypted(full, step)
    with pytest.raises(ProfileError, match="encrypted already"):
        encrypted(full)
    see_all(opened)


def test_doctor_names_what_was_changed(full: Profile) -> None:
    opened = encrypted(full)
    store = ConversationStore(opened.database, opened.cipher)
    try:
        told = finding(opened, store.database)
        assert told.ok
        assert "SQLCipher" in told.detail
        assert "a passphrase, a recovery key" in told.detail
        (full.home / "notes.txt").write_text("mine", encoding="utf-8")
        assert "notes.txt" in finding(opened, store.database).detail
        full.drafts.write_text(json.dumps(DRAFT), encoding="utf-8")  # plain
        data = bytearray(full.settings_file.read_bytes())
        data[-1] ^= 1
        full.settings_file.write_bytes(data)
        told = finding(opened, store.database)
        assert not told.ok
        assert "drafts.json, settings.json" in told.detail
    finally:
        store.database.close()


def test_doctor_finds_a_changed_page(full: Profile) -> None:
    opened = encrypted(full)
    with open(full.database, "r+b") as file:
        file.seek(-2000, 2)
        file.write(b"changed")
    with pytest.raises(ProfileError, match="damaged"):
        ConversationStore(opened.database, opened.cipher)


def test_the_database_of_another_profile_gives_one_sentence_and_stays(full: Profile) -> None:
    opened = encrypted(full)
    foreign = unlocking.with_key(full, bytes(32))
    with pytest.raises(ProfileError, match="another profile's key"):
        ConversationStore(foreign.database, foreign.cipher)
    aside = full.home.glob("memory.db.damaged-*")
    (kept,) = (path for path in aside if "20261101" not in path.name)
    kept.rename(full.database)
    see_all(opened)


def test_logs_go_on_in_sealed_lines(full: Profile) -> None:
    opened = encrypted(full)
    log = open_log(opened.log, opened.cipher)
    log.error("KeyError of something")
    for handler in log.handlers[:]:
        handler.close()
        log.removeHandler(handler)
    first, last = opened.log.read_text(encoding="utf-8").splitlines()
    assert "KeyError" not in last
    assert opened.cipher
    assert SAID in opened.cipher.unseal_line(first)
    assert opened.cipher.unseal_line(last).endswith("ERROR KeyError of something")


def test_the_key_never_lies_on_the_disk(full: Profile) -> None:
    opened = encrypted(full)
    assert opened.cipher
    for secret in (opened.cipher.key, opened.cipher.database):
        for form in (secret, secret.hex().encode()):
            assert not any(
                form in path.read_bytes() for path in full.home.iterdir() if path.is_file()
            )
    with pytest.raises(ProfileLocked):
        unlocking.unlock(full, "another horse battery")
