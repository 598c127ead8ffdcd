"""The Qt binding itself: what a broken build of it would take down long after the fault."""

from __future__ import annotations

import sys
from typing import Any

from PySide6.QtWidgets import QLabel


def test_calls_that_return_nothing_take_no_reference_from_none(qtbot: Any) -> None:
    """PySide6 6.12.0 does on Python 3.11: every such call, until None is freed and Python aborts."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(500):
        label.setText("x")
    assert sys.getrefcount(None) > before - 100
