"""The starter model, loaded once for the engine's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nowprint.engine.engine import Engine
from nowprint.engine.threads import usable_threads


@pytest.fixture(scope="session")
def loaded(starter_model: Path) -> Iterator[Engine]:
    # a fixed number of threads: a trial of another one would have its say in how batches are cut
    engine = Engine(starter_model, context=1024, threads=usable_threads(0))
    yield engine
    engine.close()


@pytest.fixture
def engine(loaded: Engine) -> Engine:
    """The loaded engine, with nothing read."""
    loaded.context.clear()
    return loaded
