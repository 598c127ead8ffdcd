"""The window's process: from ``main`` to the end of the event loop."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import nowprint.gui.process.plain_import  # noqa: F401 - the others are imported by it

# isort: split
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from nowprint.gui.core.bridge import real_client
from nowprint.gui.process.crash_reports import CrashReports
from nowprint.gui.process.single_instance import ask_first, listen
from nowprint.gui.window.file_drops import FileOpener
from nowprint.gui.window.window import MainWindow
from nowprint.logs import note
from nowprint.settings import Profile

SWITCH = 0.0005
"""Seconds after which a busy thread of ours (importing, unpickling, colouring code) lets the
window's go on. Every call into Qt gives Python's lock away and waits for it again: with Python's
own 5 ms, a few such calls in a row would already be felt."""

ALREADY_OPEN = "Nowprint is already open with this profile: its window was brought to the front.\n"


def make_app() -> QApplication:
    sys.setswitchinterval(SWITCH)
    # Named here, the style needn't be handed to Python, which would load its many enums.
    app = QApplication([sys.argv[0], "-style", "fusion"])
    app.setApplicationName("Nowprint")
    app.setDesktopFileName("nowprint")
    return app


def collect_garbage() -> None:
    """From now on: until the window was built all that was made is in use, and it stays so. It isn't
    looked through each time."""
    gc.freeze()
    gc.enable()


def main(profile: Profile, model: str | None = None, file: str = "") -> int:
    """Show the window until it is closed; the exit code. A ``file`` is opened in it: a model is loaded,
    memories are reviewed."""
    crash_reports = CrashReports(profile)
    crash_reports.install()
    app = make_app()
    file = str(Path(file).absolute()) if file else ""
    if ask_first(profile, file):
        _say_already_open()
        return 0
    window = MainWindow(profile, real_client, model)
    crash_reports.speak_through(window.notice, window.dialogs.report)
    window.session.broke.connect(crash_reports.core_died)
    app.installEventFilter(FileOpener(window.open_file, window))
    if file:
        window.open_file(file)
    window.painted.connect(lambda _: _answer_later_starts(window, crash_reports.begin, file))
    window.built.connect(collect_garbage)
    wake = _obey_signals(window)
    window.show()
    code = app.exec()
    wake.stop()
    crash_reports.end()
    return code


def _say_already_open() -> None:
    if sys.stderr is not None:  # a window without a console has none
        sys.stderr.write(ALREADY_OPEN)


def refuse(sentence: str) -> None:
    """Say, in a box, why there can be no window with this profile."""
    from PySide6.QtWidgets import QMessageBox

    CrashReports(Profile(Path(os.devnull))).install()  # there is nowhere to write to
    make_app()
    box = QMessageBox(QMessageBox.Icon.Critical, "Nowprint", sentence)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.exec()


def _answer_later_starts(
    window: MainWindow, alone: Callable[[], object] = lambda: None, file: str = ""
) -> None:
    """Soon after the first picture; ``alone`` is called if it is the profile's only window. One that
    was started at the same moment and was first gets the ``file``."""
    try:
        server = listen(window.profile, window.come_to_front, window, window.open_file, file)
    except (
        ImportError
    ) as lacking:  # QtNetwork's libraries: then the profile's lock tells a second one
        note(lacking)
        alone()
        return
    if server is None:
        _say_already_open()
        window.close()
    else:
        # At once: who starts while this core still ends gets a window of its own, which waits.
        window.closing.connect(server.close)
        alone()


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
