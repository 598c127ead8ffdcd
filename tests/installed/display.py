"""A screen that nobody sees (Xvfb), with a keyboard (xdotool) and a camera (ImageMagick)."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from PySide6.QtGui import QImage

PICTURES = Path(__file__).parents[2] / "screenshots"
SIZE = "1600x1000x24"
PATIENCE = 90
"""Seconds that a window may take to come."""
BLANK = 64
"""Fewer colours than a window with text and antialiasing has."""


class Display:
    def __init__(self) -> None:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp", "-ac"],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with open(read, encoding="ascii") as answer:
            self.number = int(answer.readline())

    def window(self, title: str = "Nowprint$", seconds: float = PATIENCE) -> str:
        """The id of the window with this title (a regular expression), in front, with the keyboard."""
        deadline = time.monotonic() + seconds
        while not (found := self.windows(title)):
            assert time.monotonic() < deadline, f"no window {title!r} within {seconds:.0f} s"
            time.sleep(0.1)
        self._xdotool("windowraise", found[-1], "windowfocus", "--sync", found[-1])
        return found[-1]

    def windows(self, title: str) -> list[str]:
        """The ids of all windows on the screen with this title."""
        done = self._xdotool("search", "--onlyvisible", "--name", title, check=False)
        return done.split()

    def type(self, text: str) -> None:
        """Into what has the keyboard, as quickly as a good typist."""
        self._xdotool("type", "--delay", "15", text)

    def keys(self, *keys: str) -> None:
        self._xdotool("key", "--delay", "30", *keys)

    def picture(self, name: str) -> Path:
        """The whole screen as ``screenshots/installed-NAME.png``; fails if there is nothing on it."""
        PICTURES.mkdir(exist_ok=True)
        file = PICTURES / f"installed-{name}.png"
        screen = f":{self.number}"
        subprocess.run(["import", "-display", screen, "-window", "root", str(file)], check=True)
        assert colours(file) >= BLANK, f"{file.name} is blank"
        return file

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()

    def _xdotool(self, *arguments: str, check: bool = True) -> str:
        return subprocess.run(
            ["xdotool", *arguments],
            env=dict(os.environ, DISPLAY=f":{self.number}"),
            check=check,
            stdout=subprocess.PIPE,
            stderr=None if check else subprocess.DEVNULL,  # a window may go while it is looked for
            text=True,
            timeout=PATIENCE,
        ).stdout


def colours(file: Path) -> int:
    """How many colours a picture has, looked at on a grid of every third pixel."""
    picture = QImage(str(file))
    return len(
        {
            picture.pixel(x, y)
            for x in range(0, picture.width(), 3)
            for y in range(0, picture.height(), 3)
        }
    )
