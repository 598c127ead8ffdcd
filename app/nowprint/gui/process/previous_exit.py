"""How the window's last session ended: well, torn down by a crash, or killed.

A file in the profile says that a window is open; it is still there when that was killed. Another one
gets the places in the code from ``faulthandler`` when the process is torn down.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
from pathlib import Path
from typing import Literal, TextIO

from nowprint.logs import append, last_words
from nowprint.settings import Profile

End = Literal["well", "crashed", "killed"]
BOOT = Path("/proc/sys/kernel/random/boot_id")


class ExitMarker:
    """One session's files, from ``begin`` to ``end``. A profile that takes none is no fault."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._crash: TextIO | None = None
        self._begun = False

    def begin(self) -> End:
        """Note that a window is open; how the one before ended."""
        mark = _read(self._profile.running)
        if _still_there(mark):
            return "well"  # it writes these files, and must keep them
        words = last_words(_read(self._profile.crash).splitlines())
        if words:
            append(self._profile.window_log, "\n".join(("the window before was torn down", *words)))
        self._begun = True
        with contextlib.suppress(OSError):
            self._profile.home.mkdir(parents=True, exist_ok=True)
            self._profile.running.write_text(f"{os.getpid()} {_boot()}\n", encoding="ascii")
            self._crash = open(self._profile.crash, "w", encoding="ascii")  # noqa: SIM115
            faulthandler.enable(self._crash)
        if words:
            return "crashed"
        # after a power cut nobody has to be told
        return "killed" if mark and mark.split()[1:] == _boot().split() else "well"

    def note(self, line: str) -> None:
        """Qt is about to tear the process down: its words, which are Qt's own."""
        if self._crash is not None:
            with contextlib.suppress(OSError, ValueError):
                self._crash.write(f"Fatal Python error: Qt {line}\n")
                self._crash.flush()

    def end(self) -> None:
        if self._crash is not None:
            faulthandler.disable()
            self._crash.close()
            self._crash = None
        if self._begun:
            self._begun = False
            for path in (self._profile.crash, self._profile.running):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


def _still_there(mark: str) -> bool:
    """Does the process that wrote it live? (Windows' kill would end it, and needs no answer: there
    the first window is always found.)"""
    number, _, boot = mark.strip().partition(" ")
    if os.name == "nt" or not number.isdigit() or boot != _boot() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _boot() -> str:
    return _read(BOOT).strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
