from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QObject, QTimer

from nowprint.gui.process.stalls import StallMonitor


def test_a_loop_that_is_held_up_is_noted_in_its_phase(qtbot: Any) -> None:
    parent = QObject()
    monitor = StallMonitor(parent)
    monitor.begin("quiet")
    qtbot.wait(60)
    monitor.begin("busy")
    QTimer.singleShot(0, lambda: time.sleep(0.25))
    qtbot.wait(350)
    monitor.end()
    assert monitor.where == "busy"
    assert 200 < monitor.longest < 2000
    assert monitor.worst["quiet"] < monitor.worst["busy"]
