"""Two thousand mutated exports of each form: a part of ``python3 packaging/dev.py fuzz``.

Each is reviewed and, if it can be, imported with its chats. None may raise anything but a UserError, change
a byte of the profile by being reviewed, leave a part of an import, take five seconds of the processor, or
need much memory. Not part of the usual tests: it takes some minutes. NOWPRINT_FUZZ_EXPORTS (2000) says how
many of each form.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Profiled
from .mutating import mutant, seeds
from .trying import Trial

FILES = int(os.environ.get("NOWPRINT_FUZZ_EXPORTS", "2000"))
STALL = 5.0
MOST_MEMORY = 300 * 2**20
"""How much the process may grow by: a part of an export is held as objects while it is read."""


@pytest.mark.timeout(0)
@pytest.mark.parametrize("form", sorted(seeds()))
def test_thousands_of_mutated_exports(
    form: str, opened: Callable[[str], Profiled], tmp_path: Path
) -> None:
    files = seeds()[form]
    trial = Trial(opened("trial"), tmp_path)
    before = _memory()
    seed = int(time.time())
    chance = random.Random(seed)
    for _ in range(FILES):
        name, data = chance.choice(files)
        trial.meet(name, mutant(chance, data))
    grown = _memory() - before
    print(
        f"\n{form}, seed {seed}: {trial.refused} refused, {trial.reviewed} reviewed, "
        f"{trial.imported} imported; the slowest took {trial.slowest:.2f} s, memory grew by "
        f"{grown / 2**20:.0f} MB"
    )
    assert trial.slowest < STALL
    assert grown < MOST_MEMORY


def _memory() -> int:
    """The most bytes that the process has had; 0 where the system doesn't tell."""
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
