"""Tells when a window is really on the screen: Nowprint's, and the bare window of the startup bench."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget


class FirstPaint(QObject):
    """Emits ``painted`` once, in the turn of the event loop after the first paint event.

    Within the turn of that event Qt paints the children and hands the picture to the screen, so the
    next turn is the first moment at which a person could see the window.
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
