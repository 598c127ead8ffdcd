"""``kill -9`` at fifty random moments of forgetting: ``pytest -s tests/memory/kill_forgetting.py``.

Not part of the usual tests: it takes a minute. Every run tries other moments.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from .killing import Killing

KILLS = 50


@pytest.mark.timeout(0)
def test_fifty_kills(tmp_path: Path) -> None:
    seed = int(time.time())
    killing = Killing(tmp_path, seed)
    began = time.monotonic()
    while killing.kills < KILLS:
        killing.kill_once()
    seconds = time.monotonic() - began
    print(f"\nseed {seed}: {killing.within} of {KILLS} kills within a batch, {seconds:.0f} s")
    assert killing.within >= KILLS // 4
