"""The switch for thinking: there for models that can be told."""

from __future__ import annotations

import dataclasses
from typing import Any

import fake_client
import pytest
from opened import Open, Opened
from PySide6.QtGui import QAction

from nowprint.service import protocol as p


def switch(opened: Opened, qtbot: Any) -> QAction:
    with qtbot.waitSignal(opened.window.modelReady, raising=False, timeout=1):
        pass
    texts = {action.text(): action for action in opened.window.menus}
    return texts["&Think before answering"]


def test_a_model_that_can_not_be_told(open_window: Open, qtbot: Any) -> None:
    action = switch(open_window(), qtbot)
    assert not action.isEnabled()
    assert not action.isChecked()


def test_switched_off_and_on(
    open_window: Open, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinking = dataclasses.replace(fake_client.MODEL, thinks=True, switches=True)
    monkeypatch.setattr(fake_client, "MODEL", thinking)
    opened = open_window()
    action = switch(opened, qtbot)
    qtbot.waitUntil(action.isEnabled)
    assert action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: bool(opened.asked(p.ChangeSettings)))
    assert not opened.asked(p.ChangeSettings)[-1].settings.think
    assert not action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: opened.client.settings.think)
    assert action.isChecked()
