"""What the bridge makes of faults, and of wishes that come early."""

from __future__ import annotations

import threading
from typing import Any

from fake_client import FakeClient
from opened import Open
from PySide6.QtCore import QObject

from nowprint.errors import CoreDied, InternalError
from nowprint.gui.core.bridge import Bridge
from nowprint.service import protocol as p
from nowprint.settings import Profile


def test_a_bug_in_the_core_ends_the_turn_and_is_told(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window = opened.window
    opened.client.faults[p.Send] = RuntimeError("KeyError in the core")
    with qtbot.waitSignal(window.turnFinished) as finished:
        window.composer.put("hello")
        window.composer.send_button.click()
    assert isinstance(finished.args[0], InternalError)
    assert window.notice.isVisible()
    assert not window.composer.stop_button.isVisible()
    assert window.composer.input.toPlainText() == "hello"


def test_a_bug_while_a_model_loads_does_not_leave_it_loading(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.client.faults[p.LoadModel] = RuntimeError("KeyError in the core")
    opened.window.session.open_model("other.gguf")
    qtbot.waitUntil(opened.window.notice.isVisible)
    assert opened.window.session.reason == ""


def test_a_request_before_the_start_is_not_lost(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    bridge = Bridge(profile, FakeClient, parent)
    replies: list[Any] = []
    bridge.call(p.ListConversations(), replies.append)
    qtbot.waitUntil(lambda: replies == [()])
    bridge.close()


def test_a_core_that_cannot_be_started_is_a_death(qtbot: Any, profile: Profile) -> None:
    class Unstartable(FakeClient):
        def start(self) -> None:
            raise OSError(12, "Cannot allocate memory")

    parent = QObject()
    bridge = Bridge(profile, Unstartable, parent)
    with qtbot.waitSignal(bridge.died) as died:
        bridge.start()
    assert isinstance(died.args[0], CoreDied)
    assert "Cannot allocate memory" in str(died.args[0])
    bridge.close()


def test_what_takes_long_is_done_aside(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    bridge = Bridge(profile, FakeClient, parent)
    here = threading.get_ident()
    done: list[tuple[int, int]] = []
    bridge.aside(threading.get_ident, lambda there: done.append((there, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(done))
    assert done[0][0] != here
    assert done[0][1] == here
    with qtbot.waitSignal(bridge.fault) as fault:
        bridge.aside(lambda: 1 // 0, done.append)
    assert isinstance(fault.args[0], InternalError)
    bridge.close()
