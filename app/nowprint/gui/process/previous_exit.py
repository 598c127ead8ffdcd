"""How the window's last session ended: well, by a crash, or by a kill.

A file in the profile says that a window is open; a killed process leaves it behind. Into another file
``faulthandler`` writes where in the code the process was when it crashed.
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
    """One session's two files, from ``begin`` to ``end``. If the profile can't be written to, there are
    none."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._crash: TextIO | None = None
        self._begun = False

    def begin(self) -> End:
        """Note that a window is open, and return how the last session ended."""
        mark = _read(self._profile.running)
        if _still_there(mark):
            return "well"  # that window is alive, and the files are its own
        words = last_words(_read(self._profile.crash).splitlines())
        if words:
            told = "\n".join(("the window before was torn down", *words))
            append(self._profile.window_log, told, self._profile.cipher)
        self._begun = True
        with contextlib.suppress(OSError):
            self._profile.home.mkdir(parents=True, exist_ok=True)
            self._profile.running.write_text(f"{os.getpid()} {_boot()}\n", encoding="ascii")
            self._crash = open(self._profile.crash, "w", encoding="ascii")  # noqa: SIM115
            faulthandler.enable(self._crash)
        if words:
            return "crashed"
        # killed only if that was since this boot: a user needn't be told of a power cut
        return "killed" if mark and mark.split()[1:] == _boot().split() else "well"

    def note(self, line: str) -> None:
        """Write into the crash file that Qt is about to end the process, in a form that ``last_words``
        keeps."""
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
    """Whether the process that wrote ``mark`` is alive.

    Always False on Windows, where ``os.kill`` would end that process. There nothing depends on the
    answer: a second start always finds the first window.
    """
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
