"""What the window needs of the system, and how one is told what is missing when there is no window.

Nothing here imports PySide6: it may be what can't be loaded.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nowprint.logs import is_terminal

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libz.so.1": "zlib1g",
}
"""Libraries that Qt's window and its X11 plugin load, and Debian's packages of them."""
TERMINAL = "or talk in the terminal with `nowprint chat`"
_LIBRARY = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")
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
    named = _LIBRARY.search(str(fault))
    if named:
        return _lacks(named[1])
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

    try:
        ctypes.CDLL(str(plugin))
    except OSError as fault:
        named = _LIBRARY.search(str(fault))
        return named[1] if named and named[1] != plugin.name else ""
    return ""


def _lacks(library: str) -> str:
    """Names all at once, so that nobody is sent for one after the other."""
    import ctypes
    import shutil

    missing = [library]
    for other in PACKAGES:
        if other != library:
            try:
                ctypes.CDLL(other)
            except OSError:
                missing.append(other)
    packages = sorted({PACKAGES[one] for one in missing if one in PACKAGES})
    if not packages:
        how = "install the package that holds it"
    elif shutil.which("apt-get"):
        how = f"sudo apt install {' '.join(packages)}"
    else:
        how = f"install them (Debian's names of the packages are {', '.join(packages)})"
    return f"The window needs {', '.join(missing)}, which this system lacks: {how}."
