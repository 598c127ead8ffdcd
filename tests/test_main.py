"""The entrance: who is called with what, what it costs, and how a command ends that is interrupted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nowprint.__main__ as entrance
from nowprint.__main__ import window_options

HEAVY = {"argparse", "json", "sqlite3", "numpy", "PySide6", "torch", "llama_cpp", "platformdirs"}


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", {}),
        ("--home H", {"--home": "H"}),
        ("--home=H --model m.gguf", {"--home": "H", "--model": "m.gguf"}),
        ("cat.nowprint", {"file": "cat.nowprint"}),
        ("--home H my/cat.nowprint", {"--home": "H", "file": "my/cat.nowprint"}),
        ("Own.GGUF", {"file": "Own.GGUF"}),
        ("--home H /m/own.gguf", {"--home": "H", "file": "/m/own.gguf"}),
        ("file:///m/my%20%C3%A4.gguf", {"file": "/m/my ä.gguf"}),
        ("file://localhost/m/cat.nowprint", {"file": "/m/cat.nowprint"}),
        ("cat.nowprint dog.nowprint", None),
        ("cat.png", None),
        ("memory import cat.nowprint", None),
        ("--home", None),
        ("--model=", None),
        ("--json", None),
        ("--help", None),
        ("--home H chat", None),
        ("core", None),
    ],
)
def test_only_options_open_the_window(line: str, options: dict[str, str] | None) -> None:
    assert window_options(line.split()) == options


def test_the_entrance_loads_next_to_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import nowprint.__main__ as entrance;"
        "entrance.window_options(['--home', 'H']); print(*set(sys.modules) - before)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in ended.stdout.split()} & HEAVY == set()


def test_the_terminal_needs_no_window() -> None:
    """Also where PySide6 can't be imported."""
    code = (
        "import sys; sys.modules['PySide6'] = None; from nowprint.__main__ import main;"
        "main(['--help'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "usage: nowprint" in ended.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_went_away_is_no_fault(unbuffered: str) -> None:
    ended = run_with("lambda _: print('one line')", PYTHONUNBUFFERED=unbuffered)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("lines", [1, 10_000])
def test_output_that_a_full_disk_cuts_off_is_told_in_one_line(lines: int, unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        ended = run_with(
            f"lambda _: print('a line\\n' * {lines})", full.fileno(), PYTHONUNBUFFERED=unbuffered
        )
    assert ended.returncode == 1
    assert ended.stderr == ("nowprint: The disk is full: the output is cut off; free some space.\n")


def test_an_interrupt_is_quiet() -> None:
    ended = run_with("lambda _: signal.raise_signal(signal.SIGINT)")
    assert (ended.returncode, ended.stderr) == (130, "")


def test_a_frozen_program_gives_its_children_the_systems_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the browser would be run with ours."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/nowprint/_internal")
    entrance._restore_libraries()
    assert (
        os.environ["LD_LIBRARY_PATH"] == "/opt/nowprint/_internal"
    )  # from source it is the user's
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/home/anna/lib")
    entrance._restore_libraries()
    assert os.environ["LD_LIBRARY_PATH"] == "/home/anna/lib"
    entrance._restore_libraries()
    assert "LD_LIBRARY_PATH" not in os.environ


@pytest.mark.parametrize(
    ("wanted", "tried"),
    [("wayland", "wayland;xcb"), ("xcb", "xcb;wayland"), ("offscreen", "offscreen")],
)
def test_who_wants_one_kind_of_display_gets_the_other_where_there_is_only_that(
    wanted: str, tried: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("QT_QPA_PLATFORM", wanted)
    entrance._prefer_any_display()
    assert os.environ["QT_QPA_PLATFORM"] == tried


LACKS = """
import sys
class Lacks:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("PySide6"):
            raise ImportError("libxcb-nothing.so.7: cannot open shared object file: No such file")
sys.meta_path.insert(0, Lacks())
"""


def test_a_library_that_lacks_is_named_with_its_package() -> None:
    code = f"{LACKS}from nowprint.__main__ import main; sys.exit(main([]))"
    environment = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("The window needs libxcb-nothing.so.7")
    assert len(ended.stderr.splitlines()) == 1


def run_with(
    command: str, output: int | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The entrance with this as the command that was called. Its output goes to a pipe that nobody
    reads, unless another is given."""
    code = f"import signal, sys, nowprint.__main__ as e; e._run = {command}; sys.exit(e.main([]))"
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | environment,
            stdout=write if output is None else output,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(write)
