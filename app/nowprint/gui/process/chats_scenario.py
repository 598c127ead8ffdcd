"""What the timed window goes through with many chats: it starts, then their list is scrolled to its end,
filtered letter by letter, and sorted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import nowprint.gui.process.plain_import  # noqa: F401 - first, as in app.py

# isort: split
from PySide6.QtCore import QObject, QTimer

from nowprint.gui.core.bridge import real_client
from nowprint.gui.process.app import collect_garbage, make_app
from nowprint.gui.process.stalls import StallMonitor
from nowprint.gui.sidebar.conversation_model import ORDERS
from nowprint.gui.window.window import MainWindow
from nowprint.settings import Profile

STEP = 30
"""ms between two things that the user does."""
SCROLLS = 60
TYPED = "ba ka"


class ChatsScenario(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._panel = window.conversations
        self._stalls = StallMonitor(self)
        self._report: dict[str, object] = {}
        self._steps = self._doings()
        window.painted.connect(self._on_painted)
        window.session.conversations.connect(self._on_list)
        window.modelReady.connect(self._on_ready)

    def _on_painted(self, at: float) -> None:
        self._report["painted"] = at
        self._stalls.begin("starting")

    def _on_list(self, conversations: tuple[object, ...]) -> None:
        self._report.setdefault("listed", time.monotonic())
        self._report["conversations"] = len(conversations)

    def _on_ready(self) -> None:
        self._report.setdefault("ready", time.monotonic())
        QTimer.singleShot(STEP * 10, self, self._step)

    def _step(self) -> None:
        try:
            phase, do = next(self._steps)
        except StopIteration:
            self._end()
            return
        self._stalls.begin(phase)
        do()
        QTimer.singleShot(STEP, self, self._step)

    def _doings(self) -> Iterator[tuple[str, Callable[[], object]]]:
        for number in range(SCROLLS):
            yield "scrolling", partial(self._scroll, (number + 1) / SCROLLS)
        for length in (*range(1, len(TYPED) + 1), *range(len(TYPED) - 1, -1, -1)):
            yield "filtering", partial(self._panel.filter.setText, TYPED[:length])
        for order in (*ORDERS, "used"):
            yield "sorting", partial(self._panel.sort, order)
        for _ in range(3):
            yield "listing again", self._window.session.refresh_conversations
            for _ in range(10):
                yield "listing again", lambda: None
        yield "selecting all", self._panel.list.selectAll

    def _scroll(self, share: float) -> None:
        bar = self._panel.list.verticalScrollBar()
        bar.setValue(int(bar.maximum() * share))

    def _end(self) -> None:
        self._stalls.end()
        self._report["phases"] = {name: round(gap, 1) for name, gap in self._stalls.worst.items()}
        print(json.dumps(self._report), flush=True)
        self._window.close()


def play_chats(home: Path, model: str | None) -> int:
    app = make_app()
    window = MainWindow(Profile(home), real_client, model)
    scenario = ChatsScenario(window)  # noqa: F841 - the window owns it
    window.built.connect(lambda: collect_garbage(window))
    window.show()
    app.exec()
    return 0
