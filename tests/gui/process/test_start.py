"""What the window's process loads before its first paint."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROCESS = """
import linecache, sys, threading
from concurrent.futures import Future
from nowprint.gui.process.app import make_app, MainWindow, Profile, Path
from PySide6.QtCore import QTimer
class Silent:
    def start(self): pass
    def stop(self): pass
    def close(self, timeout=0): pass
    def call(self, request): return Future()
class Watch:
    def find_spec(self, name, path, target=None):
        if threading.current_thread() is not threading.main_thread():
            print("aside", name)
sys.meta_path.insert(0, Watch())
app = make_app()
print("style", app.style().objectName())
window = MainWindow(Profile(Path(sys.argv[1])), lambda profile, **callbacks: Silent())
def tell(_):
    print(*sys.modules, sep="\\n")
    print(*(f"read {file}" for file in linecache.cache), sep="\\n")
window.painted.connect(tell)
window.built.connect(window.load_dialogs)
def look():
    if "nowprint.gui.dialogs.import_dialog" in sys.modules:  # the last that is loaded ahead
        window.close()
beat = QTimer(window, interval=50)
beat.timeout.connect(look)
beat.start()
window.show()
app.exec()
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a window's process tells of itself: its modules when it is painted, its style, the sources
    that it read until then, and what was loaded on other threads than its own."""
    home = tmp_path_factory.mktemp("home")
    ended = subprocess.run(
        [sys.executable, "-c", PROCESS, str(home)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_STYLE_OVERRIDE": "windows"},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return ended.stdout.splitlines()


def test_what_only_the_core_and_later_views_need_is_not_loaded(loaded: list[str]) -> None:
    assert "nowprint.gui.window.window" in loaded
    late = {"nowprint.records", "nowprint.inspection", "nowprint.service.protocol"}
    late |= {
        "nowprint.gui.inspector.views",
        "nowprint.gui.inspector.dashboard",
        "nowprint.gui.window.menus",
    }
    late |= {"PySide6.QtSvg", "PySide6.QtNetwork", "numpy", "pyqtgraph", "pygments", "markdown_it"}
    late |= {"nowprint.gui.widgets.icons", "nowprint.gui.sidebar.conversation_delegate"}
    assert not late & set(loaded)


def test_no_source_is_read_to_import_a_module(loaded: list[str]) -> None:
    assert not [line for line in loaded if line.startswith("read ") and "nowprint" in line]


def test_the_style_is_ours_whatever_the_desktop_wants(loaded: list[str]) -> None:
    assert "style fusion" in loaded


def test_qt_is_loaded_on_the_windows_thread_alone(loaded: list[str]) -> None:
    aside = {line.split()[1] for line in loaded if line.startswith("aside ")}
    assert {"nowprint.service.protocol", "markdown_it"} <= aside
    ours = {name for name in aside if name.startswith("nowprint.gui.")}
    reading = "nowprint.gui.chat.reading"
    assert ours == {reading, f"{reading}.markdown"}
    assert not {name for name in aside if name.startswith(("PySide6", "shiboken6"))}
