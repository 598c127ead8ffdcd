from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opened import Open
from PySide6.QtCore import QObject

from nowprint.gui.process import single_instance
from nowprint.gui.process.app import _answer_later_starts
from nowprint.gui.process.single_instance import _may_run, _name, ask_first, listen
from nowprint.settings import Profile

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from nowprint.gui.process.single_instance import ask_first
from nowprint.settings import Profile
app = QCoreApplication([])
sys.exit(0 if ask_first(Profile(Path(sys.argv[1]))) else 7)
"""

LISTENS_TOO = SECOND.replace("ask_first", "listen").replace(
    "if listen(Profile(Path(sys.argv[1])))",
    "if listen(Profile(Path(sys.argv[1])), print, app) is None",
)

LISTENS_AS_ANOTHER = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.setuid(int(sys.argv[2]))  # the socket's file stays the first user's
listener.listen()
print("listening", flush=True)
print(listener.accept()[0].recv(99), flush=True)
"""
ANOTHER = 65534
"""The number of a user who isn't the one that runs the tests."""
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user"
)


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's runtime folder, with a short path, and no other one."""
    folder = Path(tempfile.mkdtemp(prefix="np-"))  # as private as it has to be
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setattr(single_instance, "USERS", folder / "nobody")
    yield folder
    shutil.rmtree(folder)


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


# --- where the socket lies ---------------------------------------------------------------------


@pytest.fixture
def temporary(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that everybody may write to."""
    folder = runtime / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def place(profile: Profile) -> Path:
    return Path(_name(profile)).parent


def test_the_socket_lies_in_the_users_runtime_folder(profile: Profile, runtime: Path) -> None:
    assert place(profile) == runtime


def test_the_usual_runtime_folder_is_found_without_its_variable(
    profile: Profile, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = runtime / "users" / str(os.geteuid())
    usual.mkdir(0o700, parents=True)
    monkeypatch.setattr(single_instance, "USERS", usual.parent)
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert place(profile) == usual


@pytest.mark.parametrize(
    "what", ["unset", "relative", "absent", "open to others", "a link", "too long"]
)
def test_else_it_lies_in_a_private_folder_among_temporary_files(
    what: str, profile: Profile, runtime: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = runtime / "given"
    folder.mkdir(0o755 if what == "open to others" else 0o700)
    given = {"unset": "", "relative": "given", "absent": str(runtime / "absent")}
    if what == "a link":
        (runtime / "link").symlink_to(folder)
        given[what] = str(runtime / "link")
    if what == "too long":
        given[what] = str(folder / ("x" * 90))
        Path(given[what]).mkdir(0o700)
    monkeypatch.chdir(runtime)
    monkeypatch.setenv("XDG_RUNTIME_DIR", given.get(what, str(folder)))
    own = temporary / f"nowprint-{os.geteuid()}"
    assert place(profile) == own
    assert own.stat().st_mode & 0o7777 == 0o700
    assert place(profile) == own, "the next start finds the same"


@pytest.mark.parametrize("what", ["a link", "open to others", "a file", "nothing to write to"])
def test_where_there_is_no_private_folder_it_lies_in_the_profile(
    what: str, profile: Profile, runtime: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    own = temporary / f"nowprint-{os.geteuid()}"
    if what == "a link":
        (runtime / "elsewhere").mkdir(0o700)
        own.symlink_to(runtime / "elsewhere")
    elif what == "open to others":
        own.mkdir()
        own.chmod(0o777)
    elif what == "a file":
        own.touch()
    else:

        def nowhere() -> str:
            raise FileNotFoundError

        monkeypatch.setattr("tempfile.gettempdir", nowhere)
    assert place(profile) == profile.home


@as_root
def test_a_folder_of_another_user_is_not_used(
    profile: Profile, runtime: Path, temporary: Path
) -> None:
    own = temporary / f"nowprint-{os.geteuid()}"
    own.mkdir(0o700)
    os.chown(own, ANOTHER, ANOTHER)
    assert place(profile) == runtime
    os.chown(runtime, ANOTHER, ANOTHER)
    assert place(profile) == profile.home


# --- another user listens ----------------------------------------------------------------------


@as_root
def test_a_socket_of_another_user_is_not_spoken_to_and_makes_room(
    qtbot: Any, profile: Profile
) -> None:
    parent = QObject()
    shown: list[bool] = []
    with socket.socket(socket.AF_UNIX) as another:
        another.bind(_name(profile))
        another.listen()
        another.setblocking(False)
        os.chown(_name(profile), ANOTHER, ANOTHER)
        assert not ask_first(profile, "/m/secret.gguf")
        server = listen(profile, lambda: shown.append(True), parent, file="/m/secret.gguf")
        with pytest.raises(BlockingIOError):
            another.accept()
    assert server
    assert server.isListening()
    second = subprocess.Popen([sys.executable, "-c", SECOND, str(profile.home)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert shown == [True]
    server.close()


@as_root
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who listens")
def test_another_user_behind_a_socket_of_ones_own_hears_nothing(
    qapp: Any, profile: Profile
) -> None:
    command = [sys.executable, "-c", LISTENS_AS_ANOTHER, _name(profile), str(ANOTHER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as another:
        assert another.stdout
        assert another.stdout.readline() == "listening\n"
        assert not ask_first(profile, "/m/secret.gguf")
        assert another.stdout.read() == "b''\n"


# --- without Qt's network module ---------------------------------------------------------------


def test_a_first_start_does_not_load_qts_network_module(profile: Profile) -> None:
    loaded = SECOND.replace("else 7", "else 'PySide6.QtNetwork' in sys.modules")
    home = str(profile.home.parent / "nobody's")
    assert subprocess.run([sys.executable, "-c", loaded, home]).returncode == 0


def test_without_qts_network_module_the_window_goes_on(
    open_window: Open, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_window()
    monkeypatch.setitem(sys.modules, "PySide6.QtNetwork", None)
    alone: list[bool] = []
    _answer_later_starts(opened.window, lambda: alone.append(True))
    assert alone == [True]
    assert opened.window.isVisible()
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(_name(profile))
        assert _may_run(_name(profile))
        assert not ask_first(profile)


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
