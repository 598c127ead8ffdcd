"""A lab on the real starter model and embedder, with a profile of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nowprint.bench.context import BenchContext
from nowprint.engine.engine import Engine
from nowprint.memory.embedding.embedder import Embedder
from nowprint.settings import Profile, Settings

MakeContext = Callable[..., BenchContext]


@pytest.fixture(scope="module")
def engine(starter_model: Path) -> Iterator[Engine]:
    engine = Engine(starter_model, context=1024)
    yield engine
    engine.close()


@pytest.fixture
def make_context(engine: Engine, embedder_folder: Path, profile: Profile) -> MakeContext:
    profile.home.mkdir()

    def make(keep: float | None = None, limit: int = 0) -> BenchContext:
        return BenchContext(
            engine=engine,
            embedder=Embedder(embedder_folder),
            encoder=None,
            settings=Settings(),
            profile=profile,
            cache=profile.home / "cache.db",
            keep=keep,
            limit=limit,
            report=lambda task, fraction: None,
        )

    return make
