"""The command line of ``nowprint encryption …``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Add = Callable[[Any, str, str], argparse.ArgumentParser]


def add_encryption(commands: Any, add: Add) -> None:
    encryption = add(commands, "encryption", "encrypt the profile, and choose what opens it")
    actions = encryption.add_subparsers(dest="action", required=True, metavar="ACTION")
    add(actions, "status", "whether the profile is encrypted, and what opens it")
    on = add(actions, "on", "encrypt the whole profile; prints a recovery key")
    on.add_argument("--keyring", action="store_true",
                    help="the system's keyring has the key, too: nothing is asked")  # fmt: skip
    add(actions, "off", "decrypt it")
    new = add(actions, "passphrase", "set another passphrase; the recovery key stays")
    new.add_argument("--new-passphrase-file", metavar="FILE",
                     help="the new passphrase is its first line")  # fmt: skip
    add(actions, "recovery-key", "print a new recovery key; the one before opens it no more")
    keyring = add(actions, "keyring", "let the system's keyring open it, too")
    keyring.add_argument("--forget", action="store_true", help="take the key out of it again")
