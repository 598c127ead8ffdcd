"""Tells the user what the system lacks when no window can open.

This module doesn't import PySide6, which may be the very thing that can't be loaded.
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

TERMINAL = "or chat in the terminal with `nowprint chat`"
_BOXES = (
    ("zenity", "--error", "--no-markup", "--title=Nowprint", "--text"),
    ("kdialog", "--title", "Nowprint", "--error"),
    ("xmessage", "-center"),
    ("notify-send", "Nowprint"),
)
"""Commands that show a sentence on a desktop; the sentence is appended as the last argument."""


def tell(sentence: str) -> None:
    """Write the sentence to standard error. If that is no terminal, also show it on the desktop, if the
    system has a program for that."""
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
    """The sentence for the user when PySide6 can't be imported."""
    if library := named_in(str(fault)):
        return _lacks(library)
    return (
        f"The window can't be opened because Qt can't be loaded ({type(fault).__name__}: {fault}): "
        f"reinstall Nowprint, {TERMINAL}."
    )


def without_display(said: Sequence[str], platforms: Path) -> str:
    """The sentence for the user when Qt can't open a display. ``said`` holds Qt's last messages,
    ``platforms`` is the folder of its platform plugins."""
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
            f"Qt can't open a window with “{wanted}”, which QT_QPA_PLATFORM asks for: "
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
    """The first library that the plugin needs and the system lacks, "" for none."""
    import ctypes

    if not plugin.exists():  # this Qt keeps its plugins elsewhere
        return next((library for library in PACKAGES if not _loads(library)), "")
    try:
        ctypes.CDLL(str(plugin))
    except OSError as fault:  # a packaged program wraps the linker's error in its own
        library = named_in(str(fault.__cause__ or fault))
        return library if library != plugin.name else ""
    return ""


def _lacks(library: str) -> str:
    """A sentence that names all missing libraries, so that the user needn't install them one by one."""
    others = (other for other in PACKAGES if other != library and not _loads(other))
    return lacks("The window", [library, *others])


def _loads(library: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
