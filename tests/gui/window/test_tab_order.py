"""Tab goes through the window as it is read."""

from __future__ import annotations

from typing import Any

from fake_client import FakeClient
from opened import Open
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


def with_memories(client: FakeClient) -> None:
    for text in ("Pickwick is a cat.", "Ingrid lives in Tromsø."):
        client.keep(text)


def test_panel_by_panel_and_down_and_back_again(open_window: Open, qtbot: Any) -> None:
    window = open_window(with_memories).window
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("hello")
        window.composer.send_button.click()
    names = [one.objectName() for one in window.tab_order()]
    places = [
        names.index(name)
        for name in (
            *("conversations.sort", "conversations.new", "conversations.filter"),
            *("conversations.list", "header.model", "message.retry", "composer.input"),
            *("chat.memory", "inspector.search", "inspector.sort", "inspector.views"),
            *("inspector.list", "status.memory"),
        )
    ]
    assert places == sorted(places)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.conversations.list.setFocus()
    order = window.tab_order()
    for step, key in ((1, Qt.Key.Key_Tab), (-1, Qt.Key.Key_Backtab)):
        at = order.index(window.focusWidget())
        QTest.keyClick(window.focusWidget(), key)
        assert window.focusWidget() is order[at + step]


def test_down_goes_from_the_search_to_what_was_found(open_window: Open, qtbot: Any) -> None:
    window = open_window(with_memories).window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.waitUntil(lambda: window.inspector.model.rowCount() == 2)
    window.inspector.search.setFocus()
    QTest.keyClick(window.inspector.search, Qt.Key.Key_Down)
    assert window.inspector.list.hasFocus()
    assert window.inspector.list.currentIndex().row() == 0
