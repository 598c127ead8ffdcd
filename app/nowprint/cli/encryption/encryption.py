"""``nowprint encryption …``: turns a profile's encryption on and off, and changes what opens it."""

from __future__ import annotations

import sys

from nowprint.cli.encryption.unlocking import (
    ask_new,
    first_line,
    given_passphrase,
    unlocked,
)
from nowprint.cli.options import Options
from nowprint.cli.terminal import bold, print_json
from nowprint.encryption import key_file, keyring_store, unlocking
from nowprint.errors import UserError
from nowprint.settings import Profile

LOST = (
    "Nowprint can't open the profile without the passphrase or this recovery key, and nobody else can: "
    "write it down or print it now, and keep it away from this computer. It is not shown again."
)
TRACES = "What was there before was overwritten. An SSD may keep traces of it until it uses the place again."


def encryption(options: Options) -> int:
    match options.action:
        case "status":
            _status(options)
        case "on":
            _turn_on(options)
        case "off":
            _turn_off(options)
        case "passphrase":
            profile = _opened(options)
            new = options.new_passphrase_file
            unlocking.change_passphrase(profile, first_line(new) if new else ask_new())
            _say(options, "The new passphrase opens the profile from now on.")
        case "recovery-key":
            _show(options, unlocking.change_recovery_key(_opened(options)))
        case "keyring":
            profile = _opened(options)
            if options.forget:
                unlocking.forget_in_keyring(profile)
                _say(options, "The system's keyring doesn't have the key any more.")
            else:
                unlocking.keep_in_keyring(profile)
                _say(options, f"The key is in the system's keyring ({keyring_store.available()}).")
    return 0


def _status(options: Options) -> None:
    encrypted = unlocking.settle(options.profile)
    ways = key_file.read(options.profile.key_file).ways() if encrypted else ()
    if options.json:
        print_json({"encrypted": encrypted, "opened_by": ways})
    elif encrypted:
        print(f"The profile is encrypted; {' or '.join(ways)} opens it.")
    else:
        print("The profile is not encrypted.")


def _turn_on(options: Options) -> None:
    from nowprint.service.encryption.conversion import encrypt

    profile = options.profile
    if unlocking.settle(profile):
        raise UserError(f"The profile {profile.home} is encrypted already.")
    passphrase = given_passphrase(options.profile_passphrase_file)
    if passphrase is None and not (options.keyring and not sys.stdin.isatty()):
        passphrase = ask_new()
    key, file, recovery = key_file.new_key(passphrase or "")
    _show(options, recovery)
    encrypt(profile, key, file, keyring=options.keyring)
    _say(options, f"The profile is encrypted. {TRACES}")


def _turn_off(options: Options) -> None:
    from nowprint.service.encryption.conversion import decrypt

    decrypt(_opened(options))
    _say(options, "The profile is not encrypted any more.")


def _opened(options: Options) -> Profile:
    profile = unlocked(options)
    if not profile.cipher:
        raise UserError(f"The profile {profile.home} is not encrypted.")
    return profile


def _show(options: Options, recovery: str) -> None:
    """Before anything is encrypted, so that a kill can't come in between."""
    if options.json:
        print_json({"recovery_key": recovery})
    else:
        print(f"Recovery key: {bold(recovery)}\n{LOST}", flush=True)


def _say(options: Options, sentence: str) -> None:
    if not options.json:
        print(sentence)
