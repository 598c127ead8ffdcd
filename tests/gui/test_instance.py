from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opened import Open
from PySide6.QtCore import QObject

from nowprint.gui.app import _answer_later_starts
from nowprint.gui.instance import _may_run, _name, ask_first, listen
from nowprint.settings import Profile

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from nowprint.gui.instance import ask_first
from nowprint.settings import Profile
app = QCoreApplication([])
sys.exit(0 if ask_first(Profile(Path(sys.argv[1]))) else 7)
"""

LISTENS_TOO = SECOND.replace("ask_first", "listen").replace(
    "if listen(Profile(Path(sys.argv[1])))",
    "if listen(Profile(Path(sys.argv[1])), print, app) is None",
)


def test_nobody_answers_when_nobody_runs(qapp: Any, profile: Profile) -> None:
    assert not ask_first(profile)


def test_a_second_start_brings_the_first_to_the_front(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    shown: list[bool] = []
    server = listen(profile, lambda: shown.append(True), parent)
    assert server
    second = subprocess.Popen([sys.executable, "-c", SECOND, str(profile.home)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    assert shown == [True]
    server.close()


def test_a_second_start_hands_its_file_over(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    opened: list[str] = []
    server = listen(profile, lambda: None, parent, opened.append)
    assert server
    code = SECOND.replace("sys.argv[1]))", "sys.argv[1])), sys.argv[2]")
    path = "/home/me/mühsam\n/mine.nowprint"
    second = subprocess.Popen([sys.executable, "-c", code, str(profile.home), path])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    assert opened == [path]
    server.close()


def test_another_profile_is_not_disturbed(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    shown: list[bool] = []
    server = listen(profile, lambda: shown.append(True), parent)
    assert server
    other = Profile(profile.home.with_name("other"))
    second = subprocess.Popen([sys.executable, "-c", SECOND, str(other.home)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 7
    assert shown == []
    server.close()


def test_of_two_quick_starts_the_first_stays(qtbot: Any, profile: Profile) -> None:
    """Both asked before either listened."""
    parent = QObject()
    shown: list[bool] = []
    server = listen(profile, lambda: shown.append(True), parent)
    assert server
    second = subprocess.Popen([sys.executable, "-c", LISTENS_TOO, str(profile.home)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    assert shown == [True]
    server.close()


def test_what_a_crash_left_behind_is_replaced(qtbot: Any, profile: Profile) -> None:
    crash = "import os\n" + LISTENS_TOO.replace("sys.exit(", "os._exit(")
    assert subprocess.run([sys.executable, "-c", crash, str(profile.home)]).returncode == 7
    assert _may_run(_name(profile))
    assert not ask_first(profile)
    parent = QObject()
    server = listen(profile, lambda: None, parent)
    assert server
    assert server.isListening()
    server.close()


def test_of_two_quick_starts_the_first_gets_the_others_file(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    opened: list[str] = []
    server = listen(profile, lambda: None, parent, opened.append)
    assert server
    code = LISTENS_TOO.replace("print, app)", "print, app, None, '/m/own.gguf')")
    second = subprocess.Popen([sys.executable, "-c", code, str(profile.home)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    assert opened == ["/m/own.gguf"]
    server.close()


def test_where_no_temporary_folder_is_the_socket_is_in_the_profile(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.setattr("tempfile.tempdir", None)
    assert Path(_name(profile)).parent != Path("/nowhere")

    def nowhere() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    assert Path(_name(profile)).parent == profile.home


def test_without_qts_network_module_the_window_goes_on(
    open_window: Open, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_window()
    monkeypatch.setitem(sys.modules, "PySide6.QtNetwork", None)
    alone: list[bool] = []
    _answer_later_starts(opened.window, lambda: alone.append(True))
    assert alone == [True]
    assert opened.window.isVisible()
    Path(_name(profile)).touch()
    assert not ask_first(profile)
    Path(_name(profile)).unlink()


def test_a_window_that_closes_no_longer_answers(
    open_window: Open, qtbot: Any, profile: Profile
) -> None:
    """Its core may end slowly: who starts meanwhile must not wait for an answer."""
    opened = open_window()
    _answer_later_starts(opened.window)
    client = opened.client
    found: list[bool] = []
    end = client.close
    client.close = lambda: (found.append(_may_run(_name(profile))), end())
    assert _may_run(_name(profile))
    opened.window.close()
    assert found == [False]
