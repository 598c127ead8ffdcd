"""Text made harmless, tables that fit, and progress that goes away."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time

import pytest

from nowprint.cli import terminal
from nowprint.cli.terminal import ProgressLine, ago, harmless, one_line, print_table, size, valid
from nowprint.events import Progress


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def open_screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """To be called in the test itself: pytest sets its own stdout between fixtures and test."""
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    return screen


def test_no_control_character_is_left() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    left = harmless(everything)
    assert len(left) == len(everything)
    for code in (*range(9), *range(11, 32), *range(127, 160), 0x202E, 0x2066, 0x2028, 0xD800):
        assert chr(code) not in left
    for kept in "\n\taéß猫🐈\u0301":
        assert kept in left
    assert one_line(" a\n b\t\x1bc ") == "a b ␛c"


def test_surrogates_become_text() -> None:
    assert valid("a\udcffb") == "a\ufffdb"
    assert valid("\ud83d\udc08") == "🐈"
    assert valid("\ud800").encode() == "\ufffd".encode()


def test_a_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_screen(monkeypatch)
    print_table(("id", "text"), [("1", "猫" * 40), ("23", "short"), ("3", "a" * 80)])
    head, wide, short, long = screen.getvalue().splitlines()
    assert head == "id  text"
    assert short == "23  short"
    assert wide == "1   " + "猫" * 17 + "…"
    assert long == "3   " + "a" * 35 + "…"


def test_a_table_in_a_file_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("id", "text"), [("1", "a" * 500)])
    assert capsys.readouterr().out.splitlines()[1] == "1   " + "a" * 500


def test_progress_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_screen(monkeypatch)
    line = ProgressLine()
    line.show(Progress("Loading the memory", None))
    line.show(Progress("Loading the\x1b[31m model", 0.25))
    line.show(Progress("Loading the\x1b[31m model", 0.2501))
    memory, model = "\r\x1b[KLoading the memory …", "\r\x1b[KLoading the␛[31m model … 25%"
    assert screen.getvalue() == memory + model
    line.show(Progress("Loading the\x1b[31m model", 1.0))
    assert screen.getvalue() == memory + model + memory, "what isn't done is told again"
    line.clear()
    assert screen.getvalue() == memory + model + memory + "\r\x1b[K"
    line.clear()
    assert screen.getvalue().count("\r\x1b[K") == 4


def test_progress_is_only_for_terminals(capsys: pytest.CaptureFixture[str]) -> None:
    ProgressLine().show(Progress("Loading", None))
    assert capsys.readouterr().err == ""


def test_ages_and_sizes() -> None:
    now = time.time()
    ages = [ago(now - seconds) for seconds in (-50, 5, 125, 7300, 90000 * 2)]
    assert ages == ["now", "now", "2 min", "2 h", "2 d"]
    assert [size(n) for n in (0, 999, 1500, 2_000_000, 3_100_000_000)] == [
        "0 bytes", "999 bytes", "1.5 kB", "2.0 MB", "3.1 GB",
    ]  # fmt: skip


def test_a_terminal_without_unicode_is_no_fault() -> None:
    code = (
        "from nowprint.cli import terminal as t; t.prepare_streams(); print('caf\\u00e9 \\u732b')"
    )
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    ended = subprocess.run([sys.executable, "-c", code], env=ascii_only, capture_output=True)
    assert (ended.returncode, ended.stdout) == (0, b"caf? ?\n")


def test_colours_only_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    open_screen(monkeypatch)
    assert terminal.bold("x") == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.bold("x") == "\x1b[1mx\x1b[0m"
    monkeypatch.setenv("TERM", "dumb")
    assert terminal.dim("x") == "x"
