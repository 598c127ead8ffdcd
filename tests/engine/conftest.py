"""The starter model, loaded once for the engine's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nowprint.engine.engine import Engine


@pytest.fixture(scope="session")
def loaded(starter_model: Path) -> Iterator[Engine]:
    engine = Engine(starter_model, context=1024)
    yield engine
    engine.close()


@pytest.fixture
def engine(loaded: Engine) -> Engine:
    """The loaded engine, with nothing read."""
    loaded.context.clear()
    return loaded
