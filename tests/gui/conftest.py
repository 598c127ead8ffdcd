"""The real window over a fake client, closed again after each test."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))

from fake_client import FakeClient
from opened import Open, Opened, Prepare
from PySide6.QtWidgets import QApplication

from nowprint.gui.window.window import MainWindow
from nowprint.settings import Profile

BUSY = 30_000
"""ms that a wait may take: the machine may have other things to do. What comes comes at once."""


@pytest.fixture(scope="session", autouse=True)
def style_sheet_set_once() -> Iterator[None]:
    """Each window sets the application's style sheet, for which Qt goes through all widgets that there
    are, those of the tests before among them: a third of the time, mostly for the one that is set."""
    set_one = QApplication.setStyleSheet

    def set_another(app: QApplication, style_sheet: str) -> None:
        if style_sheet != app.styleSheet():
            set_one(app, style_sheet)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QApplication, "setStyleSheet", set_another)
        yield


@pytest.fixture(autouse=True)
def garbage_stays_on_this_thread() -> Iterator[None]:
    """As in the app (gui/process/garbage.py): elsewhere a freed widget may crash the process."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def qtbot(qtbot: Any) -> Any:
    """The plugin's, with more patience."""
    for wait in ("waitSignal", "waitSignals", "waitUntil"):
        setattr(qtbot, wait, functools.partial(getattr(qtbot, wait), timeout=BUSY))
    return qtbot


@pytest.fixture
def open_window(qtbot: Any, profile: Profile) -> Iterator[Open]:
    windows: list[MainWindow] = []

    def open_it(prepare: Prepare | None = None, *, ready: bool = True) -> Opened:
        clients: list[FakeClient] = []

        def factory(profile: Profile, **callbacks: Any) -> FakeClient:
            client = FakeClient(profile, **callbacks)
            if prepare:
                prepare(client)
            clients.append(client)
            return client

        window = MainWindow(profile, factory)
        windows.append(window)
        awaited = [window.built, window.inspector.listed] + ([window.modelReady] if ready else [])
        if not ready:
            awaited = [window.built]
        with qtbot.waitSignals(awaited):
            window.show()
        qtbot.waitUntil(lambda: bool(clients))
        return Opened(window, clients[0])

    yield open_it
    for window in windows:
        window.close()
        window.deleteLater()
