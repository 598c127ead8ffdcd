"""What opens an encrypted profile, what doesn't any more, and what a kill in between leaves."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nowprint.encryption import key_file, unlocking
from nowprint.errors import ProfileError, ProfileLocked
from nowprint.settings import Profile

from .keyring_of_a_test import KeyringOfATest

PASSPHRASE = "correct horse battery"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def opened(profile: Profile) -> Profile:
    """Encrypted, with nothing in it but its key."""
    profile.home.mkdir()
    key, file, _ = key_file.new_key(PASSPHRASE)
    key_file.write(profile.key_file, replace(file, state="encrypted"))
    return unlocking.with_key(profile, key)


def key_of(profile: Profile) -> bytes:
    assert profile.cipher
    return profile.cipher.key


def test_the_passphrase_and_the_recovery_key_open_it(profile: Profile, opened: Profile) -> None:
    recovery = unlocking.change_recovery_key(opened)
    told = profile.key_file.read_text(encoding="utf-8")
    assert recovery not in told
    assert key_of(opened).hex() not in told
    for typed in (PASSPHRASE, recovery, recovery.lower().replace("-", " ")):
        assert key_of(unlocking.unlock(profile, typed)) == key_of(opened)
    for typed in ("", "wrong horse", PASSPHRASE + " ", recovery[:-1]):
        with pytest.raises(ProfileLocked, match="try again"):
            unlocking.unlock(profile, typed)


def test_a_passphrase_may_be_typed_on_any_keyboard(profile: Profile, opened: Profile) -> None:
    unlocking.change_passphrase(opened, "caf\u00e9 caf\u00e9")  # one character
    assert unlocking.unlock(profile, "cafe\u0301 cafe\u0301").cipher  # two


def test_another_passphrase_takes_the_place_of_the_first(profile: Profile, opened: Profile) -> None:
    recovery = unlocking.change_recovery_key(opened)
    unlocking.change_passphrase(opened, "another passphrase")
    assert key_of(unlocking.unlock(profile, "another passphrase")) == key_of(opened)
    assert key_of(unlocking.unlock(profile, recovery)) == key_of(opened)
    with pytest.raises(ProfileLocked):
        unlocking.unlock(profile, PASSPHRASE)
    with pytest.raises(ProfileError, match="too short"):
        unlocking.change_passphrase(opened, "short")
    unlocking.change_recovery_key(opened)
    with pytest.raises(ProfileLocked):
        unlocking.unlock(profile, recovery)


def test_the_bytes_of_the_older_wrapping_are_overwritten(
    profile: Profile, opened: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    overwritten = []
    monkeypatch.setattr(key_file, "remove", lambda path: overwritten.append(path.read_text()))
    before = profile.key_file.read_text(encoding="utf-8")
    unlocking.change_passphrase(opened, "another passphrase")
    assert overwritten == [before]


def test_a_kill_before_the_new_file_is_there_leaves_the_old_one(
    profile: Profile, opened: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes have a second name at that moment, which must not cost them."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("nowprint.saving.os.replace", killed)
        with pytest.raises(Killed):
            unlocking.change_passphrase(opened, "another passphrase")
    assert unlocking.unlock_unasked(profile) is None
    assert key_of(unlocking.unlock(profile, PASSPHRASE)) == key_of(opened)
    unlocking.change_passphrase(opened, "another passphrase")
    assert key_of(unlocking.unlock(profile, "another passphrase")) == key_of(opened)
    assert [path.name for path in profile.home.iterdir()] == ["key.json"]


def test_the_keyring_opens_it_unasked_until_it_forgets(
    profile: Profile, opened: Profile, keyring: KeyringOfATest
) -> None:
    assert unlocking.unlock_unasked(profile) is None
    unlocking.keep_in_keyring(opened)
    found = unlocking.unlock_unasked(profile)
    assert found is not None
    assert key_of(found) == key_of(opened)
    keyring.locked = True
    assert unlocking.unlock_unasked(profile) is None
    keyring.locked = False
    unlocking.forget_in_keyring(opened)
    assert keyring.held == {}
    assert unlocking.unlock_unasked(profile) is None
    assert key_of(unlocking.unlock(profile, PASSPHRASE)) == key_of(opened)


@pytest.mark.parametrize("step", range(3))
def test_a_kill_while_the_keyring_forgets_is_made_good_at_the_next_start(
    profile: Profile, opened: Profile, keyring: KeyringOfATest, step: int
) -> None:
    unlocking.keep_in_keyring(opened)
    steps = iter(range(9))

    def kill(_: str) -> None:
        if next(steps) == step:
            raise Killed

    with pytest.raises(Killed):
        unlocking.forget_in_keyring(opened, kill)
    found = unlocking.unlock_unasked(profile)
    assert (found is not None) == (step == 0)  # then it hadn't begun
    assert (keyring.held != {}) == (step == 0)
    assert not key_file.read(profile.key_file).leaving
    assert unlocking.unlock(profile, PASSPHRASE).cipher


def test_the_last_way_in_is_not_taken_away(profile: Profile, keyring: KeyringOfATest) -> None:
    profile.home.mkdir()
    key, file, _ = key_file.new_key("")
    key_file.write(profile.key_file, replace(file, state="encrypted"))
    opened = unlocking.with_key(profile, key)
    unlocking.keep_in_keyring(opened)
    with pytest.raises(ProfileError, match="set a passphrase first"):
        unlocking.forget_in_keyring(opened)
    unlocking.change_passphrase(opened, PASSPHRASE)
    unlocking.forget_in_keyring(opened)
    assert key_file.read(profile.key_file).ways() == ("a passphrase", "a recovery key")


def test_a_key_of_another_profile_in_the_keyring_is_not_taken(
    profile: Profile, opened: Profile, keyring: KeyringOfATest
) -> None:
    unlocking.keep_in_keyring(opened)
    ((place, _),) = keyring.held.items()
    keyring.held[place] = "AAAA"
    assert unlocking.unlock_unasked(profile) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "update this one"),
        ({"state": "odd"}, "is damaged"),
        ({"wrappings": [{"way": "passphrase"}]}, "is damaged"),
        ({"check": None}, "is damaged"),
    ],
)
def test_a_damaged_or_newer_key_file_gives_one_sentence(
    profile: Profile, opened: Profile, change: dict[str, object], says: str
) -> None:
    told = json.loads(profile.key_file.read_text(encoding="utf-8"))
    profile.key_file.write_text(json.dumps(told | change), encoding="utf-8")
    with pytest.raises(ProfileError, match=says):
        unlocking.settle(profile)
    profile.key_file.write_bytes(b"\x00\xff")
    with pytest.raises(ProfileError, match="is damaged"):
        unlocking.settle(profile)


def test_a_disk_that_deletes_nothing_leaves_no_key_file_that_opens_nothing(
    profile: Profile, opened: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step of decrypting: everything is plain by now, and only the key's file has to go."""
    file = key_file.read(profile.key_file)
    key_file.write(profile.key_file, replace(file, state="becoming plain"))

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.exists():
            raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "unlink", refuse)
        with pytest.raises(ProfileError, match="nothing is lost"):
            unlocking.settle(profile)
    assert unlocking.settle(profile) is False
    assert not profile.key_file.exists()
