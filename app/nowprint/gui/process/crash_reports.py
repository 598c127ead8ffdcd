"""What breaks in the window's process, or takes the core down: written to the log, and told once.

Nothing here may break by itself: a mishap of the dialog that tells of mishaps is only written down,
the same one is told once, and after a few the window says no more.
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
"""Dialogs about mishaps in one session."""
OURS = ("gui/process/crash_reports.py", "gui/dialogs/report_dialog.py")
KEPT = "Everything that was acknowledged is kept."
ENDS: dict[End, str] = {
    "well": "",
    "crashed": f"Nowprint broke down the last time it was open. {KEPT}",
    "killed": f"Nowprint did not end cleanly the last time. {KEPT}",
}


class CrashReports(QObject):
    """Made before the window, in the main thread; ``speak_through`` gives it a window's means."""

    _came = Signal(str, str)
    """A sentence, and what tells this mishap from others; from any thread."""

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

    def install(self) -> None:
        """From now on bugs that nothing catches, and Qt's messages, come here."""
        log_faults(self.log, self.heard)
        qInstallMessageHandler(self._heed_qt)

    def log(self) -> Logger:
        """Opened by the first fault, so that an ordinary start pays nothing."""
        if self._opened is None:
            self._opened = open_log(self._profile.window_log)
        return self._opened

    def speak_through(self, notice: NoticeBar, report: Callable[[str], object]) -> None:
        """``report`` opens a report on what happened, which is told in a sentence."""
        self._notice, self._report = notice, report

    def begin(self) -> None:
        """This is the profile's only window: say how the last one ended."""
        end = self.standing.begin()
        notice, report = self._notice, self._report
        if notice is None or report is None or end == "well":
            return
        if end == "crashed":
            self._tell(ENDS[end], end)
        elif notice.isHidden():
            notice.say(ENDS[end], "Report…", lambda: report(ENDS[end]))

    def end(self) -> None:
        """The event loop is over; what comes now is only written down."""
        self._notice = self._report = None
        self.standing.end()

    # --- what comes ------------------------------------------------------------------------

    def heard(self, bug: BaseException) -> None:
        """A bug that nothing caught; on whichever thread it was."""
        where = places(bug.__traceback__)
        if any(ours in place for place in where for ours in OURS):
            return
        ours = [place for place in where if place.startswith("nowprint/")]
        place = (ours or where or ["?"])[-1].partition(" in ")[0]
        self._came.emit(
            f"Something went wrong in the window ({kind_of(bug)} at {place}). It goes on, but what "
            f"was just asked for may not have been done: try it again. {KEPT}",
            f"{kind_of(bug)} {place}",
        )

    @Slot(str)
    def core_died(self, how: str) -> None:
        self._came.emit(
            f"The part of Nowprint that runs the model ended by itself ({how}). A new one is "
            f"starting. {KEPT}",
            "core",
        )

    @Slot(str, str)
    def _tell(self, sentence: str, which: str) -> None:
        report = self._report
        if report is None or which in self._told or len(self._told) >= MOST_TOLD:
            return
        self._told.add(which)
        report(sentence)

    # --- Qt's own words --------------------------------------------------------------------

    def _heed_qt(self, level: QtMsgType, context: QMessageLogContext, message: str) -> None:
        """They may quote what is shown (an address in an answer): in full on a terminal only."""
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
        """Qt ends the process when this returns; before there was a window, it is for want of a
        display."""
        if self._report is None and "platform plugin" in message:
            import os

            import PySide6

            from nowprint.gui.process.missing_libraries import tell, without_display

            plugins = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
            tell(without_display(list(self._said), plugins))
            os._exit(1)
        self.log().error("Qt ended the window's process")
        self.standing.note("ended the process")
