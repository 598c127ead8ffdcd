"""The libraries that the operating system must provide, and the sentence that names missing ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
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
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libz.so.1": "zlib1g",
}
"""The libraries that the window, Qt's X11 plugin and llama.cpp load, with Debian's packages of them."""
_MISSING = r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file"


def named_in(said: str) -> str:
    """The library that the dynamic loader didn't find, by its words ``said``; "" if they name none."""
    named = re.search(_MISSING, said)
    return named[1] if named else ""


def lacks(what: str, libraries: Sequence[str]) -> str:
    """One sentence: ``what`` needs these ``libraries``, and how to install them."""
    import shutil

    packages = sorted({PACKAGES[one] for one in libraries if one in PACKAGES})
    if not packages:
        how = "install the package that holds it"
    elif shutil.which("apt-get"):
        how = f"sudo apt install {' '.join(packages)}"
    else:
        how = f"install them (Debian's names of the packages are {', '.join(packages)})"
    return f"{what} needs {', '.join(libraries)}, which this system lacks: {how}."
