"""What the stories in a real window share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def garbage_stays_on_this_thread() -> Iterator[None]:
    """As in the app (gui/process/garbage.py): elsewhere a freed widget may crash the process."""
    gc.disable()
    yield
    gc.collect()
