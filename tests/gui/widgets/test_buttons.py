"""Buttons and fields whose text has too little room."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QApplication, QStyleOptionComboBox, QStylePainter, QWidget

from nowprint.gui.widgets.buttons import Choice, Line
from nowprint.gui.widgets.theme import Theme

LONG = "only when there are far too many of them & never before"


def test_a_line_ends_in_an_ellipsis_and_keeps_its_ampersand(qapp: QApplication, qtbot: Any) -> None:
    line = Line(LONG, "link", lambda: None, name="a.line", about="Go there")
    qtbot.addWidget(line)
    line.resize(160, 30)
    line.show()
    assert line.text().endswith("…")
    assert line.accessibleName() == LONG
    line.resize(900, 30)
    assert line.text() == LONG.replace("&", "&&")


def test_a_choice_ends_in_an_ellipsis(
    qapp: QApplication, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []

    def note(self: QStylePainter, element: Any, option: QStyleOptionComboBox) -> None:
        painted.append(option.currentText)

    monkeypatch.setattr(QStylePainter, "drawControl", note)
    made = Choice(Theme(qapp, "light"))
    qtbot.addWidget(made)
    made.addItem(LONG)
    for width in (160, 900):
        made.resize(width, 30)
        picture = QImage(width, 30, QImage.Format.Format_ARGB32)
        made.render(picture, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    assert painted[0].endswith("…")
    assert painted[0] != LONG
    assert painted[-1] == LONG
