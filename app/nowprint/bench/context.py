"""What a bench works with: the loaded model, the embedder, and a profile of its own.

The profile is empty when the bench starts and gone when it has ended; nothing of the user's is read
or written. Only what the model computes for a text stays, in ``cache``, since it is the same in
every run: a second run takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nowprint.engine.engine import Engine
from nowprint.memory.embedding.embedder import Embedder
from nowprint.settings import Profile, Settings


@dataclass(frozen=True, slots=True)
class BenchContext:
    """``keep`` is None for the settings' own sensitivity; ``limit`` 0 for all there is.

    ``report`` is told what is being done and how far it is (0..1, None if that isn't known).
    """

    engine: Engine
    embedder: Embedder
    settings: Settings
    profile: Profile
    cache: Path
    keep: float | None
    limit: int
    report: Callable[[str, float | None], None]
