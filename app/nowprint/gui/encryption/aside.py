"""Slow work beside a page, before there is a bridge to the core, or after it has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from nowprint.errors import InternalError, UserError
from nowprint.logs import note


class Aside(QObject):
    """Runs one thing at a time on a thread; ``done`` or ``failed`` come back on the main thread."""

    done = Signal(object)
    failed = Signal(object)
    """The UserError."""
    _ended = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def run(self, work: Callable[[], Any]) -> None:
        def do() -> None:
            try:
                self._ended.emit(work(), None)
            except UserError as fault:
                self._ended.emit(None, fault)
            except Exception as bug:  # noqa: BLE001 - the edge of this thread
                note(bug)
                sentence = f"Nowprint ran into a bug ({type(bug).__name__}): try it again."
                self._ended.emit(None, InternalError(sentence))

        self._thread = threading.Thread(target=do, name="encryption")
        self._thread.start()

    def _tell(self, value: Any, fault: UserError | None) -> None:
        self._thread.join()
        self._thread = None
        if fault is None:
            self.done.emit(value)
        else:
            self.failed.emit(fault)
