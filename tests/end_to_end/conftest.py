"""What the stories in a real window share."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nowprint.gui.window.window import MainWindow

SECONDS = 200_000
"""ms that a wait may take: a core that starts loads the embedder, and the machine may be busy."""
PICTURES = Path(__file__).parents[2] / "screenshots"


def show(window: MainWindow, qtbot: Any) -> None:
    """Show a window, until its model is ready and its memories are listed."""
    with qtbot.waitSignals(
        [window.built, window.modelReady, window.inspector.listed], timeout=SECONDS
    ):
        window.show()
        window.activateWindow()


@pytest.fixture(autouse=True)
def garbage_stays_on_this_thread() -> Iterator[None]:
    """As in the app (gui/process/garbage.py): elsewhere a freed widget may crash the process."""
    gc.disable()
    yield
    gc.collect()
