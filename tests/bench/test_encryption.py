"""``bench encryption`` on twenty episodes."""

from __future__ import annotations

import pytest

from nowprint.bench.storage.encryption import encryption
from nowprint.encryption import key_file

from .conftest import MakeContext


def test_both_profiles_are_measured_and_compared(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "COST", 2**14)
    monkeypatch.setattr("nowprint.bench.storage.encryption.OPENINGS", 1)
    report = encryption(make_context(limit=20), None)
    plain, encrypted, ratios = report["encryption"].values()
    assert list(plain) == ["start ms", "recall p50 ms", "recall p99 ms", "insert ms", "MB"]
    for name, ratio in ratios.items():
        assert plain[name] > 0
        assert ratio == pytest.approx(encrypted[name] / plain[name])
