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
def engine(starter_model: Path, read_frames: Callable[[Engine], None]) -> Iterator[Engine]:
    engine = Engine(starter_model, context=1024)
    read_frames(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benches' cache, in which the tests of a file find what others of it have read."""
    return tmp_path_factory.mktemp("readings") / "cache.db"


@pytest.fixture
def make_context(
    engine: Engine, embedder: Embedder, profile: Profile, readings: Path
) -> MakeContext:
    profile.home.mkdir()

    def make(keep: float | None = None, limit: int = 0) -> BenchContext:
        return BenchContext(
            engine=engine,
            embedder=embedder,
            encoder=None,
            settings=Settings(),
            profile=profile,
            cache=readings,
            keep=keep,
            limit=limit,
            report=lambda task, fraction: None,
        )

    return make
