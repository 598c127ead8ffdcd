"""Garbage goes on the window's thread, whichever made it."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject

from nowprint.gui.process import app
from nowprint.gui.process.garbage import GarbageCollector, collect_due


@pytest.fixture
def parent(qapp: Any) -> Iterator[QObject]:
    parent = QObject()
    yield parent
    gc.unfreeze()


class Ring:
    """Garbage that only the collector can free."""

    def __init__(self) -> None:
        self.self = self


def test_what_another_thread_makes_is_freed_on_the_windows(parent: QObject, qtbot: Any) -> None:
    GarbageCollector(parent)
    freed: list[int] = []

    def make() -> None:
        rings = [Ring() for _ in range(5000)]
        for ring in rings:
            weakref.finalize(ring, lambda: freed.append(threading.get_ident()))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert not freed
    qtbot.waitUntil(lambda: len(freed) == 5000)
    assert set(freed) == {threading.get_ident()}


def test_only_what_is_due_is_collected(parent: QObject) -> None:
    GarbageCollector(parent)
    gc.collect()
    before = gc.get_stats()[2]["collections"]
    collect_due()
    rings = [Ring() for _ in range(5000)]
    assert rings
    collect_due()
    assert gc.get_count()[0] < gc.get_threshold()[0]
    assert gc.get_stats()[2]["collections"] == before


def test_it_begins_once_the_window_is_built(parent: QObject) -> None:
    app.collect_garbage(parent)
    assert gc.get_freeze_count() > 0
    assert not gc.isenabled()
    assert parent.findChild(GarbageCollector)
