"""Each shortcut is one action's: of two that share one, Qt runs neither."""

from __future__ import annotations

from opened import Open
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel

from nowprint.gui.dialogs.help import ShortcutsDialog


def test_no_two_actions_share_a_shortcut(open_window: Open) -> None:
    window = open_window().window
    keys = [one.shortcut().toString() for one in window.findChildren(QAction)]
    used = [one for one in keys if one]
    assert "Ctrl+M" in used
    assert sorted(used) == sorted(set(used))


def test_the_list_of_them_scrolls_and_has_only_what_has_keys(open_window: Open) -> None:
    window = open_window().window
    next(one for one in window.findChildren(QAction) if one.shortcut().toString() == "F1").trigger()
    dialog = window.findChild(ShortcutsDialog)
    assert dialog.height() <= dialog.screen().availableGeometry().height()
    assert dialog.area.verticalScrollBar().maximum() > 0
    shown = [one.text() for one in dialog.findChildren(QLabel)]
    assert {"File", "Chat", "New chat", "Ctrl+N", "Elsewhere"} <= set(shown)
    assert "Import a folder…" not in shown
