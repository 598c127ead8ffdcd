"""Opens an encrypted profile for this process, and changes what opens it; ``key.json`` is all that needs."""

from __future__ import annotations

from dataclasses import replace

import filelock

from nowprint.encryption import key_file, keyring_store, switching
from nowprint.encryption.cipher import ProfileCipher
from nowprint.encryption.key_file import KeyFile
from nowprint.encryption.switching import Step
from nowprint.errors import ProfileError, ProfileInUse
from nowprint.settings import Profile


def settle(profile: Profile) -> bool:
    """Finish or take back a change of form that was broken off. Returns whether the profile is encrypted.

    ProfileInUse if the change goes on in another process.
    """
    if not profile.key_file.exists():
        return False
    state = key_file.read(profile.key_file).state
    if state == "encrypted":
        return True
    try:
        with filelock.FileLock(profile.lock, timeout=0, thread_local=False):
            return finish(profile) if profile.key_file.exists() else False
    except filelock.Timeout as taken:
        raise ProfileInUse(
            f"Another Nowprint encrypts or decrypts the profile {profile.home}: wait until it has done so."
        ) from taken


def finish(profile: Profile, step: Step = lambda _: None) -> bool:
    """As ``settle``, for a caller that holds the profile's lock. ProfileError if the disk refuses: then the
    next start goes on."""
    try:
        return _finish(profile, step)
    except OSError as fault:
        raise ProfileError(
            f"The profile {profile.home} could not be put into its new form ({fault.strerror or fault}): see "
            "that it can be written to, then start again; nothing is lost."
        ) from fault


def _finish(profile: Profile, step: Step) -> bool:
    file = key_file.read(profile.key_file)
    if file.state in ("encrypting", "decrypting"):
        switching.drop(profile.home, step)
    else:
        switching.switch(profile.home, step)
    switching.clear(profile.home)
    if file.state in ("encrypting", "becoming plain"):
        step("forget in the keyring")
        if file.keyring:
            keyring_store.forget(file.id)
        step("remove key.json")
        profile.appearance.unlink(missing_ok=True)
        key_file.delete(profile.key_file)
        return False
    step("say that it is encrypted")
    key_file.write(profile.key_file, replace(file, state="encrypted"))
    return True


def unlock(profile: Profile, passphrase: str) -> Profile:
    """The profile, opened with its passphrase or its recovery key. ProfileLocked if it is neither."""
    return with_key(profile, key_file.read(profile.key_file).unlock(passphrase))


def unlock_unasked(profile: Profile) -> Profile | None:
    """The profile, opened with the key that the keyring has; None if it has none. Also removes what a
    kill left of an older key."""
    key_file.clear_before(profile.key_file)
    file = key_file.read(profile.key_file)
    if file.leaving and keyring_store.forget(file.id):
        file = replace(file, leaving=False)
        key_file.write(profile.key_file, file)
    key = keyring_store.get(file.id) if file.keyring else None
    return with_key(profile, key) if key is not None and file.fits(key) else None


def with_key(profile: Profile, key: bytes) -> Profile:
    return replace(profile, cipher=ProfileCipher(key))


# --- what opens it -----------------------------------------------------------------------------


def change_passphrase(profile: Profile, passphrase: str) -> None:
    """From now on this one opens it, and the one before doesn't. (The recovery key stays.)"""
    file, key = _opened(profile)
    key_file.write(profile.key_file, file.with_way("passphrase", passphrase, key))


def change_recovery_key(profile: Profile) -> str:
    """A new recovery key; the one before doesn't open the profile any more."""
    file, key = _opened(profile)
    file, recovery = key_file.with_recovery_key(file, key)
    key_file.write(profile.key_file, file)
    return recovery


def keep_in_keyring(profile: Profile) -> None:
    file, key = _opened(profile)
    keyring_store.put(file.id, key)  # first: a key there that no file names harms nothing
    key_file.write(profile.key_file, replace(file, keyring=True, leaving=False))


def forget_in_keyring(profile: Profile, step: Step = lambda _: None) -> None:
    """The file says so first: a kill in between leaves a key that the next start has forgotten."""
    file, _ = _opened(profile)
    if not any(one.way == "passphrase" for one in file.wrappings):
        raise ProfileError(
            "Nothing but the recovery key would open the profile: set a passphrase first."
        )
    step("say that the keyring loses it")
    file = replace(file, keyring=False, leaving=True)
    key_file.write(profile.key_file, file)
    step("forget in the keyring")
    if not keyring_store.forget(file.id):
        raise ProfileError(
            "The system's keyring can't be reached: the key leaves it at the next start."
        )
    step("say that it lost it")
    key_file.write(profile.key_file, replace(file, leaving=False))


def _opened(profile: Profile) -> tuple[KeyFile, bytes]:
    assert profile.cipher is not None
    return key_file.read(profile.key_file), profile.cipher.key
