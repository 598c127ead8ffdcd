"""Ten thousand mutated memory files and exports: ``python3 packaging/dev.py fuzz``.

Each is reviewed and, if it can be, imported. None may raise anything but a UserError, change a byte of
the profile by being reviewed, leave a part of an import, or take five seconds of the processor. Not part
of the usual tests: it takes some minutes. It ends when NOWPRINT_FUZZ_SECONDS (1800) are over, however
many were tried, and then fails if they were fewer than NOWPRINT_FUZZ_FILES (10000).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from ..conftest import Profiled
from .fuzzed import Trial, seeds
from .mutating import mutants

FILES = int(os.environ.get("NOWPRINT_FUZZ_FILES", "10000"))
SECONDS = float(os.environ.get("NOWPRINT_FUZZ_SECONDS", "1800"))
ROUND = 500
STALL = 5.0


@pytest.mark.timeout(0)
def test_ten_thousand_mutated_files(
    home: Profiled, opened: Callable[..., Profiled], tmp_path: Path
) -> None:
    files = seeds(home, tmp_path)
    trial = Trial(opened("trial"), tmp_path)
    until = time.monotonic() + SECONDS
    chance = int(time.time())
    tried = 0
    while tried < FILES and time.monotonic() < until:

        @seed(chance + tried)
        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(mutants(files))
        def meet(file: bytes) -> None:
            trial.meet(file)

        meet()
        tried += ROUND
    print(
        f"\nseed {chance}: {trial.refused} refused, {trial.reviewed} reviewed, "
        f"{trial.imported} imported; the slowest took {trial.slowest:.2f} s"
    )
    assert trial.slowest < STALL
    assert tried >= FILES, f"only {tried} in {SECONDS:.0f} s"
