"""Ctrl+plus and minus change the size of all text, and the profile keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from inspecting import part, show, with_talks
from opened import Open
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QStyleOptionViewItem

from nowprint.gui.chat.message_view import MessageView
from nowprint.service.protocol import ChangeSettings


@pytest.fixture(autouse=True)
def usual_font(qapp: QApplication) -> Iterator[None]:
    font = qapp.font()
    yield
    qapp.setFont(font)


def _press(window: Any, keys: str) -> None:
    for action in window.findChildren(QAction):
        if QKeySequence(keys) in action.shortcuts():
            action.trigger()
            return
    pytest.fail(f"nothing has {keys}")


def test_text_grows_shrinks_and_goes_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window = opened.window
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("My cat is Pickwick.")
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)

    def sizes() -> list[float]:
        mine, answer = window.transcript.views
        assert isinstance(answer, MessageView)
        texts = [*mine._pieces, answer._pieces[0], answer._pieces[1].view]
        widgets = [window.composer.input, window.conversations, window.inspector, *texts]
        return [widget.font().pointSizeF() for widget in widgets]

    usual = sizes()
    _press(window, "Ctrl++")
    _press(window, "Ctrl+=")
    assert all(now > before * 1.15 for now, before in zip(sizes(), usual, strict=True))
    assert opened.asked(ChangeSettings)[-1].settings.text_size == pytest.approx(1.2)
    for _ in range(30):
        _press(window, "Ctrl+-")
    assert window.session.settings.text_size == pytest.approx(0.7)
    assert all(now < before for now, before in zip(sizes(), usual, strict=True))
    _press(window, "Ctrl+0")
    assert sizes() == pytest.approx(usual)


def test_the_panels_have_room_for_larger_text(open_window: Open, qtbot: Any) -> None:
    kept: list[Any] = []
    opened = open_window(lambda client: kept.extend(with_talks(client)))
    window = opened.window
    show(opened, qtbot, kept[0].id)
    inspector, heading = window.inspector, window.conversations.findChild(QLabel, "panelTitle")
    assert heading is not None
    text = part(opened, QLabel, "episode.text")
    field = window.composer.input.viewport()  # it paints the placeholder
    small = (text.font().pointSizeF(), field.font().pointSizeF(), inspector.list.rowHeight(0))
    for _ in range(3):
        _press(window, "Ctrl++")
    large = (text.font().pointSizeF(), field.font().pointSizeF(), inspector.list.rowHeight(0))
    assert all(now > before * 1.15 for now, before in zip(large, small, strict=True))
    least = inspector.list.itemDelegate().sizeHint(QStyleOptionViewItem(), QModelIndex()).height()
    assert inspector.list.rowHeight(0) == least
    qtbot.waitUntil(lambda: heading.width() >= heading.sizeHint().width())
