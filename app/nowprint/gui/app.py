"""The window's process: from ``main`` to the end of the event loop."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nowprint.gui.bridge import real_client
from nowprint.gui.drops import Opener
from nowprint.gui.instance import ask_first, listen
from nowprint.gui.window import MainWindow
from nowprint.settings import Profile

SWITCH = 0.0005
"""Seconds after which a busy thread of ours (importing, unpickling, colouring code) lets the
window's go on. Every call into Qt gives Python's lock away and waits for it again: with Python's
own 5 ms, a few such calls in a row would already be felt."""

ALREADY_OPEN = "Nowprint is already open with this profile: its window was brought to the front.\n"


def make_app() -> QApplication:
    sys.setswitchinterval(SWITCH)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Nowprint")
    app.setDesktopFileName("nowprint")
    return app


def main(profile: Profile, model: str | None = None, file: str = "") -> int:
    """Show the window, with the review of a memory ``file``, until it is closed; the exit code."""
    app = make_app()
    file = str(Path(file).absolute()) if file else ""
    if ask_first(profile, file):
        sys.stderr.write(ALREADY_OPEN)
        return 0
    window = MainWindow(profile, real_client, model)
    app.installEventFilter(Opener(window.open_file, window))
    if file:
        window.open_file(file)
    window.built.connect(lambda: _answer_later_starts(window))
    wake = _obey_signals(window)
    window.show()
    code = app.exec()
    wake.stop()
    return code


def _answer_later_starts(window: MainWindow) -> None:
    server = listen(window.profile, window.come_to_front, window, window.open_file)
    if server is None:
        sys.stderr.write(ALREADY_OPEN)
        window.close()
    else:
        # At once: who starts while this core still ends gets a window of its own, which waits.
        window.closing.connect(server.close)


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
