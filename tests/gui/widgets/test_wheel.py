"""The mouse wheel over a field without focus scrolls the page, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from inspecting import show, with_trace
from opened import Open
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QSlider,
    QWidget,
)

TOWARDS = QPoint(0, -120)
FIELDS = (QAbstractSpinBox, QComboBox, QSlider)


def turn(field: QWidget) -> bool:
    """Turn the wheel towards the user over a field; whether the field took the event for itself."""
    middle = field.rect().center()
    down = QWheelEvent(
        QPointF(middle),
        QPointF(field.mapToGlobal(middle)),
        QPoint(),
        TOWARDS,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(field, down)
    return down.isAccepted()


def value(field: Any) -> object:
    if isinstance(field, QComboBox):
        return field.currentIndex()
    return field.value() if isinstance(field, QSlider) else field.text()


@pytest.mark.parametrize("opener", ["memory_settings", "model_settings"])
def test_it_is_left_to_the_page(open_window: Open, qtbot: Any, opener: str) -> None:
    opened = open_window()
    before = set(opened.window.findChildren(QWidget))
    getattr(opened.window.dialogs, opener)()
    fields: list[QWidget] = []

    def shown() -> bool:
        fields[:] = [
            w
            for w in opened.window.findChildren(QWidget)
            if isinstance(w, FIELDS) and w not in before and w.isVisible() and w.isEnabled()
        ]
        return bool(fields)

    qtbot.waitUntil(shown)
    for field in fields:
        field.clearFocus()
        said = value(field)
        assert not turn(field), field.objectName()
        assert value(field) == said, field.objectName()
        assert field.focusPolicy() == Qt.FocusPolicy.StrongFocus  # the wheel doesn't give focus


def test_the_panel_scrolls_under_it(open_window: Open, qtbot: Any) -> None:
    kept: list[Any] = []
    opened = open_window(lambda client: kept.append(with_trace(client)))
    opened.window.resize(1000, 700)
    show(opened, qtbot, kept[0].id)
    episode = opened.window.inspector.episode
    box, bar = episode.why.statistic, episode.verticalScrollBar()
    episode.ensureWidgetVisible(box)
    before = bar.value()
    assert before < bar.maximum()
    at = box.mapTo(opened.window, box.rect().center())
    QTest.wheelEvent(opened.window.windowHandle(), at, TOWARDS)
    qtbot.waitUntil(lambda: bar.value() > before)
    assert box.currentIndex() == 0


def test_with_focus_it_changes_the_field(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    sort = opened.window.inspector.sort
    opened.window.activateWindow()
    sort.setFocus()
    qtbot.waitUntil(sort.hasFocus)
    assert turn(sort)
    assert sort.currentIndex() == 1
