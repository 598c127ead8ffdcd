"""The window's process: from ``main`` to the end of the event loop."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nowprint.gui.bridge import real_client
from nowprint.gui.instance import ask_first, listen
from nowprint.gui.window import MainWindow
from nowprint.settings import Profile

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

SWITCH = 0.0005
"""Seconds after which a busy thread of ours (importing, unpickling, colouring code) lets the
window's go on. Every call into Qt gives Python's lock away and waits for it again: with Python's
own 5 ms, a few such calls in a row would already be felt."""


def make_app() -> QApplication:
    sys.setswitchinterval(SWITCH)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Nowprint")
    app.setDesktopFileName("nowprint")
    return app


def main(profile: Profile, model: str | None = None) -> int:
    """Show the window until it is closed; the exit code."""
    app = make_app()
    if ask_first(profile):
        sys.stderr.write(
            "Nowprint is already open with this profile: its window was brought to the front.\n"
        )
        return 0
    window = MainWindow(profile, real_client, model)
    servers: list[QLocalServer] = []
    window.built.connect(lambda: servers.append(listen(profile, window.come_to_front, window)))
    wake = _obey_signals(window)
    window.show()
    code = app.exec()
    wake.stop()
    for server in servers:
        server.close()
    return code


def _obey_signals(window: MainWindow) -> QTimer:
    """Ctrl+C and a polite kill close the window, as the cross does.

    Python runs a signal's handler only between two steps of its own, and the event loop may rest
    for long in Qt: a slow beat lets it look.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    beat = QTimer(window, interval=500)
    beat.timeout.connect(lambda: None)
    beat.start()
    return beat
