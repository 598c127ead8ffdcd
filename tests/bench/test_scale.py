"""``bench scale`` on a store of a hundred episodes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nowprint.bench.storage import scale as bench
from nowprint.bench.storage.scale import scale

from .conftest import MakeContext


@pytest.mark.parametrize("one_by_one", [100, 30])
def test_every_episode_is_there_and_found_again(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch, one_by_one: int
) -> None:
    monkeypatch.setattr(bench, "ONE_BY_ONE", one_by_one)
    monkeypatch.setattr(bench, "AT_THE_END", 10)
    monkeypatch.setattr(bench, "BATCH", 25)
    context = make_context(limit=100)
    room = 100 if one_by_one == 100 else 60
    report = scale(replace(context, settings=replace(context.settings, most_episodes=room)), None)
    assert (report["episodes"], report["archived"]) == (100, 100 - room)
    assert 0 < report["recall p50 ms"] <= report["recall p99 ms"]
    assert ("written a second" in report) == (one_by_one < 100)
    parts = report["bytes per episode"]
    assert parts["meaning index"]["bytes"] > 0
    own = sum(part["bytes"] for name, part in parts.items() if name != "chats")
    assert own == pytest.approx(report["bytes_per_episode"])
