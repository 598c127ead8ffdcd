"""Encrypts a whole profile, or decrypts it. No core may run on it meanwhile.

Each new file is written beside the old one; when all are whole, ``key.json`` says so in one step, and they
take the old ones' places (encryption/switching.py). A kill before that step leaves the profile as it was, one
after it as it was to be.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import filelock

from nowprint.encryption import key_file, keyring_store, switching, unlocking
from nowprint.encryption.cipher import MAGIC
from nowprint.encryption.contents import Form, contents
from nowprint.encryption.key_file import KeyFile
from nowprint.encryption.switching import Step
from nowprint.errors import MemoryFileError, ProfileError, ProfileInUse, UserError
from nowprint.memory.backups.restoring import is_interrupted
from nowprint.memory.encryption import pages
from nowprint.memory.encryption.copying import copy
from nowprint.memory.storage.database import Database
from nowprint.saving import Cipher
from nowprint.service.encryption.backup_conversion import convert
from nowprint.settings import Profile, load_settings, prepare_profile, save_settings

LOCK_SECONDS = 5.0
_ROOM = 10_000_000
"""Bytes that are left free beside the new files."""


def _nothing(_: str) -> None:
    pass


def encrypt(
    profile: Profile, key: bytes, file: KeyFile, *, keyring: bool, step: Step = _nothing
) -> Profile:
    """``key`` and its ``file`` are new (``key_file.new_key``); ``keyring``: the system's keyring gets the
    key, too. Returns the profile, opened. ProfileError if that isn't possible; then nothing has changed."""
    prepare_profile(profile)
    opened = unlocking.with_key(profile, key)
    assert opened.cipher
    with _alone(profile):
        if profile.key_file.exists():
            raise ProfileError(f"The profile {profile.home} is encrypted already.")
        settings = load_settings(profile)
        _see_room(profile)
        if keyring:
            keyring_store.put(file.id, key)
            file = replace(file, keyring=True)
        begins, holds = replace(file, state="encrypting"), replace(file, state="becoming encrypted")
        _change(profile, begins, holds, partial(_seal, cipher=opened.cipher), step)
        if profile.settings_file.exists():
            save_settings(opened, settings)  # and with them, how the page for the passphrase looks
    return opened


def decrypt(profile: Profile, step: Step = _nothing) -> Profile:
    """``profile`` is opened. Returns it without a key. ProfileError if that isn't possible; then nothing has
    changed."""
    assert profile.cipher
    with _alone(profile):
        file = key_file.read(profile.key_file)
        _see_room(profile)
        begins, holds = replace(file, state="decrypting"), replace(file, state="becoming plain")
        _change(profile, begins, holds, partial(_unseal, cipher=profile.cipher), step)
    return replace(profile, cipher=None)


def _change(
    profile: Profile,
    begins: KeyFile,
    holds: KeyFile,
    write: Callable[[Path, Form], None],
    step: Step,
) -> None:
    """``write`` each file anew between ``begins`` and ``holds``; then the new ones take their places."""
    step("begin")
    key_file.write(profile.key_file, begins)
    with _or_back(profile):
        for path, form in contents(profile.home):
            step(f"write {path.name}")
            write(path, form)
        step("say that the new files hold")
        key_file.write(profile.key_file, holds)
    unlocking.finish(profile, step)


# --- one file ----------------------------------------------------------------------------------


def _seal(path: Path, form: Form, cipher: Cipher) -> None:
    if form == "database":
        _copy_database(path, None, cipher)
        return
    if form == "backup":
        with contextlib.suppress(MemoryFileError):
            convert(path, None, cipher)
            return  # one that is damaged is sealed as it is
    with open(path, "rb") as plain, _new(path) as sealed:
        if form == "lines":
            for line in plain:
                text = line.decode("utf-8", "replace").rstrip("\n")
                sealed.write(f"{cipher.seal_line(text)}\n".encode())
        else:
            cipher.write(path.name, plain, sealed)


def _unseal(path: Path, form: Form, cipher: Cipher) -> None:
    """A file that was changed stays as it is: what reads it says so, or makes it anew."""
    if form == "database":
        _copy_database(path, cipher, None)
        return
    if form == "backup":
        with contextlib.suppress(MemoryFileError):
            convert(path, cipher, None)
            return
    with open(path, "rb") as sealed:
        if form == "lines":
            with _new(path) as plain:
                for line in sealed:
                    with contextlib.suppress(ValueError):
                        text = cipher.unseal_line(line.decode("utf-8", "replace").rstrip("\n"))
                        plain.write(f"{text}\n".encode())
            return
        try:
            reading = _reader(path, form, sealed, cipher)
            if reading is None:
                return
            with _new(path) as plain:
                shutil.copyfileobj(reading, plain, 1 << 20)
        except ValueError:
            switching.remove(switching.new_name(path))


def _reader(path: Path, form: Form, sealed: BinaryIO, cipher: Cipher) -> BinaryIO | None:
    if sealed.read(len(MAGIC)) == MAGIC or form in ("whole", "backup"):
        return cipher.reader(path.name, sealed)
    if path.name.endswith("-shm"):
        return None  # never encrypted: it holds numbers of pages alone
    return pages.opened(sealed, cipher.database, log=path.name.endswith("-wal"))


def _copy_database(path: Path, cipher: Cipher | None, wanted: Cipher | None) -> None:
    Database(path, cipher).close()  # of this version, and nothing of it in a write-ahead log
    new = switching.new_name(path)
    switching.remove(new)
    copy(path, cipher, new, wanted)


@contextlib.contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """The new form of a file; it is on the disk at the end."""
    with open(switching.new_name(path), "wb", opener=_private) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


# --- the whole ---------------------------------------------------------------------------------


@contextlib.contextmanager
def _alone(profile: Profile) -> Iterator[None]:
    try:
        with filelock.FileLock(profile.lock, timeout=LOCK_SECONDS, thread_local=False):
            if is_interrupted(profile.home):
                raise ProfileError(
                    f"A backup is being restored to the profile {profile.home}: open it once, then try again."
                )
            yield
    except filelock.Timeout as taken:
        raise ProfileInUse(
            f"The profile {profile.home} is open in another Nowprint: close that, then try again."
        ) from taken


@contextlib.contextmanager
def _or_back(profile: Profile) -> Iterator[None]:
    """If the disk refuses, take the change back."""
    try:
        yield
    except (OSError, UserError) as fault:
        unlocking.finish(profile)
        if isinstance(fault, UserError):
            raise
        raise ProfileError(
            f"The profile {profile.home} could not be written anew ({fault.strerror or fault}): see that its "
            "disk has room; nothing was changed."
        ) from fault


def _see_room(profile: Profile) -> None:
    needed = _ROOM + sum(path.stat().st_size for path, _ in contents(profile.home))
    free = shutil.disk_usage(profile.home).free
    if free < needed:
        raise ProfileError(
            f"The new files need {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free: make room."
        )
