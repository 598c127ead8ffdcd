"""What a bench works with: the loaded model, embedder, encoder, and a profile of its own.

The profile is empty when the bench starts and deleted when it ends; a bench neither reads nor writes
the user's memory. Only what the model computes for the bench's texts stays, in ``cache``: it is the
same in every run, so that a second run takes seconds.
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
    """``keep`` is the sensitivity, None for the settings'. ``limit`` is the most questions, pairs or
    messages to use, 0 for all.

    ``report`` is called with the present task and the fraction done (0..1, None if that isn't known).
    ``cache`` is the file for ``Cache``.
    """

    engine: Engine
    embedder: Embedder
    encoder: Embedder | None
    settings: Settings
    profile: Profile
    cache: Path
    keep: float | None
    limit: int
    report: Callable[[str, float | None], None]
