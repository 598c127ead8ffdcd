"""The system's keyring as a place for a profile's key: who is logged in opens the profile unasked.

Only a keyring that protects what it holds counts (GNOME's and KDE's wallets, macOS's Keychain, Windows's
Credential Locker), none that is a plain file. Calls may wait for the user to unlock the keyring.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from typing import TYPE_CHECKING

from nowprint.errors import ProfileError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "Nowprint"


def available() -> str:
    """The name of this system's keyring; "" if there is none that protects what it holds."""
    backend = _backend()
    return "" if backend is None else str(backend.name)


def put(id: str, key: bytes) -> None:
    """ProfileError if the keyring doesn't take it."""
    from keyring.errors import KeyringError

    backend = _backend()
    if backend is None:
        raise ProfileError("This system has no keyring that protects a key: choose a passphrase.")
    try:
        backend.set_password(SERVICE, id, base64.b64encode(key).decode())
    except KeyringError as fault:
        raise ProfileError(
            "The system's keyring did not take the key: unlock it, or choose a passphrase."
        ) from fault


def get(id: str) -> bytes | None:
    """None if the keyring isn't there, is locked, or doesn't have it."""
    from keyring.errors import KeyringError

    backend = _backend()
    with contextlib.suppress(KeyringError, binascii.Error):
        held = backend.get_password(SERVICE, id) if backend is not None else None
        return base64.b64decode(held) if held else None
    return None


def forget(id: str) -> bool:
    """Returns whether the keyring doesn't have the key any more."""
    from keyring.errors import KeyringError, PasswordDeleteError

    backend = _backend()
    if backend is None:
        return False
    try:
        backend.delete_password(SERVICE, id)
    except PasswordDeleteError:  # it had none
        return True
    except KeyringError:
        return False
    return True


def _backend() -> KeyringBackend | None:
    import keyring

    backend = keyring.get_keyring()
    try:
        return backend if backend.priority >= 1 else None
    except Exception:  # noqa: BLE001 - a backend says in this way, too, that it isn't there
        return None
