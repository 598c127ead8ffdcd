"""Measures the longest time that the window's event loop stood still, for each phase of the startup bench."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

BEAT = 5
"""ms between two beats when nothing holds the loop up."""


class StallMonitor(QObject):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.phase = ""
        self.worst: dict[str, float] = {}
        """By phase, the longest gap between two beats, less ``BEAT``, in ms."""
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def begin(self, phase: str) -> None:
        """From now on gaps count for ``phase``."""
        if self._timer.isActive():
            self._beat()
        else:
            self._last = time.monotonic()
            self._timer.start(BEAT)
        self.phase = phase
        self.worst.setdefault(phase, 0.0)

    def end(self) -> None:
        self._beat()
        self._timer.stop()

    @property
    def longest(self) -> float:
        return max(self.worst.values(), default=0.0)

    @property
    def where(self) -> str:
        return max(self.worst, key=lambda phase: self.worst[phase], default="")

    def _beat(self) -> None:
        now = time.monotonic()
        gap = (now - self._last) * 1000 - BEAT
        self._last = now
        if self.phase:
            self.worst[self.phase] = max(self.worst[self.phase], gap)
