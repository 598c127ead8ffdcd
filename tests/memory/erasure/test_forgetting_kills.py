"""``kill -9`` at eight random moments of forgetting; kill_forgetting.py does it fifty times."""

from __future__ import annotations

from pathlib import Path

from ..killing import Killing

KILLS = 8


def test_eight_kills(tmp_path: Path) -> None:
    killing = Killing(tmp_path, seed=5)
    while killing.kills < KILLS:
        killing.kill_once()
    assert killing.within
