"""Cheap passphrases, and a keyring of the test's own."""

from __future__ import annotations

import pytest

from nowprint.encryption import key_file

from .keyring_of_a_test import KeyringOfATest


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "COST", 2**14)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> KeyringOfATest:
    return KeyringOfATest.instead(monkeypatch)
