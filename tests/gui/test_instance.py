from __future__ import annotations

import subprocess
import sys
from typing import Any

from PySide6.QtCore import QObject

from nowprint.gui.instance import ask_first, listen
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


def test_nobody_answers_when_nobody_runs(qapp: Any, profile: Profile) -> None:
    assert not ask_first(profile)


def test_a_second_start_brings_the_first_to_the_front(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    shown: list[bool] = []
    server = listen(profile, lambda: shown.append(True), parent)
    second = subprocess.Popen([sys.executable, "-c", SECOND, str(profile.home)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    assert shown == [True]
    server.close()


def test_another_profile_is_not_disturbed(qtbot: Any, profile: Profile) -> None:
    parent = QObject()
    shown: list[bool] = []
    server = listen(profile, lambda: shown.append(True), parent)
    other = Profile(profile.home.with_name("other"))
    second = subprocess.Popen([sys.executable, "-c", SECOND, str(other.home)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 7
    assert shown == []
    server.close()
