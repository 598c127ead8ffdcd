"""What somebody else wrote is shown as text in tooltips as well: Qt would take markup there for markup."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from nowprint.gui.chat.chat_header import ChatHeader, Elided
from nowprint.gui.chat.reading.code_block import CodeBlock, Highlighter
from nowprint.gui.widgets.invisible_characters import tip
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.window.status_bar import StatusBar
from nowprint.records import ModelInfo

MARKUP = "<img src=file:///x> <b>bold</b> & more than there is room for"
ESCAPED = "&lt;img src=file:///x&gt; &lt;b&gt;bold&lt;/b&gt; &amp; more than there is room for"


def test_markup_shows_as_itself(qapp: QApplication, qtbot: Any) -> None:
    title = Elided(MARKUP)
    qtbot.addWidget(title)
    title.resize(40, 20)
    title.grab()
    assert title.toolTip() == f"<span>{ESCAPED}</span>"
    parent = QWidget()
    qtbot.addWidget(parent)
    header = ChatHeader(Theme(qapp, "light"), lambda: None, lambda: None, parent)
    header.show_title("A chat", MARKUP)
    assert ESCAPED in header.project.toolTip()


def test_what_is_no_markup_stays_as_it_is() -> None:
    assert tip("Rent & heating\n950 euros") == "Rent & heating\n950 euros"


def test_names_of_models_and_languages_show_as_themselves(qapp: QApplication, qtbot: Any) -> None:
    theme = Theme(qapp, "light")
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = StatusBar(theme, parent)
    code = CodeBlock(theme, Highlighter(parent), parent)
    bar.show_model(ModelInfo("x", MARKUP, "/a<b>/x.gguf", 1, 1, 1, 1, 1))
    assert bar.model.textFormat() == code._label.textFormat() == Qt.TextFormat.PlainText
    assert bar.model.toolTip().startswith("<span>/a&lt;b&gt;/x.gguf")
