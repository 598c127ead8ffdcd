from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from nowprint.gui.chat.composer import Composer
from nowprint.gui.widgets.theme import Theme


@pytest.fixture
def composer(qapp: QApplication, qtbot: Any) -> Iterator[Composer]:
    theme = Theme(qapp, "light")
    holder = QWidget()
    holder.resize(700, 400)
    made = Composer(theme, holder)
    made.resize(700, 300)
    qtbot.addWidget(holder)
    holder.show()
    yield made
    theme.deleteLater()


def test_enter_sends_and_shift_enter_begins_a_line(composer: Composer, qtbot: Any) -> None:
    qtbot.keyClicks(composer.input, "one")
    qtbot.keyClick(composer.input, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.input, "two")
    assert composer.input.toPlainText() == "one\ntwo"
    with qtbot.waitSignal(composer.send) as sent:
        qtbot.keyClick(composer.input, Qt.Key.Key_Return)
    assert sent.args == ["one\ntwo"]
    assert composer.input.toPlainText() == ""


def test_a_blocked_composer_keeps_the_text_and_says_why(composer: Composer, qtbot: Any) -> None:
    composer.block("The model is loading.")
    qtbot.keyClicks(composer.input, "early")
    with qtbot.assertNotEmitted(composer.send):
        qtbot.keyClick(composer.input, Qt.Key.Key_Return)
    assert composer.input.toPlainText() == "early"
    assert not composer.send_button.isEnabled()
    assert composer.input.accessibleDescription() == "The model is loading."
    composer.block("")
    assert composer.send_button.isEnabled()


def test_nothing_but_white_space_is_not_sent(composer: Composer, qtbot: Any) -> None:
    qtbot.keyClicks(composer.input, "   ")
    with qtbot.assertNotEmitted(composer.send):
        qtbot.keyClick(composer.input, Qt.Key.Key_Return)
    assert not composer.send_button.isEnabled()


def test_the_field_grows_with_its_text_up_to_a_height(composer: Composer) -> None:
    heights = []
    for lines in (1, 3, 8, 40):
        composer.input.setPlainText("\n".join("x" * lines))
        heights.append(composer.input.height())
    assert heights[0] < heights[1] < heights[2] == heights[3]
