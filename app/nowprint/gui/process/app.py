"""The window's process: from ``main`` to the end of the event loop."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import nowprint.gui.process.plain_import  # noqa: F401 - first: it makes the imports below faster

# isort: split
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from nowprint.gui.core.bridge import real_client
from nowprint.gui.process.crash_reports import CrashReports
from nowprint.gui.process.garbage import GarbageCollector
from nowprint.gui.process.single_instance import ask_first, listen
from nowprint.gui.window.file_drops import FileOpener
from nowprint.gui.window.window import MainWindow
from nowprint.logs import note
from nowprint.settings import Profile

SWITCH = 0.0005
"""Seconds after which a busy Python thread (importing, unpickling, colouring code) must let the main
thread go on. Every call into Qt releases Python's global lock and waits to get it back: with Python's
default of 5 ms, the user would notice a few such calls in a row."""

Change = tuple[str, Callable[[], Profile]]
"""The title of a page, and the work meanwhile, which returns the profile to open next."""
ALREADY_OPEN = "Nowprint is already open with this profile: its window was brought to the front.\n"


def make_app() -> QApplication:
    sys.setswitchinterval(SWITCH)
    # As an option: ``setStyle`` would hand a QStyle to Python, which would load that class's many enums.
    app = QApplication([sys.argv[0], "-style", "fusion"])
    app.setApplicationName("Nowprint")
    app.setDesktopFileName("nowprint")
    return app


def collect_garbage(window: QObject) -> None:
    """Begin to collect garbage, once the window is built. What was created until then stays in use, so
    ``gc.freeze`` spares the collector from scanning it again and again."""
    gc.freeze()
    GarbageCollector(window)


def main(profile: Profile, model: str | None = None, file: str = "") -> int:
    """Show the window until the user closes it, and return the exit code. The window opens ``file``: it
    loads a model, or shows a review of memories."""
    crash_reports = CrashReports(profile)
    crash_reports.install()
    app = make_app()
    file = str(Path(file).absolute()) if file else ""
    if ask_first(profile, file):
        _say_already_open()
        return 0
    opened: Profile | None = profile
    if profile.key_file.exists():
        from nowprint.gui.process.locked_profile import unlocked

        opened = unlocked(app, profile)
    while opened is not None:
        crash_reports.use(opened)
        code, change = _show_window(app, opened, crash_reports, model, file)
        if change is None:
            return code
        from nowprint.gui.process.locked_profile import converted

        opened, file = converted(app, opened, *change), ""
    return 0


def _show_window(
    app: QApplication, profile: Profile, crash_reports: CrashReports, model: str | None, file: str
) -> tuple[int, Change | None]:
    """Show a window until it is closed: the exit code, and what is to happen before another one opens."""
    font = app.font()
    window = MainWindow(profile, real_client, model)
    crash_reports.speak_through(window.notice, window.dialogs.report)
    window.session.broke.connect(crash_reports.core_died)
    opener = FileOpener(window.open_file, window)
    app.installEventFilter(opener)
    if file:
        window.open_file(file)
    window.painted.connect(lambda _: _answer_later_starts(window, crash_reports.begin, file))
    window.built.connect(lambda: collect_garbage(window))
    wake = _obey_signals(window)
    window.show()
    code = app.exec()
    wake.stop()
    crash_reports.end()
    change: Change | None = window.dialogs.encryption.wanted
    if change is not None:
        window.deleteLater()
        app.setFont(font)  # the next window's theme begins with the system's
    return code, change


def _say_already_open() -> None:
    if sys.stderr is not None:  # a window without a console has none
        sys.stderr.write(ALREADY_OPEN)


def refuse(sentence: str) -> None:
    """Show a message box that says why no window can open with this profile."""
    from PySide6.QtWidgets import QMessageBox

    CrashReports(Profile(Path(os.devnull))).install()  # there is no profile to write a log to
    make_app()
    box = QMessageBox(QMessageBox.Icon.Critical, "Nowprint", sentence)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.exec()


def _answer_later_starts(
    window: MainWindow, alone: Callable[[], object] = lambda: None, file: str = ""
) -> None:
    """Begin to answer later starts with this profile, and call ``alone`` unless another window answers.

    Two starts at the same moment may both come this far. Then the window that was quicker opens the
    ``file``, and this one closes. Called after the first paint, which it would delay.
    """
    try:
        server = listen(window.profile, window.come_to_front, window, window.open_file, file)
    except (
        ImportError
    ) as lacking:  # no QtNetwork: then only the profile's lock keeps a second window out
        note(lacking)
        alone()
        return
    if server is None:
        _say_already_open()
        window.close()
    else:
        # At once: a start while this window's core still ends opens a window, which waits for the core.
        window.closing.connect(server.close)
        alone()


def _obey_signals(window: MainWindow) -> QTimer:
    """Close the window on SIGINT (Ctrl+C) and SIGTERM, as its close button does.

    Python runs a signal's handler only between two instructions of Python code, and the event loop may
    wait inside Qt for long. The returned timer runs a Python function every 500 ms, which lets the
    handler run.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    beat = QTimer(window, interval=500)
    beat.timeout.connect(lambda: None)
    beat.start()
    return beat
