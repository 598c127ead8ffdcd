"""Each shortcut is one action's: of two that share one, Qt runs neither."""

from __future__ import annotations

from opened import Open
from PySide6.QtGui import QAction


def test_no_two_actions_share_a_shortcut(open_window: Open) -> None:
    window = open_window().window
    keys = [one.shortcut().toString() for one in window.findChildren(QAction)]
    used = [one for one in keys if one]
    assert "Ctrl+M" in used
    assert sorted(used) == sorted(set(used))
