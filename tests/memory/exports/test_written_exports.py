"""Exports of every program, written by somebody who has not seen the readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from .expectations import DATA, Met, exports_in


@pytest.mark.parametrize("path", exports_in(DATA), ids=lambda path: path.name)
def test_it_is_read_as_its_writer_meant(path: Path) -> None:
    assert Met(path).wrong == []
