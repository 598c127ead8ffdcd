"""Two hundred mutated files; ``packaging/dev.py fuzz`` tries ten thousand others (fuzz_files.py)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from ..conftest import Profiled
from .fuzzed import Trial, seeds
from .mutating import mutants

EXAMPLES = 200


def test_no_file_breaks_anything(
    home: Profiled, opened: Callable[..., Profiled], tmp_path: Path
) -> None:
    files = seeds(home, tmp_path)
    trial = Trial(opened("trial"), tmp_path)
    trial.meet(files[0])
    assert (trial.reviewed, trial.imported) == (1, 1)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutants(files))
    def meet(file: bytes) -> None:
        trial.meet(file)

    meet()
    assert trial.refused + trial.reviewed == EXAMPLES + 1
    assert min(trial.refused, trial.imported) > EXAMPLES // 20
