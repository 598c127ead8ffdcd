"""How the core gets an encrypted profile's key: through its pipe alone, before the first frame."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from nowprint.settings import Profile

KEY_FIRST = "key-first"
"""The core's argument that says that the pipe begins with the key."""


def arguments(profile: Profile) -> tuple[str, ...]:
    """The core's arguments for this profile."""
    home = str(profile.home)
    return (home, KEY_FIRST) if profile.cipher else (home,)


def send(profile: Profile, pipe: BinaryIO) -> None:
    """OSError if the core is gone."""
    if profile.cipher:
        pipe.write(profile.cipher.key)
        pipe.flush()


def receive(arguments: list[str], pipe: BinaryIO) -> Profile:
    """The profile, as the core's arguments and the pipe say."""
    profile = Profile(Path(arguments[0]))
    if KEY_FIRST not in arguments:
        return profile
    from nowprint.encryption.cipher import KEY_BYTES
    from nowprint.encryption.unlocking import with_key

    return with_key(profile, pipe.read(KEY_BYTES))
