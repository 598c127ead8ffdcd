"""What somebody else wrote is shown as text in tooltips as well: Qt would take markup there for markup."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from nowprint.gui.chat_header import ChatHeader, Elided
from nowprint.gui.reveal import tip
from nowprint.gui.theme import Theme

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
