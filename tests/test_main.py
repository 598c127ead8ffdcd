"""The entrance: who is called with what, what it costs, and how a command ends that is interrupted."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

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
        ("cat.nowprint dog.nowprint", None),
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


def test_an_interrupt_is_quiet() -> None:
    ended = run_with("lambda _: signal.raise_signal(signal.SIGINT)")
    assert (ended.returncode, ended.stderr) == (130, "")


def run_with(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The entrance with this as the command that was called, and nobody reading its output."""
    code = f"import signal, sys, nowprint.__main__ as e; e._run = {command}; sys.exit(e.main([]))"
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | environment,
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(write)
