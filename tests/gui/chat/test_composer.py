from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QWidget

from nowprint.gui.chat.composer import HINT, SHORT, Composer
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


def test_the_hint_is_shorter_where_there_is_little_room(composer: Composer, qtbot: Any) -> None:
    assert composer._hint.shown() == HINT
    composer.resize(330, 300)
    qtbot.waitUntil(lambda: composer._hint.shown() == SHORT)
    composer.block("The model is loading, and that takes a while.")
    assert composer._hint.shown().startswith("The model")


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


def _compose(field: QWidget, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


def test_enter_before_the_commit_belongs_to_the_input_method(
    composer: Composer, qtbot: Any
) -> None:
    sent: list[str] = []
    composer.send.connect(sent.append)
    _compose(composer.input, "にほん")
    qtbot.keyClick(composer.input, Qt.Key.Key_Return)
    _compose(composer.input, "", "日本")
    assert (sent, composer.input.toPlainText()) == ([], "日本")


def test_enter_just_after_the_commit_belongs_to_it_and_the_next_sends(
    composer: Composer, qtbot: Any
) -> None:
    sent: list[str] = []
    composer.send.connect(sent.append)
    _compose(composer.input, "にほん")
    _compose(composer.input, "", "日本")
    qtbot.keyClick(composer.input, Qt.Key.Key_Return)
    assert (sent, composer.input.toPlainText()) == ([], "日本")
    qtbot.keyClick(composer.input, Qt.Key.Key_Return)
    assert sent == ["日本"]


def test_a_composition_that_ended_long_ago_keeps_nothing_from_being_sent(
    composer: Composer, qtbot: Any
) -> None:
    _compose(composer.input, "にほん")
    _compose(composer.input, "", "日本")
    qtbot.waitUntil(lambda: not composer.input._committed.isActive())
    with qtbot.waitSignal(composer.send):
        qtbot.keyClick(composer.input, Qt.Key.Key_Return)


def test_a_pasted_picture_is_not_attached_and_a_sentence_says_so(
    composer: Composer, qtbot: Any
) -> None:
    data = QMimeData()
    data.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    with qtbot.waitSignal(composer.input.said) as said:
        composer.input.insertFromMimeData(data)
    assert "not attached" in said.args[0]
    assert composer.input.toPlainText() == ""


def test_of_a_pasted_file_the_text_is_inserted_if_it_holds_text(
    composer: Composer, qtbot: Any, tmp_path: Path
) -> None:
    notes, picture = tmp_path / "notes.txt", tmp_path / "cat.png"
    notes.write_text("Pickwick näht.", encoding="utf-8")
    picture.write_bytes(b"\x89PNG\0\xff")
    for path, words, text in (
        (notes, "notes.txt was inserted", "Pickwick näht."),
        (picture, "cat.png: not attached", "Pickwick näht."),
    ):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        with qtbot.waitSignal(composer.input.said) as said:
            composer.input.insertFromMimeData(data)
        assert words in said.args[0]
        assert composer.input.toPlainText() == text
