"""Exports of every program, written by somebody who has not seen the readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from .expectations import DATA, Met, exports_in

RING = "sample_texts: 'Then replace chain and cassette together.' is missing"
"""Of a tree that goes round nobody knows where it begins: it is left out, and counted."""


@pytest.mark.parametrize("path", exports_in(DATA), ids=lambda path: path.name)
def test_it_is_read_as_its_writer_meant(path: Path) -> None:
    met = Met(path)
    if RING in met.wrong:
        assert "Left out: 1 chat that goes round in a circle." in met.notes
        met.wrong.remove(RING)
    assert met.wrong == []
