"""Crash reports: faults of the window's process go to its log, and a dialog tells the user of them and of
the core's deaths.

Reporting must not cause trouble of its own: a bug in the report dialog only goes to the log, the user
is told of the same fault once, and after ``MOST_TOLD`` dialogs a session opens no more.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)

from nowprint.gui.process.previous_exit import End, ExitMarker
from nowprint.logs import is_terminal, kind_of, log_faults, open_log, places
from nowprint.settings import Profile

if TYPE_CHECKING:
    from logging import Logger

    from nowprint.gui.widgets.notices import NoticeBar

MOST_TOLD = 3
"""Dialogs about faults that one session opens by itself, at most."""
OURS = ("gui/process/crash_reports.py", "gui/dialogs/report_dialog.py")
"""Files whose own bugs open no dialog."""
KEPT = "Nothing that was saved is lost."
ENDS: dict[End, str] = {
    "well": "",
    "crashed": f"Nowprint crashed the last time it was open. {KEPT}",
    "killed": f"Nowprint was not closed properly last time. {KEPT}",
}


class CrashReports(QObject):
    """Created before the window, on the main thread; ``speak_through`` gives it the window's notice bar
    and report dialog."""

    _came = Signal(str, str)
    """A sentence for the user, and a key that tells this fault from others. Any thread may emit it."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        self._opened: Logger | None = None
        self._notice: NoticeBar | None = None
        self._report: Callable[[str], object] | None = None
        self._told: set[str] = set()
        self._said: deque[str] = deque(maxlen=5)
        self.standing = ExitMarker(profile)
        self._came.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def use(self, profile: Profile) -> None:
        """From now on, write the log as this profile wants it; before, only its folder was known."""
        self._profile, self._opened = profile, None
        self.standing = ExitMarker(profile)

    def install(self) -> None:
        """From now on, handle exceptions that nothing caught, and Qt's messages."""
        log_faults(self.log, self.heard)
        qInstallMessageHandler(self._heed_qt)

    def log(self) -> Logger:
        """The window's log. The first fault opens it, so that an ordinary start needn't."""
        if self._opened is None:
            self._opened = open_log(self._profile.window_log, self._profile.cipher)
        return self._opened

    def speak_through(self, notice: NoticeBar, report: Callable[[str], object]) -> None:
        """Reach the user through the window: ``report`` takes a sentence on what happened, and opens the
        report dialog with it."""
        self._notice, self._report = notice, report

    def begin(self) -> None:
        """Called once this is the profile's only window: tell the user if the last one ended badly."""
        end = self.standing.begin()
        notice, report = self._notice, self._report
        if notice is None or report is None or end == "well":
            return
        if end == "crashed":
            self._tell(ENDS[end], end)
        elif notice.isHidden():
            notice.say(ENDS[end], "Report…", lambda: report(ENDS[end]))

    def end(self) -> None:
        """The event loop has ended: faults only go to the log from now on."""
        self._notice = self._report = None
        self.standing.end()

    # --- faults ----------------------------------------------------------------------------

    def heard(self, bug: BaseException) -> None:
        """Report an exception that nothing caught; called on the thread that raised it."""
        where = places(bug.__traceback__)
        if any(ours in place for place in where for ours in OURS):
            return
        ours = [place for place in where if place.startswith("nowprint/")]
        place = (ours or where or ["?"])[-1].partition(" in ")[0]
        self._came.emit(
            f"Something went wrong in the window ({kind_of(bug)} at {place}). Nowprint keeps running, "
            f"but your last action may not have been carried out: try it again. {KEPT}",
            f"{kind_of(bug)} {place}",
        )

    @Slot(str)
    def core_died(self, how: str) -> None:
        self._came.emit(
            f"The part of Nowprint that runs the model stopped unexpectedly ({how}) and is being "
            f"restarted. {KEPT}",
            "core",
        )

    @Slot(str, str)
    def _tell(self, sentence: str, which: str) -> None:
        report = self._report
        if report is None or which in self._told or len(self._told) >= MOST_TOLD:
            return
        self._told.add(which)
        report(sentence)

    # --- Qt's messages ---------------------------------------------------------------------

    def _heed_qt(self, level: QtMsgType, context: QMessageLogContext, message: str) -> None:
        """Qt's messages may quote what the window shows (an address in an answer): only a terminal gets
        them in full, the log gets their level and their category or class."""
        who = context.category if context.category not in (None, "", "default") else ""
        speaker = re.match(r"Q[A-Z]\w*(?=[:(])", message)
        told = f"Qt {level.name[2:-3].lower()}: {who or (speaker[0] if speaker else 'unnamed')}"
        if is_terminal(sys.stderr):
            sys.stderr.write(f"{who}: {message}\n" if who else f"{message}\n")
        self._said.append(message)
        if level == QtMsgType.QtFatalMsg:
            self._fatal(message)
        elif level != QtMsgType.QtDebugMsg:
            self.log().warning(told)

    def _fatal(self, message: str) -> None:
        """Qt ends the process when this returns. If its platform plugin fails before there is a window,
        Qt found no display."""
        if self._report is None and "platform plugin" in message:
            import os

            import PySide6

            from nowprint.gui.process.missing_libraries import tell, without_display

            plugins = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
            tell(without_display(list(self._said), plugins))
            os._exit(1)
        self.log().error("Qt ended the window's process")
        self.standing.note("ended the process")
