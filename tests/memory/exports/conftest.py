"""Profiles with an embedder that takes no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nowprint.settings import Profile

from ..conftest import Profiled
from ..marked import WordEmbedder


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], Profiled]]:
    """Profiles, by their names."""
    homes: list[Profiled] = []

    def open_one(name: str) -> Profiled:
        homes.append(Profiled(Profile(tmp_path / name), WordEmbedder()))
        return homes[-1]

    yield open_one
    for home in homes:
        home.memory.close()
