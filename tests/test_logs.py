"""What is written of faults: places and types. A marker stands for what somebody said."""

from __future__ import annotations

import faulthandler
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nowprint import logs
from nowprint.memory.erasure.raw_bytes import search
from nowprint.settings import Profile

MARKER = "Quisquilla"


def raised(code: str) -> BaseException:
    """What this piece of code, which speaks of the marker, ends with."""
    try:
        exec(code, {"said": MARKER, "sqlite3": sqlite3})
    except BaseException as bug:  # noqa: BLE001
        return bug
    raise AssertionError("it ended well")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("int(said)", "ValueError"),
        ("{}[said]", "KeyError"),
        ("open('/nowhere/' + said)", "FileNotFoundError (ENOENT)"),
        ("raise RuntimeError(said) from ValueError(said)", "caused by ValueError"),
        ("try:\n  int(said)\nexcept ValueError:\n  {}[said]", "while handling ValueError"),
        ("raise ExceptionGroup(said, [ValueError(said)])", "with ValueError"),
        ("import nothing_of_that_name", "ModuleNotFoundError (nothing_of_that_name)"),
        ("sqlite3.connect(':memory:').execute(said)", "sqlite3.OperationalError (SQLITE_ERROR)"),
    ],
)
def test_a_bug_is_told_without_its_words(code: str, kind: str) -> None:
    bug = raised(code)
    told = logs.reduced(bug)
    assert kind in told
    assert "test_logs.py" in told
    assert " in raised" in told
    assert MARKER not in told


def test_endless_recursion_is_told_in_short() -> None:
    told = logs.reduced(raised("def f(n):\n  return f(n + 1)\nf(said and 0)"))
    assert told.startswith("RecursionError")
    assert len(told.splitlines()) < logs.MOST_PLACES + 5
    assert "more" in told


def test_a_cause_that_is_its_own_ends() -> None:
    one, two = ValueError(MARKER), KeyError(MARKER)
    one.__context__, two.__context__ = two, one
    assert logs.reduced(one).splitlines() == ["ValueError", "while handling KeyError"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/home/anna/src/app/nowprint/gui/chat.py", "nowprint/gui/chat.py"),
        ("/home/anna/.venv/lib/python3.11/site-packages/numpy/core.py", "numpy/core.py"),
        ("/usr/lib/python3.11/json/decoder.py", "python3.11/json/decoder.py"),
        ("nowprint/gui/chat/chat.py", "nowprint/gui/chat/chat.py"),
        ("C:\\Users\\Anna\\x.py", "x.py"),
    ],
)
def test_a_place_says_nothing_of_who_runs_it(path: str, told: str) -> None:
    assert logs.short(path) == told


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Fatal Python error: Segmentation fault", True),
        ("Current thread 0x00007f12 (most recent call first):", True),
        ("/x/ggml.c:123: GGML_ASSERT(n_dims <= 4) failed", True),
        ("terminate called after throwing an instance of 'std::bad_alloc'", True),
        ("double free or corruption (out)", True),
        ("*** stack smashing detected ***: terminated", True),
        ("libgomp.so.1: cannot open shared object file", True),
        ("Quisquilla", False),
        ("  what():  Quisquilla", False),
        ("ValueError: Quisquilla", False),
        ("llama_model_load: error loading model: Quisquilla", False),
    ],
)
def test_of_what_libraries_print_only_known_forms_are_kept(line: str, kept: bool) -> None:
    assert logs.last_words([line + "\n"]) == ([line] if kept else [])


def test_what_follows_a_known_form_is_cut_off() -> None:
    said = [
        f"/x/ggml.c:12: fatal error: {MARKER}",
        f"thread '<unnamed>' panicked at src/lib.rs:1:2: byte 3 of `{MARKER}`",
        f"ImportError: {MARKER}: libgomp.so.1: cannot open shared object file: {MARKER}",
        '  File "/home/anna/app/nowprint/gui/chat.py", line 3 in send',
    ]
    assert logs.last_words(said) == [
        "/x/ggml.c:12:",
        "thread '<unnamed>' panicked at src/lib.rs:1:2",
        "libgomp.so.1: cannot open shared object file",
        '  File "nowprint/gui/chat.py", line 3 in send',
    ]


def test_faulthandlers_own_lines_are_kept() -> None:
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        lines = file.readlines()
    assert len(logs.last_words(lines)) == len([line for line in lines if line.strip()])


def test_the_log_rotates_and_is_the_owners(tmp_path: Path) -> None:
    path = tmp_path / "core.log"
    log = logs.open_log(path)
    line = "x" * 1000
    for _ in range(5 * logs.LOG_BYTES // 1000):
        log.info(line)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["core.log", *(f"core.log.{n}" for n in (1, 2, 3))]
    for file in files:
        assert file.stat().st_size <= logs.LOG_BYTES
        assert os.name == "nt" or stat.S_IMODE(file.stat().st_mode) == 0o600
    logs.open_log(tmp_path / "other.log")  # which closes the one before


def test_a_log_that_cannot_be_written_is_no_fault(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.open_log(tmp_path / "nowhere" / "core.log").error("nobody hears this")
    logs.append(tmp_path / "nowhere" / "core.log", "nor this")
    assert capfd.readouterr() == ("", "")
    assert not (tmp_path / "nowhere").exists()


UNCAUGHT = """
import sys, threading, warnings
from pathlib import Path
from nowprint.logs import log_faults, open_log
log = open_log(Path(sys.argv[1]))
log_faults(lambda: log, lambda bug: print("told", type(bug).__name__))
class Leaves:
    def __del__(self):
        raise LookupError("Quisquilla")
warnings.warn("Quisquilla")
thread = threading.Thread(target=int, args=("Quisquilla",))
thread.start()
thread.join()
one = Leaves()
del one
{}["Quisquilla"]
"""


def test_whatever_nobody_catches_is_written_down_without_content(tmp_path: Path) -> None:
    log = tmp_path / "window.log"
    ended = subprocess.run(
        [sys.executable, "-c", UNCAUGHT, str(log)], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.splitlines() == ["told ValueError", "told KeyError"]
    told = log.read_text(encoding="utf-8")
    for kind in ("UserWarning at ", "ValueError", "LookupError", "KeyError"):
        assert kind in told
    assert MARKER not in told


def test_the_search_after_forgetting_looks_into_every_log(profile: Profile) -> None:
    """Should a word ever get there, the receipt says so."""
    profile.home.mkdir()
    rotated = profile.log.with_name(f"{profile.log.name}.{logs.KEPT}")
    for log in (rotated, profile.window_log, profile.crash):
        log.write_text(f"2026-11-21 22:00:00 ERROR {MARKER}\n", encoding="utf-8")
    found = search(profile.home, [MARKER.encode()])
    assert found.names_of([MARKER.encode()]) == ["core.log.3", "window.crash", "window.log"]


def test_a_log_of_an_earlier_version_goes(profile: Profile) -> None:
    """It held whole exceptions."""
    profile.home.mkdir()
    old = profile.home / "core.old.log"
    old.write_text(MARKER, encoding="utf-8")
    profile.log.write_text(f"Traceback (most recent call last):\n{MARKER}\n", encoding="utf-8")
    logs.open_log(profile.log).info("begins")
    assert not old.exists()
    assert MARKER not in profile.log.read_text(encoding="utf-8")
    logs.open_log(profile.log).info("goes on")
    assert len(profile.log.read_text(encoding="utf-8").splitlines()) == 2
    logs.open_log(profile.home / "other.log")
