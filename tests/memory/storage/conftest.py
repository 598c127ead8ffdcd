"""Databases that go through all migrations."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def new_databases() -> None:
    """Made as the app makes them."""
