"""The guards that every other test relies on do stop what they are there to stop."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections import Counter

import pytest

from stay_here import LeftTheMachineError

pytest_plugins = ["pytester"]

REACH = "import socket; socket.create_connection(('203.0.113.1', 80), timeout=1)"


def test_no_connection_leaves_this_machine() -> None:
    with pytest.raises(LeftTheMachineError), socket.socket() as outward:
        outward.connect(("203.0.113.1", 80))
    with pytest.raises(LeftTheMachineError):
        socket.getaddrinfo("example.org", 80)


def test_processes_of_the_tests_stay_here_too() -> None:
    ended = subprocess.run([sys.executable, "-c", REACH], capture_output=True, text=True)
    assert ended.returncode != 0
    assert "LeftTheMachineError" in ended.stderr


def test_loopback_is_here() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


@pytest.mark.parametrize(
    ("what", "leave"),
    [
        (
            "thread sleeper",
            "threading.Thread(None, threading.Event().wait, 'sleeper', daemon=True).start()",
        ),
        ("process", "subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)"),
    ],
)
def test_what_a_test_leaves_behind_fails_it(
    what: str, leave: str, pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    conftest = (request.config.rootpath / "tests/conftest.py").read_text(encoding="utf-8")
    offline = request.config.rootpath / "tests" / "offline"
    pytester.makeconftest(
        conftest.replace('str(Path(__file__).parent / "offline")', repr(str(offline))).replace(
            "PATIENCE = 10.0", "PATIENCE = 0.1"
        )
    )
    pytester.makepyfile(f"import subprocess, sys, threading\ndef test_leaves():\n    {leave}\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"*left behind: {what}*"])


def test_no_room_and_no_file_grows_too_large(request: pytest.FixtureRequest) -> None:
    """A folder that holds more, or a longer file, is cut where the code shows a seam."""
    app = request.config.rootpath / "app" / "nowprint"
    modules = [path for path in app.rglob("*.py") if path.name != "__init__.py"]
    rooms = Counter(path.parent for path in modules)
    assert {room.name: number for room, number in rooms.items() if number > 21} == {}
    lines = {str(path): path.read_text(encoding="utf-8").count("\n") for path in modules}
    assert {name: number for name, number in lines.items() if number > 400} == {}
