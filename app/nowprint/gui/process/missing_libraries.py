"""What the window needs of the system, and how one is told what is missing when there is no window.

Nothing here imports PySide6: it may be what can't be loaded.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nowprint.libraries import PACKAGES, lacks, named_in
from nowprint.logs import is_terminal

TERMINAL = "or talk in the terminal with `nowprint chat`"
_BOXES = (
    ("zenity", "--error", "--no-markup", "--title=Nowprint", "--text"),
    ("kdialog", "--title", "Nowprint", "--error"),
    ("xmessage", "-center"),
    ("notify-send", "Nowprint"),
)
"""Programs that show a sentence on a desktop, the sentence to come last."""


def tell(sentence: str) -> None:
    """On standard error; and as well as it goes on the desktop, if nobody reads a terminal."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None:
            sys.stderr.write(f"{sentence}\n")
            sys.stderr.flush()
    if is_terminal(sys.stderr):
        return
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, sentence, "Nowprint", 0x10)
    elif os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        import shutil

        for program, *options in _BOXES:
            if found := shutil.which(program):
                with contextlib.suppress(OSError):
                    subprocess.Popen(
                        [found, *options, sentence],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                    return


def without_qt(fault: ImportError) -> str:
    """The sentence for PySide6 that can't be imported."""
    if library := named_in(str(fault)):
        return _lacks(library)
    return (
        f"The window can't be opened, since Qt can't be loaded ({type(fault).__name__}: {fault}): "
        f"install Nowprint again, {TERMINAL}."
    )


def without_display(said: Sequence[str], platforms: Path) -> str:
    """The sentence for Qt that found no way to a screen: ``said`` is what it said last, ``platforms``
    the folder of its plugins for that."""
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    usual = set(wanted.split(";")) <= {"", "xcb", "wayland"}
    if not display and not wayland and usual:
        return (
            f"There is no display to open the window on: start Nowprint from a desktop, {TERMINAL}."
        )
    plugin = platforms / "libqxcb.so"
    if usual and display and (library := _missing(plugin)):
        return _lacks(library)
    if not usual:
        return (
            f"Qt can't open a window through “{wanted}”, as the variable QT_QPA_PLATFORM asks: "
            "unset it and start Nowprint again."
        )
    if any("connect to display" in line for line in said) or wayland:
        asked = f"DISPLAY={display}" if display else f"WAYLAND_DISPLAY={wayland}"
        return (
            f"The display does not answer ({asked}): start Nowprint from a running desktop, "
            f"{TERMINAL}."
        )
    return (
        f"Qt can't open a window here ({said[-1] if said else 'no reason given'}): {TERMINAL[3:]}."
    )


def _missing(plugin: Path) -> str:
    """The first library that this plugin needs and doesn't find, "" for none."""
    import ctypes

    if not plugin.exists():  # a Qt that is laid out in another way
        return next((library for library in PACKAGES if not _loads(library)), "")
    try:
        ctypes.CDLL(str(plugin))
    except OSError as fault:  # a packaged program's own sentence stands before the linker's
        library = named_in(str(fault.__cause__ or fault))
        return library if library != plugin.name else ""
    return ""


def _lacks(library: str) -> str:
    """Names all at once, so that nobody is sent for one after the other."""
    others = (other for other in PACKAGES if other != library and not _loads(other))
    return lacks("The window", [library, *others])


def _loads(library: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
