"""When a window is really on the screen: Nowprint's and the bare one are timed by the same means."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget


class FirstPaint(QObject):
    """Speaks once, in the turn of the event loop after the first paint event.

    Children are painted and the picture is handed to the screen inside that event's own turn, so
    the next turn is the first moment at which a person could see the window.
    """

    painted = Signal(float)
    """With time.monotonic()."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self._speak)
        return False

    def _speak(self) -> None:
        self.painted.emit(time.monotonic())
