"""``bench scale`` on a store of a hundred episodes."""

from __future__ import annotations

import pytest

from nowprint.bench.storage.scale import scale

from .conftest import MakeContext


def test_every_episode_is_kept_and_found_again(make_context: MakeContext) -> None:
    report = scale(make_context(limit=100), None)
    assert report["episodes"] == 100
    assert 0 < report["recall p50 ms"] <= report["recall p99 ms"]
    parts = report["bytes per episode"]
    assert parts["meaning index"]["bytes"] > 0
    own = sum(part["bytes"] for name, part in parts.items() if name != "chats")
    assert own == pytest.approx(report["bytes_per_episode"])
