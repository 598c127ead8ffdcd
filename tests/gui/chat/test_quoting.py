"""Quoting an answer, and the call when a long one ends behind another window."""

from __future__ import annotations

from typing import Any

import pytest
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from nowprint.gui.window import window as window_module


def _ask(opened: Opened, qtbot: Any) -> None:
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put("hello")
        qtbot.keyClick(opened.window.composer.input, Qt.Key.Key_Return)


def test_a_selection_is_quoted_after_the_draft(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: setattr(client, "answer", "One.\n\nTwo *words*."))
    window = opened.window
    _ask(opened, qtbot)
    assert not window.transcript.quote_selection()
    window.composer.put("I read:")
    window.transcript.views[-1]._pieces[0].selectAll()
    action = next(a for a in window.menus if a.text() == "&Quote the selection")
    action.trigger()
    assert window.composer.input.toPlainText() == "I read:\n> One.\n> Two words.\n\n"


@pytest.mark.parametrize(("least", "calls"), [(0, 1), (1 << 40, 0)])
def test_only_the_end_of_a_long_answer_calls(
    open_window: Open, qtbot: Any, monkeypatch: pytest.MonkeyPatch, least: int, calls: int
) -> None:
    called: list[QWidget] = []
    monkeypatch.setattr(window_module, "LONG_ANSWER", least)
    monkeypatch.setattr(QApplication, "alert", called.append)
    opened = open_window()
    monkeypatch.setattr(opened.window, "isActiveWindow", lambda: False)
    _ask(opened, qtbot)
    assert called == [opened.window] * calls
    monkeypatch.setattr(opened.window, "isActiveWindow", lambda: True)
    _ask(opened, qtbot)
    assert len(called) == calls
