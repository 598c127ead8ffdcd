"""Where the terminal gets an encrypted profile's passphrase: a file, the environment, the system's keyring,
or the user, who types it unseen."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from nowprint.cli.options import Options
from nowprint.cli.terminal import complain
from nowprint.errors import ProfileLocked, UserError
from nowprint.settings import Profile

VARIABLE = "NOWPRINT_PASSPHRASE"
TRIES = 3


def unlocked(options: Options) -> Profile:
    """The profile, opened if it is encrypted. ProfileLocked without the right passphrase."""
    profile = options.profile
    if not profile.key_file.exists():
        return profile
    from nowprint.encryption import unlocking

    if not unlocking.settle(profile):
        return profile
    given = given_passphrase(options.profile_passphrase_file)
    if given is not None:
        return unlocking.unlock(profile, given)
    if opened := unlocking.unlock_unasked(profile):
        return opened
    return _asked(lambda typed: unlocking.unlock(profile, typed))


def given_passphrase(file: str) -> str | None:
    """From the first line of the file, or from the environment, which passes it on to no other process."""
    told = os.environ.pop(VARIABLE, None)
    return first_line(file) if file else told


def first_line(file: str) -> str:
    try:
        text = Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(
            f"The passphrase file {file} can't be read: see that it is there, and holds the passphrase "
            "as its first line."
        ) from fault
    return text.split("\n", 1)[0].rstrip("\r")


def ask(prompt: str) -> str:
    """What the user types, which isn't shown. ProfileLocked if nobody sits there."""
    if not sys.stdin.isatty():
        raise ProfileLocked(
            f"A passphrase is needed: give it with --profile-passphrase-file or in {VARIABLE}."
        )
    return getpass.getpass(f"{prompt}: ", sys.stderr)


def ask_new() -> str:
    """A new passphrase, typed twice. UserError if the two differ."""
    typed = ask("New passphrase")
    if typed != ask("The same again"):
        raise UserError("The two passphrases differ: nothing was changed.")
    return typed


def _asked(unlock: Callable[[str], Profile]) -> Profile:
    for left in reversed(range(TRIES)):
        try:
            return unlock(ask("Passphrase or recovery key"))
        except ProfileLocked as wrong:
            if not left or not sys.stdin.isatty():
                raise
            complain(str(wrong))
    raise AssertionError
