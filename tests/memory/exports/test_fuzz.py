"""Eight mutated exports of each form; ``packaging/dev.py fuzz`` tries two thousand others
(fuzz_exports.py)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from ..conftest import Profiled
from .mutating import mutant, seeds
from .trying import Trial

EACH = 8


def test_no_export_breaks_anything(opened: Callable[[str], Profiled], tmp_path: Path) -> None:
    trial = Trial(opened("trial"), tmp_path)
    forms = seeds()
    for form, files in forms.items():
        chance = random.Random(form)
        for _ in range(EACH):
            name, data = chance.choice(files)
            trial.meet(name, mutant(chance, data))
    assert trial.refused + trial.reviewed == EACH * len(forms)
    assert min(trial.refused, trial.imported) > len(forms)
