"""Collects garbage on the window's thread alone.

Python's collector runs on whatever thread happens to allocate. A Qt object that it frees on another thread,
while the window's thread goes through all widgets without holding Python's lock (a change of theme does),
ends the process with a segmentation fault.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY = 500
"""Milliseconds between two looks at what has gathered."""


class GarbageCollector(QObject):
    """Does what the interpreter's collector does by itself, as long as ``parent`` exists."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(collect_due)
        self._timer.start()


def collect_due() -> None:
    """Collect the oldest generation whose count is above its threshold, and those younger than it."""
    due = [
        generation
        for generation, (count, most) in enumerate(
            zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if count > most
    ]
    if due:
        gc.collect(due[-1])
