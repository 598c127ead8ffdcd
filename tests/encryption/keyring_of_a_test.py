"""A keyring in memory, in the place of the system's."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class KeyringOfATest(KeyringBackend):
    priority = 5  # type: ignore[assignment]
    name = "of the test"  # type: ignore[assignment]

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    @classmethod
    def instead(cls, monkeypatch: pytest.MonkeyPatch) -> KeyringOfATest:
        made = cls()
        monkeypatch.setattr(keyring, "get_keyring", lambda: made)
        return made

    def get_password(self, service: str, username: str) -> str | None:
        self._see()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._see()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._see()
        if self.held.pop((service, username), None) is None:
            raise PasswordDeleteError("there is none")

    def _see(self) -> None:
        if self.locked:
            raise KeyringLocked("locked")
